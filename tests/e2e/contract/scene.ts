import type { Answer, User } from '../../support/client';
import { eventually } from '../../support/eventually';
import type { Naru } from '../naru';
import type { TokenKind } from './requests';
import type { Pool } from './values';

const ORDERS = 6;
const SETTLE_MS = 60_000;
const product = { productName: 'lamp', price: 500, currency: 'KRW', stockQuantity: 1_000_000 };

/** What is there to be hit: of the one who asks, and of another. */
export interface Scene {
  readonly pool: Pool;
  /** How many of the known orders are the asking user's: the first ones. */
  readonly ownOrders: number;
  token(kind: TokenKind): string | undefined;
  /** A token that may be logged out. */
  disposableToken(): Promise<string>;
}

export async function setScene(
  naru: Naru,
  customer: { customerId: string; customerEmail: string },
): Promise<Scene> {
  const [own, other, third] = [
    await naru.newUser('Own'),
    await naru.newUser('Other'),
    await naru.newUser('Third'),
  ];
  await pointsOf(own);
  await pointsOf(other);
  const boards = await Promise.all([own, other].map(writeBoard));
  const productId = String((await created(own.client.post('/api/products', product))).body.productId);
  const place = async (user: User): Promise<string> => {
    const items = [{ productId, quantity: 2 }];
    const order = { ...customer, totalAmount: 2 * product.price, currency: 'KRW', items };
    return String((await created(user.client.post('/api/orders', order))).body.orderId);
  };
  const ownOrders = await Promise.all(Array.from({ length: ORDERS }, () => place(own)));
  const otherOrder = await place(other);
  for (const [user, orderId] of [...ownOrders.map((id) => [own, id] as const), [other, otherOrder] as const])
    await shown(user, orderId);
  await third.client.post('/api/users/logout');

  return {
    pool: {
      boardId: boards,
      productId: [productId],
      orderId: [...ownOrders, otherOrder],
      userId: [own.userId, other.userId],
      email: [own.email],
      password: [own.password],
      customerId: [customer.customerId],
      customerEmail: [customer.customerEmail],
      previousStatus: [20, 25],
      currentStatus: [25, 80],
      file: ['explorer.js', 'swagger-ui.css', 'favicon-32x32.png'],
    },
    ownOrders: ORDERS,
    token: (kind) => authorization(kind, { own, other, third }),
    async disposableToken() {
      const { email, password } = other;
      const { body } = await created(naru.gateway.post('/api/users/login', { email, password }), 200);
      return `Bearer ${String(body.token)}`;
    },
  };
}

function authorization(kind: TokenKind, users: Readonly<Record<'own' | 'other' | 'third', User>>) {
  const { own, other, third } = users;
  const kinds: Readonly<Record<TokenKind, string | undefined>> = {
    own: `Bearer ${own.token}`,
    other: `Bearer ${other.token}`,
    none: undefined,
    'logged-out': `Bearer ${third.token}`,
    tampered: `Bearer ${own.token.replace(/\.(.)/, (_, first: string) => `.${first === 'a' ? 'b' : 'a'}`)}`,
    garbage: 'Bearer garbage',
    basic: 'Basic dXNlcjpwYXNzd29yZA==',
    long: `Bearer ${'a'.repeat(5_000)}`,
    empty: 'Bearer',
  };
  return kinds[kind];
}

async function created(answering: Promise<Answer>, status = 201): Promise<Answer> {
  const answer = await answering;
  if (answer.status !== status) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Waits for the points of a sign-up, without which a board would be taken back. */
async function pointsOf({ client }: User): Promise<void> {
  await eventually(
    'points',
    async () => (await client.get('/api/points/me')).body.balance === 1000,
    SETTLE_MS,
  );
}

async function writeBoard({ client }: User): Promise<number> {
  const { headers } = await created(client.post('/api/boards', { title: 'title', content: 'content' }), 204);
  return Number(headers.get('location')?.split('/').at(-1));
}

/** Waits until the payment of an order and its catalogue entry are there. */
async function shown({ client }: User, orderId: string): Promise<void> {
  const isThere = async (path: string) => (await client.get(path)).status === 200;
  await eventually(
    `${orderId} is paid and shown`,
    async () =>
      (await client.get(`/api/orders/${orderId}`)).body.status === 20 &&
      (await isThere(`/api/payments/${orderId}`)) &&
      (await isThere(`/catalogue/order/${orderId}`)),
    SETTLE_MS,
  );
}
