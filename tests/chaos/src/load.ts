import type { Command, Outcome } from '@naru/audit';
import { arrivals } from '@naru/testing';
import { outcomeOf } from './outcome';
import type { Random } from './random';

/** Longer than the gateway waits for a service. */
const ANSWER_DEADLINE_MS = 20_000;
/** On a machine too slow for the rate, requests are held back before all of them miss their deadline. */
const IN_FLIGHT_MAX = 80;
const PASSWORD = 'crossing-the-river';
const SET_UP_ATTEMPTS_MAX = 20;
/** Enough boards for any run. */
const RICH_POINTS = 100_000_000;
const PRODUCTS = 20;
/** Of the twenty some run out. */
const STOCK_UNITS = 100;
const PRICE = 100;
const QUANTITY_MAX = 3;

export type Kind = Command['kind'] | 'read';
/** How often each kind of request comes, in percent. */
export type Mix = Readonly<Record<Kind, number>>;

/** Told of every answer, when it is there. */
export interface Answered {
  readonly kind: Kind;
  readonly outcome: Outcome;
  readonly status: number;
  readonly at_ms: number;
  readonly latency_ms: number;
}

interface Author {
  readonly userId: number;
  readonly token: string;
}

export interface LoadOptions {
  readonly gatewayUrl: string;
  readonly pointUrl: string;
  readonly productUrl: string;
  readonly random: Random;
  /** Unique to the run: part of each e-mail, title and name. */
  readonly label: string;
  readonly mix: Mix;
  readonly inFlightMax?: number;
  readonly onAnswer: (answer: Answered) => void;
}

export interface Load {
  /** Makes the authors, half of whom can pay for any number of boards, half for ten; and twenty products. */
  setUp(authors: number): Promise<void>;
  /** Sends until the signal is aborted, or so many are sent, and all is answered. */
  run(rate_per_s: number, signal: AbortSignal, sentMax?: number): Promise<{ sent: number; heldBack: number }>;
  readonly history: readonly Command[];
}

interface Answer {
  readonly status: number;
  readonly outcome: Outcome;
  readonly headers: Headers | undefined;
  readonly body: Record<string, unknown>;
  readonly sentAt_ms: number;
  readonly latency_ms: number;
}

