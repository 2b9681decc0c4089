import { randomInt, randomUUID } from 'node:crypto';
import { eventHeaders, type EventType, type OrderCreated } from '@naru/contracts';
import { headerText, metricNames, type Broker, type IncomingRecord } from '@naru/kernel';
import {
  drained,
  eventually,
  publish,
  publishAll,
  recordsOf,
  testBroker,
  testService,
  type Published,
  type TestService,
} from '@naru/testing';

interface ProductView {
  productId: string;
  productName: string;
  price: number;
  currency: string;
  stockQuantity: number;
  sellerId: number | null;
  createdAt: string;
}

interface Item {
  productId: string;
  quantity: number;
}

let product: TestService;
let broker: Broker;

beforeAll(async () => {
  product = await testService('product');
  broker = testBroker();
});

afterAll(async () => {
  const exitCode = await product?.stop();
  await broker?.disconnect();
  expect(exitCode).toBe(0);
});

/** After all tests, whatever they did: what is held and sold is what the reservations say. */
afterEach(async () => {
  const reservations: { status: string; items: string }[] = await product.database('reservations');
  const counts = new Map<string, number>();
  for (const { status, items } of reservations) {
    for (const { productId, quantity } of JSON.parse(items) as Item[])
      counts.set(`${status} ${productId}`, (counts.get(`${status} ${productId}`) ?? 0) + quantity);
  }
  for (const { product_id: id, initial, free, held, sold } of await product.database('products')) {
    expect(held).toBe(counts.get(`HELD ${id}`) ?? 0);
    expect(sold).toBe(counts.get(`SOLD ${id}`) ?? 0);
    expect(free + held + sold).toBe(initial);
  }
  expect(reservations.filter(({ status }) => status === 'NEW')).toEqual([]);
});

const newUser = () => randomInt(1, 2 ** 47);
const keyboard = { productName: 'wireless-keyboard', price: 59_900, currency: 'KRW', stockQuantity: 120 };

function post(body: string | object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${product.url}/api/products`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function created(more: Partial<typeof keyboard> = {}): Promise<string> {
  const response = await post({ ...keyboard, ...more });
  expect(response.status).toBe(201);
  return ((await response.json()) as ProductView).productId;
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${product.url}${path}`, { headers });

async function free(productId: string): Promise<number> {
  return ((await (await get(`/api/products/${productId}`)).json()) as ProductView).stockQuantity;
}

async function countsOf(productId: string): Promise<number[]> {
  const row: Record<'free' | 'held' | 'sold', number> = await product
    .database('products')
    .where({ product_id: productId })
    .first();
  return [row.free, row.held, row.sold];
}

function order(items: Item[], totalAmount: number, more: Partial<OrderCreated> = {}): OrderCreated {
  const about = {
    orderId: randomUUID(),
    userId: newUser(),
    customerId: 'kim',
    customerEmail: 'kim@naru.example',
  };
  const saga = { status: 10, sagaId: randomUUID(), sagaStatus: 'STARTED', version: 1 };
  return { ...about, totalAmount, currency: 'KRW', items, ...saga, ...more };
}

const place = (placed: OrderCreated, id?: string) => publish(broker, 'order.created', placed, id);
const confirmedOf = (placed: OrderCreated) => {
  return { ...placed, status: 20, sagaStatus: 'SUCCEEDED', version: 3 };
};
const cancelledOf = (placed: OrderCreated, reason = 'cancelled') => {
  return { ...placed, status: 90, sagaStatus: 'COMPENSATING', version: 4, reason };
};
const confirm = (placed: OrderCreated, id?: string) =>
  publish(broker, 'order.confirmed', confirmedOf(placed), id);
const cancel = (placed: OrderCreated, id?: string) =>
  publish(broker, 'order.cancelled', cancelledOf(placed), id);

/** Waits until the group has handled an event. */
function received(id: string): Promise<unknown> {
  return eventually(`event ${id}`, () => product.database('inbox').where({ event_id: id }).first());
}

function reserved(orderId: string, status: string): Promise<{ version: number; reason: string | null }> {
  return eventually(`reservation ${status}`, () =>
    product.database('reservations').where({ order_id: orderId, status }).first(),
  );
}

const typeOf = ({ headers }: IncomingRecord) => headerText(headers, eventHeaders.type);

