import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { signUp, type Client, type User } from '../support/client';
import { soon } from './cluster';
import type { NaruOnKubernetes } from './naru';
import { step } from './report';

const STEP_MS = 180_000;
const SETTLED_MS = 60_000;
const KEYBOARD = { productName: 'wireless-keyboard', price: 500, currency: 'KRW', stockQuantity: 10 };
const ORDER = {
  customerId: 'user-1001',
  customerEmail: 'user1001@example.com',
  totalAmount: 1_000,
  currency: 'KRW',
};

/** What the end-to-end tests show on the local platform (tests/e2e), from outside the cluster. */
export function scenarios(naru: () => NaruOnKubernetes): void {
  let hana: User;
  const gateway = () => naru().gateway;

  step('Community: sign-up, points, board, score', STEP_MS, async (note) => {
    hana = await signUp(gateway(), `hana-${randomBytes(4).toString('hex')}@example.com`, '하나 Hana');
    await soon('1000 points', SETTLED_MS, async () => (await points(hana.client)) === 1_000);
    const board = { title: '첫 글 ⛵', content: 'Things arrive and leave.' };
    const written = await hana.client.post('/api/boards', board);
    expect(written.status).toBe(204);
    await soon('900 points and a score of 10', SETTLED_MS, async () => {
      const { body } = await hana.client.get('/api/users/me');
      return (await points(hana.client)) === 900 && body.activityScore === 10;
    });
    await soon('the list with the author’s name', SETTLED_MS, async () => {
      const { body } = await hana.client.get('/api/boards');
      return body[0]?.user.name === '하나 Hana';
    });
    const location = String(written.headers.get('location'));
    const { body } = await hana.client.get(location);
    expect(body).toMatchObject({ ...board, user: { userId: hana.userId, name: '하나 Hana' } });
    note('sign-up, then token', '204, 1000 points');
    note('board', '204, then 900 points, score 10, listed with its author’s name');
  });

  step('Community: an eleventh board cannot be paid for and disappears', STEP_MS, async (note) => {
    const { client } = await signUp(
      gateway(),
      `eleven-${randomBytes(4).toString('hex')}@example.com`,
      'Eleven',
    );
    await soon('1000 points', SETTLED_MS, async () => (await points(client)) === 1_000);
    let last = '';
    for (let board = 1; board <= 11; board++) {
      const written = await client.post('/api/boards', { title: `board ${board}`, content: 'x' });
      last = String(written.headers.get('location'));
    }
    await soon('the eleventh is hidden', SETTLED_MS, async () => (await client.get(last)).status === 404);
    await soon('balance 0, score 100', SETTLED_MS, async () => {
      const { body } = await client.get('/api/users/me');
      return (await points(client)) === 0 && body.activityScore === 100;
    });
    note('eleven boards', 'the eleventh 404, balance 0, score 100');
  });

  step('Internal routes are not to be had through the gateway', STEP_MS, async (note) => {
    for (const path of ['/internal/points/add', `/internal/users/${hana.userId}`, '/.well-known/jwks.json'])
      expect((await hana.client.get(path)).status).toBe(404);
    expect((await gateway().get('/api/boards')).status).toBe(401);
    const direct = await naru().direct('user').get(`/internal/users/${hana.userId}`);
    expect(direct.body).toMatchObject({ userId: hana.userId });
    note('/internal/** at the gateway', '404, and 200 at the service');
  });

  step(
    'Commerce: an order is reserved, paid and confirmed, and the catalogue tells its story',
    STEP_MS,
    async (note) => {
      const productId = await newProduct(hana.client);
      const created = await order(hana.client, productId, ORDER.customerId);
      expect(created).toMatchObject({ status: 10, sagaStatus: 'STARTED', userId: hana.userId });
      const { orderId } = created;
      await settled(hana.client, orderId, 20, 'SUCCEEDED');
      const { body: shown } = await soon('the whole story', SETTLED_MS, async () => {
        const answer = await hana.client.get(`/catalogue/order/${orderId}`);
        const { timeline, payment, items } = answer.body;
        return timeline?.length === 4 && payment && items?.[0]?.productName ? answer : null;
      });
      expect(shown).toMatchObject({ status: 20, sagaStatus: 'SUCCEEDED', payment: { status: 'COMPLETED' } });
      const types = (shown.timeline as { type: string }[]).map(({ type }) => type);
      expect(types).toEqual(['order.created', 'stock.reserved', 'payment.completed', 'order.confirmed']);
      await notified(orderId, 2);
      note('order with items', `20 SUCCEEDED; catalogue: ${types.join(', ')}`);
    },
  );

  step('Commerce: a declined payment is compensated', STEP_MS, async (note) => {
    const productId = await newProduct(hana.client);
    const { orderId } = await order(hana.client, productId, 'decline-me');
    await settled(hana.client, orderId, 90, 'COMPENSATED');
    const { body } = await naru().direct('product').get(`/api/products/${productId}`);
    expect(body.stockQuantity).toBe(KEYBOARD.stockQuantity);
    note('declined', '90 COMPENSATED, stock is back');
  });

  step('Commerce: a `fail-` customer’s event ends in order.created.v1.dlq', STEP_MS, async (note) => {
    const failing = { ...ORDER, customerId: 'fail-user-1' };
    const { body } = await naru().direct('order').post('/api/orders', failing);
    const orderId = String(body.orderId);
    const argv = ['dead-letters', 'list', '--topic', 'order.created.v1', '--key', orderId];
    const line = await soon('the dead letter', SETTLED_MS, async () => {
      const { stdout } = await naru().operator.run(argv);
      return stdout.split('\n').find((row) => row.includes(orderId));
    });
    expect(line).toMatch(/^notification-consumer-group:order\.created\.v1:/);
    note(
      'fail- customer',
      'one dead letter of notification-consumer-group, listed by the operator’s command',
    );
  });

  const notified = (orderId: string, sent: number) =>
    soon(`${sent} notifications`, SETTLED_MS, async () => {
      const { body } = await naru().direct('notification').get(`/internal/notifications?orderId=${orderId}`);
      return (body as { status: string }[]).filter(({ status }) => status === 'SENT').length === sent;
    });
}

async function points(client: Client): Promise<number> {
  return Number((await client.get('/api/points/me')).body.balance);
}

async function newProduct(client: Client): Promise<string> {
  return String((await client.post('/api/products', KEYBOARD)).body.productId);
}

async function order(client: Client, productId: string, customerId: string) {
  const items = [{ productId, quantity: 2 }];
  const { status, body } = await client.post('/order', { ...ORDER, customerId, items });
  expect(status).toBe(201);
  return body as { orderId: string; status: number; sagaStatus: string; userId: number };
}

function settled(client: Client, orderId: string, status: number, sagaStatus: string): Promise<true> {
  return soon(`the order is ${status} ${sagaStatus}`, SETTLED_MS, async () => {
    const { body } = await client.get(`/api/orders/${orderId}`);
    return (body.status === status && body.sagaStatus === sagaStatus) || null;
  });
}