/** Seeded requests: what the nth request is does not depend on when it is sent, nor on what was answered. */
export function createLoad(options: LoadOptions): Load {
  const {
    gatewayUrl,
    pointUrl,
    productUrl,
    random,
    label,
    mix,
    inFlightMax = IN_FLIGHT_MAX,
    onAnswer,
  } = options;
  const history: Command[] = [];
  const authors: Author[] = [];
  const products: string[] = [];

  function note(answer: Answer, kind: Kind) {
    const { outcome, status, latency_ms, sentAt_ms } = answer;
    onAnswer({ kind, outcome, status, latency_ms, at_ms: sentAt_ms + latency_ms });
    return { outcome, status, latency_ms, sentAt_ms };
  }

  async function signUp(email: string): Promise<Answer> {
    const body = { email, name: 'Somebody', password: PASSWORD };
    const answer = await call(gatewayUrl, 'POST', '/api/users/sign-up', { body });
    history.push({ kind: 'sign-up', email, ...note(answer, 'sign-up') });
    return answer;
  }

  async function writeBoard({ userId, token }: Author, title: string): Promise<void> {
    const body = { title, content: 'Things arrive and leave.' };
    const answer = await call(gatewayUrl, 'POST', '/api/boards', { body, token });
    const boardId = Number(answer.headers?.get('location')?.split('/').pop());
    const known = answer.outcome === 'ok' ? { boardId } : {};
    history.push({ kind: 'board', userId, title, ...known, ...note(answer, 'board') });
  }

  async function rename({ userId, token }: Author, name: string): Promise<void> {
    const answer = await call(gatewayUrl, 'PATCH', '/api/users/me', { body: { name }, token });
    history.push({ kind: 'rename', userId, name, ...note(answer, 'rename') });
  }

  /** With or without items, now and then of a customer whose payment is declined; some are cancelled at once. */
  async function placeOrder({ token }: Author, choice: Random, name: string): Promise<void> {
    const customerId = choice.integer(1, 10) === 1 ? `decline-${name}` : name;
    const quantity = choice.integer(1, QUANTITY_MAX);
    const items =
      choice.integer(1, 5) === 1 ? {} : { items: [{ productId: choice.pick(products), quantity }] };
    const isRegretted = choice.integer(1, 6) === 1;
    const body = {
      customerId,
      customerEmail: 'somebody@example.com',
      totalAmount: quantity * PRICE,
      currency: 'KRW',
      ...items,
    };
    const answer = await call(gatewayUrl, 'POST', '/api/orders', { body, token });
    const orderId = answer.outcome === 'ok' ? String(answer.body['orderId']) : undefined;
    history.push({ kind: 'order', customerId, orderId, ...note(answer, 'order') });
    if (isRegretted && orderId) await call(gatewayUrl, 'POST', `/api/orders/${orderId}/cancel`, { token });
  }

  async function read({ userId, token }: Author, choice: Random): Promise<void> {
    const paths = ['/api/boards', '/api/points/me', '/api/users/me', `/api/users/${userId}`, '/api/orders'];
    const path = choice.pick(paths);
    note(await call(gatewayUrl, 'GET', path, { token }), 'read');
  }

  async function send(sequence: number): Promise<void> {
    const choice = random.fork(sequence);
    const author = choice.pick(authors);
    const name = `${label}-${sequence}`;
    switch (kindAt(mix, choice.integer(1, 100))) {
      case 'sign-up':
        await signUp(`${name}@example.com`);
        return;
      case 'board':
        return writeBoard(author, name);
      case 'rename':
        return rename(author, name);
      case 'order':
        return placeOrder(author, choice, name);
      case 'read':
        return read(author, choice);
    }
  }

  async function newAuthor(index: number): Promise<Author> {
    const email = `${label}-author-${index}@example.com`;
    await signUp(email);
    const credentials = { email, password: PASSWORD };
    const login = await insist(() => call(gatewayUrl, 'POST', '/api/users/login', { body: credentials }));
    const token = String(login.body['token']);
    const me = await insist(() => call(gatewayUrl, 'GET', '/api/users/me', { token }));
    const userId = Number(me.body['userId']);
    if (index % 2 === 0) {
      const body = { userId, amount: RICH_POINTS };
      // The points of the sign-up may come first or second; the account is there once they have come.
      await insist(() =>
        call(pointUrl, 'POST', '/internal/points/add', { body, idempotencyKey: `chaos-${email}` }),
      );
    }
    return { userId, token };
  }

  async function newProduct(index: number): Promise<string> {
    const productName = `${label}-product-${index}`;
    const body = { productName, price: PRICE, currency: 'KRW', stockQuantity: STOCK_UNITS };
    const options = { body, idempotencyKey: productName };
    const { body: product } = await insist(() => call(productUrl, 'POST', '/api/products', options));
    return String(product['productId']);
  }

  return {
    history,
    async setUp(count) {
      for (let index = 0; index < count; index++) authors.push(await newAuthor(index));
      for (let index = 0; index < PRODUCTS; index++) products.push(await newProduct(index));
    },
    run: (rate_per_s, signal, sentMax = Infinity) =>
      arrivals({ rate_per_s: () => rate_per_s, inFlightMax, sentMax, signal, send }),
  };
}

/** @param percent from 1 to 100 */
export function kindAt(mix: Mix, percent: number): Kind {
  let sum = 0;
  for (const [kind, share] of Object.entries(mix) as [Kind, number][]) {
    sum += share;
    if (percent <= sum) return kind;
  }
  throw new RangeError(`the mix has ${sum} of 100 percent`);
}

interface CallOptions {
  readonly body?: unknown;
  readonly token?: string;
  readonly idempotencyKey?: string;
}

async function call(url: string, method: string, path: string, options: CallOptions): Promise<Answer> {
  const { body, token, idempotencyKey } = options;
  const sentAt_ms = Date.now();
  const from_ms = performance.now();
  const done = (status: number, headers?: Headers, answer: Record<string, unknown> = {}) => ({
    status,
    headers,
    body: answer,
    outcome: outcomeOf(status, answer['code'] as string | undefined),
    sentAt_ms,
    latency_ms: performance.now() - from_ms,
  });
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return done(response.status, response.headers, isJson ? (JSON.parse(text) as never) : {});
  } catch {
    return done(0);
  }
}

/** Before the chaos begins, everything has to work. */
async function insist(attempt: () => Promise<Answer>): Promise<Answer> {
  for (let attempts = 1; ; attempts++) {
    const answer = await attempt();
    if (answer.outcome === 'ok') return answer;
    if (attempts === SET_UP_ATTEMPTS_MAX)
      throw new Error(`setting up: ${answer.status} ${JSON.stringify(answer.body)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