async function answersTo({ orderId }: OrderCreated): Promise<IncomingRecord[]> {
  const records = await recordsOf(broker, 'stock.events.v1');
  return records.filter(({ key }) => key?.toString() === orderId);
}

/** Waits for the answers to an order, which are to be of these types and no others. */
async function answered(placed: OrderCreated, ...types: EventType[]): Promise<IncomingRecord[]> {
  await eventually(types.join(', '), async () => (await answersTo(placed)).length >= types.length);
  await drained(product.database);
  const answers = await answersTo(placed);
  expect(answers.map(typeOf)).toEqual(types);
  return answers;
}

const dataOf = (record: IncomingRecord) => JSON.parse(record.value!.toString()) as Record<string, unknown>;

async function consumed(topic: string, outcome: string): Promise<number> {
  const lines = (await (await get('/metrics')).text()).split('\n');
  const sample = lines.find(
    (line) =>
      line.startsWith(`${metricNames.consumed}{`) && line.includes(`"${topic}"`) && line.includes(outcome),
  );
  return Number(sample?.split(' ').at(-1) ?? 0);
}

describe('putting a product up for sale', () => {
  it('as the first sources do, answers 201 with the product, and tells of it', async () => {
    const response = await post(`{
    "productName": "wireless-keyboard",
    "price": 59900,
    "currency": "KRW",
    "stockQuantity": 120
  }`);
    expect(response.status).toBe(201);
    const body = (await response.json()) as ProductView;
    const { productId } = body;
    expect(productId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(body).toEqual({ ...keyboard, productId, sellerId: null, createdAt: expect.stringMatching(/Z$/) });
    expect(response.headers.get('location')).toBe(`/api/products/${productId}`);
    expect(await (await get(`/api/products/${productId}`)).json()).toEqual(body);

    const [event, ...more] = await eventually('product.created', async () => {
      const records = await recordsOf(broker, 'product.created.v1');
      const found = records.filter(({ key }) => key?.toString() === productId);
      return found.length > 0 && found;
    });
    expect(more).toEqual([]);
    expect(dataOf(event!)).toEqual({ ...keyboard, productId, version: 1 });
    expect(headerText(event!.headers, eventHeaders.type)).toBe('product.created');
    expect(headerText(event!.headers, eventHeaders.source)).toBe('/naru/product');
    expect(headerText(event!.headers, eventHeaders.subject)).toBe(productId);
  });

  it('is for any user, who then is its seller; the newest are listed first, page by page', async () => {
    const userId = newUser();
    const seller = { 'x-naru-via': 'gateway', 'x-user-id': String(userId) };
    const names = ['한글 키보드', 'mouse', 'pad'];
    for (const productName of names)
      expect((await post({ ...keyboard, productName }, seller)).status).toBe(201);
    const first = await get('/api/products?limit=2', seller);
    const next = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')![1]!;
    const listed = [
      ...((await first.json()) as ProductView[]),
      ...((await (await get(next, seller)).json()) as ProductView[]).slice(0, 1),
    ];
    expect(listed.map(({ productName, sellerId }) => [productName, sellerId])).toEqual(
      names.map((name) => [name, userId]).reverse(),
    );
  });

  it('is done once under one Idempotency-Key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const name = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => post({ ...keyboard, productName: name }, key)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    const replayed = answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true');
    expect(replayed).toHaveLength(2);
    expect(replayed[0]!.headers.get('location')).toBe(answers[0]!.headers.get('location'));
    expect(await product.database('products').where({ name })).toHaveLength(1);
    expect((await post({ ...keyboard, productName: 'another' }, key)).status).toBe(422);
  });

  it.each([
    { price: -1 },
    { price: 1.5 },
    { currency: 'won' },
    { currency: 'ZZZ' },
    { stockQuantity: -1 },
    { stockQuantity: '9' },
    { productName: '' },
    { productName: undefined },
    { sellerId: 1 },
  ])('is refused with %j', async (wrong) => {
    expect((await post({ ...keyboard, ...wrong })).status).toBe(400);
  });

  it('is not for nobody through the gateway; and one that is not there is 404', async () => {
    expect((await post(keyboard, { 'x-naru-via': 'gateway' })).status).toBe(401);
    const response = await get(`/api/products/${randomUUID()}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'product-unknown' });
  });
});

describe('an order with items', () => {
  it('is held, sold, and given back, and answered at each turn but the sale', async () => {
    const [one, other] = [await created(), await created({ price: 50 })];
    const items = [
      { productId: one, quantity: 2 },
      { productId: other, quantity: 120 },
    ];
    const placed = order(items, 2 * 59_900 + 120 * 50);
    const id = await place(placed);
    const [event] = await answered(placed, 'stock.reserved');
    const { orderId, sagaId, userId, customerId, currency, totalAmount: amount } = placed;
    const about = { orderId, sagaId, userId, customerId, currency, amount, items };
    expect(dataOf(event!)).toEqual({ ...about, version: 1 });
    expect(headerText(event!.headers, eventHeaders.correlationId)).toBe(id);
    expect(headerText(event!.headers, eventHeaders.sagaId)).toBe(sagaId);
    const row = await product.database('outbox').where({ saga_id: sagaId }).first();
    expect(row).toMatchObject({ saga_status: 'PROCESSING' });
    expect([await free(one), await free(other)]).toEqual([118, 0]);
    expect(await countsOf(other)).toEqual([0, 120, 0]);

    await confirm(placed);
    await reserved(orderId, 'SOLD');
    expect(await countsOf(one)).toEqual([118, 0, 2]);

    await cancel(placed);
    const [, released] = await answered(placed, 'stock.reserved', 'stock.released');
    expect(dataOf(released!)).toEqual({ ...about, reason: 'cancelled', version: 3 });
    expect(await countsOf(one)).toEqual([120, 0, 0]);
    expect(await free(other)).toBe(120);
  });

  it.each([
    ['stock-too-small', 121, 121 * 59_900, 'KRW'],
    ['amount-mismatch', 1, 59_901, 'KRW'],
    ['amount-mismatch', 1, 59_900, 'USD'],
  ])(
    'is rejected for %s, holds nothing, and its cancellation is answered',
    async (reason, quantity, sum, currency) => {
      const [productId, plenty] = [await created(), await created({ price: 0 })];
      const items = [
        { productId: plenty, quantity: 1 },
        { productId, quantity },
      ];
      const placed = order(items, sum, { currency });
      await place(placed);
      const [event] = await answered(placed, 'stock.rejected');
      expect(dataOf(event!)).toMatchObject({ orderId: placed.orderId, reason, items, version: 1 });
      expect([await countsOf(productId), await countsOf(plenty)]).toEqual([
        [120, 0, 0],
        [120, 0, 0],
      ]);
      await cancel(placed);
      const [, released] = await answered(placed, 'stock.rejected', 'stock.released');
      expect(dataOf(released!)).toMatchObject({ items: [], version: 2 });
      expect(await countsOf(productId)).toEqual([120, 0, 0]);
    },
  );

  it('is rejected when a product is not there', async () => {
    const productId = await created();
    const placed = order(
      [
        { productId, quantity: 1 },
        { productId: randomUUID(), quantity: 1 },
      ],
      59_900,
    );
    await place(placed);
    const [event] = await answered(placed, 'stock.rejected');
    expect(dataOf(event!)).toMatchObject({ reason: 'product-unknown' });
    expect(await free(productId)).toBe(120);
  });

  it('that is cancelled before it is heard of is answered, and never held', async () => {
    const productId = await created();
    const placed = order([{ productId, quantity: 3 }], 3 * 59_900);
    await cancel(placed);
    const [event] = await answered(placed, 'stock.released');
    expect(dataOf(event!)).toMatchObject({ items: [], reason: 'cancelled', version: 1 });
    await received(await place(placed));
    await received(await confirm(placed));
    await reserved(placed.orderId, 'RELEASED');
    expect(await countsOf(productId)).toEqual([120, 0, 0]);
    const next = order([{ productId, quantity: 1 }], 59_900, { orderId: randomUUID() });
    await place(next);
    await answered(next, 'stock.reserved');
    await answered(placed, 'stock.released');
  });

  it('that is confirmed before it is heard of waits for that', async () => {
    const productId = await created();
    const placed = order([{ productId, quantity: 3 }], 3 * 59_900);
    const before = await consumed('order.saga.v1', 'retried');
    await confirm(placed);
    await eventually('the retry', async () => (await consumed('order.saga.v1', 'retried')) > before);
    expect(await product.database('reservations').where({ order_id: placed.orderId })).toEqual([]);
    await place(placed);
    await reserved(placed.orderId, 'SOLD');
    expect(await countsOf(productId)).toEqual([117, 0, 3]);
  });

  it('is held, sold and given back once, however often that is told', async () => {
    const productId = await created();
    const placed = order([{ productId, quantity: 7 }], 7 * 59_900);
    const id = await place(placed);
    await received(await place(placed));
    const before = await consumed('order.created.v1', 'duplicate');
    await place(placed, id);
    await eventually('the duplicate', async () => (await consumed('order.created.v1', 'duplicate')) > before);
    expect(await countsOf(productId)).toEqual([113, 7, 0]);

    await confirm(placed);
    await received(await confirm(placed));
    expect(await countsOf(productId)).toEqual([113, 0, 7]);

    await cancel(placed);
    await received(await cancel(placed));
    await received(await place(placed));
    expect(await countsOf(productId)).toEqual([120, 0, 0]);
    const rows = await product.database('outbox').where({ saga_id: placed.sagaId });
    expect(rows).toHaveLength(2);
    await answered(placed, 'stock.reserved', 'stock.released');
  });
});

describe('an order without items', () => {
  it('is passed over, and its cancellation is answered once', async () => {
    const placed = order([], 12_900, { status: 20, sagaStatus: 'SUCCEEDED', userId: null });
    await received(await place(placed));
    expect(await product.database('reservations').where({ order_id: placed.orderId })).toEqual([]);
    await cancel(placed);
    await received(await cancel(placed));
    const [event] = await answered(placed, 'stock.released');
    expect(dataOf(event!)).toMatchObject({ items: [], userId: null, version: 1 });
  });
});

describe('many orders at once', () => {
  it('never hold more than there is, and each that is cancelled is answered once', async () => {
    const products: string[] = [];
    for (const stockQuantity of [30, 20, 10]) products.push(await created({ price: 10, stockQuantity }));
    const orders = Array.from({ length: 60 }, (_, nth) => {
      const [one, other] = [products[nth % 3]!, products[(nth + 1) % 3]!];
      const items = [
        { productId: one, quantity: 1 + (nth % 2) },
        { productId: other, quantity: 1 },
      ];
      return order(items, (2 + (nth % 2)) * 10);
    });
    const cancelled = orders.filter((_, nth) => nth % 4 === 0);
    const told: Published[] = orders.flatMap((placed, nth) => [
      { type: 'order.created', data: placed },
      ...(nth % 5 === 0 ? [{ type: 'order.created', data: placed } as const] : []),
      ...(nth % 4 === 0 ? [{ type: 'order.cancelled', data: cancelledOf(placed) } as const] : []),
    ]);
    await publishAll(broker, told);
    for (const { orderId } of cancelled) await reserved(orderId, 'RELEASED');
    const decided = await eventually('a verdict on each', async () => {
      const rows: { order_id: string; status: string }[] = await product.database('reservations').whereIn(
        'order_id',
        orders.map(({ orderId }) => orderId),
      );
      return rows.length === orders.length && rows;
    });
    const statuses = decided.map(({ status }) => status);
    expect(statuses.filter((status) => status === 'RELEASED')).toHaveLength(cancelled.length);
    expect(statuses.filter((status) => status === 'HELD').length).toBeGreaterThan(0);
    await drained(product.database);
    const answers = await recordsOf(broker, 'stock.events.v1');
    for (const placed of orders) {
      const types = answers.filter(({ key }) => key?.toString() === placed.orderId).map(typeOf);
      const isCancelled = cancelled.includes(placed);
      expect(types.filter((type) => type === 'stock.released')).toHaveLength(isCancelled ? 1 : 0);
      expect(types.filter((type) => type !== 'stock.released').length).toBeLessThanOrEqual(1);
      if (isCancelled) expect(types.at(-1)).toBe('stock.released');
    }
  });
});

it('the database itself refuses stock that is not there', async () => {
  const productId = await created({ stockQuantity: 1 });
  const row = () => product.database('products').where({ product_id: productId });
  await expect(row().update({ free: -1, held: 2 })).rejects.toThrow(/CONSTRAINT|constraint/);
  await expect(row().update({ held: 1 })).rejects.toThrow(/CONSTRAINT|constraint/);
});
