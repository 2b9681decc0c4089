import { randomInt, randomUUID } from 'node:crypto';
import { eventHeaders } from '@naru/contracts';
import { headerText, type Broker } from '@naru/kernel';
import { eventually, recordsOf, testBroker, testService, type TestService } from '@naru/testing';
import { orderMetricNames } from '../src/metrics';
import { orderClient, someItems, terms, type Order } from './orders';

let order: TestService;
let broker: Broker;

beforeAll(async () => {
  order = await testService('order');
  broker = testBroker();
});

afterAll(async () => {
  const exitCode = await order?.stop();
  await broker?.disconnect();
  expect(exitCode).toBe(0);
});

/** After all tests, whatever they did: an order's version is the number of its changes, and each is in its log. */
afterEach(async () => {
  const [wrong] = await order.database
    .raw(`SELECT o.order_id, o.version, COUNT(s.step_id) AS steps FROM orders o
    LEFT JOIN saga_steps s ON s.order_id = o.order_id AND s.outcome = 'APPLIED'
    GROUP BY o.order_id, o.version HAVING COUNT(s.step_id) <> o.version`);
  expect(wrong).toEqual([]);
});

const client = orderClient(
  () => order,
  () => broker,
);
const { post, get, place, cancel, changeStatus, hear, say, stands, log, told, metric, orderNow } = client;

const newUser = () => randomInt(1, 2 ** 47);
const placeWithItems = (userId?: number) => place({ items: someItems() }, userId);
const typesOf = async (orderId: string) => (await told(orderId)).map(({ type }) => type);

describe('orders without items, as source C has them', () => {
  const created = `{
    "customerId": "user-1001",
    "customerEmail": "user1001@example.com",
    "totalAmount": 12900,
    "currency": "KRW"
  }`;
  const shipped = `{
    "customerId": "user-1001",
    "customerEmail": "user1001@example.com",
    "previousStatus": 20,
    "currentStatus": 25
  }`;
  const failing = `{
    "customerId": "fail-user-1",
    "customerEmail": "fail@example.com",
    "totalAmount": 5000,
    "currency": "KRW"
  }`;

  it('are settled from the start, and are shipped and delivered, each told of on its topic', async () => {
    const { status, body, headers } = await post('/api/orders', created);
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { ...terms, userId: null, items: [], status: 20, sagaStatus: 'SUCCEEDED', version: 1 },
    });
    expect(headers.get('location')).toBe(`/api/orders/${body.orderId}`);
    expect(body.createdAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/);
    expect((await get(`/api/orders/${body.orderId}`)).body).toEqual(body);

    const { orderId } = body;
    expect(await post(`/api/orders/${orderId}/status`, shipped)).toMatchObject({
      status: 200,
      body: { orderId, status: 25, version: 2 },
    });
    expect(await changeStatus(orderId, 25, 80)).toMatchObject({
      status: 200,
      body: { status: 80, version: 3 },
    });

    const events = await told(orderId);
    expect(events.map(({ topic, type, data }) => [topic, type, data.status])).toEqual([
      ['order.created.v1', 'order.created', 20],
      ['order.shipped.v1', 'order.status-changed', 25],
      ['order.shipped.v1', 'order.status-changed', 80],
    ]);
    expect(events[1]!.data).toMatchObject({ previousStatus: 20, currentStatus: 25 });
    expect(await log(orderId)).toEqual([
      'create APPLIED 20 SUCCEEDED',
      'ship APPLIED 25 SUCCEEDED',
      'deliver APPLIED 80 SUCCEEDED',
    ]);
  });

  it('of a customer whose notification will fail are orders like any other', async () => {
    expect(await post('/api/orders', failing)).toMatchObject({ status: 201, body: { status: 20 } });
  });

  it('do not go anywhere else, nor for another customer, nor twice', async () => {
    const { orderId } = await place();
    const forbidden = { status: 409, body: { code: 'transition-forbidden' } };
    expect(await changeStatus(orderId, 20, 80)).toMatchObject(forbidden);
    expect(await changeStatus(orderId, 20, 90)).toMatchObject(forbidden);
    expect(await changeStatus(orderId, 25, 20)).toMatchObject(forbidden);
    const wrongStatus = { status: 409, body: { code: 'previous-status-mismatch' } };
    expect(await changeStatus(orderId, 25, 80)).toMatchObject(wrongStatus);
    for (const other of [{ customerId: 'user-1002' }, { customerEmail: 'user1002@example.com' }]) {
      const body = { ...terms, ...other, previousStatus: 20, currentStatus: 25 };
      const { totalAmount: _amount, currency: _currency, ...request } = body;
      expect(await post(`/api/orders/${orderId}/status`, request)).toMatchObject({
        status: 409,
        body: { code: 'customer-mismatch' },
      });
    }
    expect(await changeStatus(orderId, 20, 25)).toMatchObject({ status: 200 });
    expect(await changeStatus(orderId, 20, 25)).toMatchObject(wrongStatus);
    expect(await typesOf(orderId)).toEqual(['order.created', 'order.status-changed']);
  });

  it('change status once when many ask at once', async () => {
    const { orderId } = await place();
    const answers = await Promise.all(Array.from({ length: 10 }, () => changeStatus(orderId, 20, 25)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
    expect(await typesOf(orderId)).toEqual(['order.created', 'order.status-changed']);
  });
});

describe('an order with items', () => {
  it('begins open, and is told of on its topic under its own id', async () => {
    const items = someItems();
    const userId = newUser();
    const placed = await place({ items }, userId);
    expect(placed).toMatchObject({ ...terms, userId, items, status: 10, sagaStatus: 'STARTED', version: 1 });
    const [record] = await eventually('order.created', async () => {
      const records = await recordsOf(broker, 'order.created.v1');
      const own = records.filter(({ key }) => key?.toString() === placed.orderId);
      return own.length > 0 && own;
    });
    const header = (name: string) => headerText(record!.headers, name);
    expect(header(eventHeaders.type)).toBe('order.created');
    expect(header(eventHeaders.source)).toBe('/naru/order');
    expect(header(eventHeaders.subject)).toBe(placed.orderId);
    expect(header(eventHeaders.sagaId)).toBe(placed.sagaId);
    expect(header(eventHeaders.correlationId)).toBe(placed.sagaId);
    expect(header(eventHeaders.traceparent)).toMatch(/^00-[0-9a-f]{32}-/);
    const { createdAt: _, ...snapshot } = placed;
    expect(JSON.parse(record!.value!.toString())).toEqual(snapshot);
  });

  it('is confirmed when its stock is held and it is paid', async () => {
    const { orderId, ...placed } = await placeWithItems();
    await hear({ orderId, ...placed }, 'stock.reserved');
    expect(await orderNow(orderId)).toMatchObject({ status: 10, sagaStatus: 'PROCESSING', version: 2 });
    await hear({ orderId, ...placed }, 'payment.completed');
    expect(await orderNow(orderId)).toMatchObject({ status: 20, sagaStatus: 'SUCCEEDED', version: 3 });
    expect(await log(orderId)).toEqual([
      'create APPLIED 10 STARTED',
      'stock.reserved APPLIED 10 PROCESSING',
      'payment.completed APPLIED 20 SUCCEEDED',
    ]);
    const [, confirmed, ...more] = await told(orderId);
    expect(more).toEqual([]);
    expect(confirmed).toMatchObject({
      topic: 'order.saga.v1',
      type: 'order.confirmed',
      data: { orderId, status: 20, sagaStatus: 'SUCCEEDED', version: 3, items: placed.items },
    });
  });

  it('is confirmed when it is heard of its payment before its stock', async () => {
    const placed = await placeWithItems();
    await hear(placed, 'payment.completed');
    expect(await orderNow(placed.orderId)).toMatchObject({ status: 20, sagaStatus: 'SUCCEEDED', version: 2 });
    await hear(placed, 'stock.reserved');
    expect(await orderNow(placed.orderId)).toMatchObject({ status: 20, sagaStatus: 'SUCCEEDED', version: 2 });
    expect(await log(placed.orderId)).toEqual([
      'create APPLIED 10 STARTED',
      'payment.completed APPLIED 20 SUCCEEDED',
      'stock.reserved IGNORED 20 SUCCEEDED',
    ]);
    expect(await typesOf(placed.orderId)).toEqual(['order.created', 'order.confirmed']);
  });

  it('goes on with trace and correlation of the event that moves it', async () => {
    const placed = await placeWithItems();
    const cause = await hear(placed, 'payment.completed');
    const events = await eventually('order.confirmed', async () => {
      const records = await recordsOf(broker, 'order.saga.v1');
      const own = records.filter(({ key }) => key?.toString() === placed.orderId);
      return own.length > 0 && own;
    });
    const [source] = (await recordsOf(broker, 'payment.events.v1', 1)).filter(
      ({ headers }) => headerText(headers, eventHeaders.id) === cause,
    );
    const traceId = headerText(source!.headers, eventHeaders.traceparent)!.split('-')[1]!;
    expect(headerText(events[0]!.headers, eventHeaders.traceparent)).toContain(traceId);
    expect(headerText(events[0]!.headers, eventHeaders.correlationId)).toBe(cause);
    expect(headerText(events[0]!.headers, eventHeaders.sagaId)).toBe(placed.sagaId);
  });

  it('fails when its stock is refused; the answers to its cancellation change nothing more', async () => {
    const placed = await placeWithItems();
    await hear(placed, 'stock.rejected');
    expect(await orderNow(placed.orderId)).toMatchObject({ status: 90, sagaStatus: 'FAILED', version: 2 });
    const ignored = () => metric(orderMetricNames.sagaSteps, 'step="stock.released"', 'outcome="ignored"');
    const before = await ignored();
    await hear(placed, 'stock.released');
    await hear(placed, 'payment.voided');
    expect(await orderNow(placed.orderId)).toMatchObject({ status: 90, sagaStatus: 'FAILED', version: 2 });
    expect(await ignored()).toBe(before + 1);
    const [, cancelled, ...more] = await told(placed.orderId);
    expect(more).toEqual([]);
    expect(cancelled).toMatchObject({
      type: 'order.cancelled',
      data: { reason: 'out-of-stock', status: 90, sagaStatus: 'FAILED' },
    });
  });

  it.each([
    ['stock.released', 'payment.voided'],
    ['payment.refunded', 'stock.released'],
  ] as const)('is taken back when it is not paid, once %s and then %s have come', async (first, second) => {
    const placed = await placeWithItems();
    await hear(placed, 'stock.reserved');
    await hear(placed, 'payment.failed');
    expect(await orderNow(placed.orderId)).toMatchObject({ status: 90, sagaStatus: 'COMPENSATING' });
    await hear(placed, first);
    await hear(placed, first);
    expect(await orderNow(placed.orderId)).toMatchObject({ status: 90, sagaStatus: 'COMPENSATING' });
    await hear(placed, second);
    expect(await orderNow(placed.orderId)).toMatchObject({
      status: 90,
      sagaStatus: 'COMPENSATED',
      version: 5,
    });
    expect(await typesOf(placed.orderId)).toEqual(['order.created', 'order.cancelled']);
    expect((await told(placed.orderId))[1]!.data).toMatchObject({
      reason: 'declined',
      sagaStatus: 'COMPENSATING',
    });
  });

  it('hears one event once, however often it comes', async () => {
    const placed = await placeWithItems();
    const id = await hear(placed, 'stock.reserved');
    await say['stock.reserved'](placed, id);
    await hear(placed, 'payment.completed');
    await hear(placed, 'stock.reserved');
    expect(await log(placed.orderId)).toEqual([
      'create APPLIED 10 STARTED',
      'stock.reserved APPLIED 10 PROCESSING',
      'payment.completed APPLIED 20 SUCCEEDED',
      'stock.reserved IGNORED 20 SUCCEEDED',
    ]);
  });

  it('leaves saga id, saga status and outbox status in its outbox', async () => {
    const placed = await placeWithItems();
    await hear(placed, 'payment.completed');
    const rows = await eventually('published', async () => {
      const events = await told(placed.orderId);
      return events.every(({ outbox_status }) => outbox_status === 'PUBLISHED') && events;
    });
    expect(rows.map(({ saga_id, saga_status }) => [saga_id, saga_status])).toEqual([
      [placed.sagaId, 'STARTED'],
      [placed.sagaId, 'SUCCEEDED'],
    ]);
  });
});

describe('the deadline of a saga', () => {
  const atItsDeadline = (orderIds: readonly string[]) =>
    order
      .database('orders')
      .whereIn('order_id', orderIds)
      .update({ deadline_at: order.database.raw('CURRENT_TIMESTAMP(6)') });

  it('is a minute after its order was placed; an order without items has none', async () => {
    const seconds = async ({ orderId }: Order) => {
      const [[row]] = (await order.database.raw(
        'SELECT TIMESTAMPDIFF(MICROSECOND, created_at, deadline_at) / 1000000 AS s FROM orders WHERE order_id = ?',
        [orderId],
      )) as [{ s: string | null }[]];
      return row!.s === null ? null : Number(row!.s);
    };
    expect(await seconds(await placeWithItems())).toBe(60);
    expect(await seconds(await place())).toBeNull();
  });

  it('takes back what is still open then, in the trace of its creation; what comes later changes nothing', async () => {
    const started = await placeWithItems();
    const processing = await placeWithItems();
    await hear(processing, 'stock.reserved');
    await atItsDeadline([started.orderId, processing.orderId]);
    for (const late of [started, processing]) {
      await stands(late.orderId, '90 COMPENSATING');
      const [created, cancelled, ...more] = await told(late.orderId);
      expect(more).toEqual([]);
      expect(cancelled).toMatchObject({ type: 'order.cancelled', data: { reason: 'saga-timeout' } });
      const traceOf = (headers: Buffer) =>
        new Map(JSON.parse(headers.toString()) as [string, string][]).get(eventHeaders.traceparent);
      expect(traceOf(cancelled!.headers)).toBe(traceOf(created!.headers));
      await hear(late, 'stock.reserved');
      await hear(late, 'payment.completed');
      expect(await orderNow(late.orderId)).toMatchObject({ status: 90, sagaStatus: 'COMPENSATING' });
      await hear(late, 'stock.released');
      await hear(late, 'payment.refunded');
      expect(await orderNow(late.orderId)).toMatchObject({ status: 90, sagaStatus: 'COMPENSATED' });
      expect(await typesOf(late.orderId)).toEqual(['order.created', 'order.cancelled']);
    }
  });

  it('leaves alone what is confirmed, failed or cancelled by then', async () => {
    const [confirmed, failed, cancelled, open] = await Promise.all([1, 2, 3, 4].map(() => placeWithItems()));
    await hear(confirmed!, 'payment.completed');
    await hear(failed!, 'stock.rejected');
    await cancel(cancelled!.orderId);
    const ids = [confirmed!, failed!, cancelled!, open!].map(({ orderId }) => orderId);
    await atItsDeadline(ids);
    await stands(open!.orderId, '90 COMPENSATING');
    expect(await orderNow(confirmed!.orderId)).toMatchObject({ status: 20, version: 2 });
    expect(await orderNow(failed!.orderId)).toMatchObject({ sagaStatus: 'FAILED', version: 2 });
    expect(await orderNow(cancelled!.orderId)).toMatchObject({ sagaStatus: 'COMPENSATING', version: 2 });
  });

  it('takes back many at once, each once', async () => {
    const orders = await Promise.all(Array.from({ length: 130 }, () => placeWithItems()));
    const ids = orders.map(({ orderId }) => orderId);
    await atItsDeadline(ids);
    await eventually('all given up', async () => {
      const open = await order.database('orders').whereIn('order_id', ids).where({ status: 10 });
      return open.length === 0;
    });
    const tellings = await order.database('outbox').whereIn(
      'record_key',
      ids.map((id) => Buffer.from(id)),
    );
    expect(tellings.filter(({ topic }) => topic === 'order.saga.v1')).toHaveLength(ids.length);
  });
});

describe('a cancellation', () => {
  it('of an open order takes it back', async () => {
    const placed = await placeWithItems();
    expect(await cancel(placed.orderId)).toMatchObject({
      status: 202,
      body: { orderId: placed.orderId, status: 90, sagaStatus: 'COMPENSATING', version: 2 },
    });
    await hear(placed, 'stock.released');
    await hear(placed, 'payment.voided');
    expect(await orderNow(placed.orderId)).toMatchObject({
      status: 90,
      sagaStatus: 'COMPENSATED',
      version: 4,
    });
    expect((await told(placed.orderId))[1]).toMatchObject({
      type: 'order.cancelled',
      saga_status: 'COMPENSATING',
      data: { reason: 'cancel-requested' },
    });
  });

  it('of a confirmed order takes it back after it was told confirmed', async () => {
    const placed = await placeWithItems();
    await hear(placed, 'payment.completed');
    expect(await cancel(placed.orderId)).toMatchObject({ status: 202, body: { status: 90 } });
    expect(await typesOf(placed.orderId)).toEqual(['order.created', 'order.confirmed', 'order.cancelled']);
  });

  it('of an order without items waits for its two answers too', async () => {
    const placed = await place();
    expect(await cancel(placed.orderId)).toMatchObject({ status: 202, body: { sagaStatus: 'COMPENSATING' } });
    await hear(placed, 'payment.voided');
    await hear(placed, 'stock.released');
    expect(await orderNow(placed.orderId)).toMatchObject({ sagaStatus: 'COMPENSATED' });
  });

  it('of a cancelled order is accepted, and changes nothing', async () => {
    const placed = await placeWithItems();
    const first = await cancel(placed.orderId);
    expect(await cancel(placed.orderId)).toMatchObject({ status: 202, body: first.body });
    expect(await typesOf(placed.orderId)).toEqual(['order.created', 'order.cancelled']);
    expect(await log(placed.orderId)).toHaveLength(2);
  });

  it('of an order that is shipped or delivered is refused', async () => {
    const { orderId } = await place();
    await changeStatus(orderId, 20, 25);
    const refused = { status: 409, body: { code: 'order-shipped' } };
    expect(await cancel(orderId)).toMatchObject(refused);
    await changeStatus(orderId, 25, 80);
    expect(await cancel(orderId)).toMatchObject(refused);
    expect(await orderNow(orderId)).toMatchObject({ status: 80, version: 3 });
  });

  it('that races with the payment is told after the confirmation or instead of it', async () => {
    const orders = await Promise.all(Array.from({ length: 30 }, () => placeWithItems()));
    const ids: string[] = [];
    const cancellations: ReturnType<typeof cancel>[] = [];
    for (const placed of orders) {
      // The event is being read while the request is on its way.
      ids.push(await say['payment.completed'](placed));
      cancellations.push(cancel(placed.orderId));
    }
    const answers = await Promise.all(cancellations);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    for (const id of ids) {
      await eventually('payment.completed', () =>
        order.database('saga_steps').where({ event_id: id }).first(),
      );
    }
    for (const { orderId } of orders) {
      expect(await orderNow(orderId)).toMatchObject({ status: 90, sagaStatus: 'COMPENSATING' });
      const events = await told(orderId);
      const types = events.map(({ type }) => type);
      expect([
        ['order.created', 'order.cancelled'],
        ['order.created', 'order.confirmed', 'order.cancelled'],
      ]).toContainEqual(types);
      expect(events.map(({ data }) => data.version)).toEqual(types.map((_, nth) => nth + 1));
    }
  });

  it('that is not answered is watched', async () => {
    const { orderId } = await placeWithItems();
    await cancel(orderId);
    await eventually('the oldest', async () => (await metric(orderMetricNames.compensatingOldestAge)) > 0);
    expect(await metric(orderMetricNames.sagas, 'saga_status="COMPENSATING"')).toBeGreaterThan(0);
    expect(await metric(orderMetricNames.oldestOpenAge)).toBeGreaterThan(0);
  });
});

describe('whose an order is', () => {
  it('decides who sees, moves and cancels it; a direct caller may all', async () => {
    const [owner, other] = [newUser(), newUser()];
    const { orderId } = await place({}, owner);
    const unknown = { status: 404, body: { code: 'order-unknown' } };
    expect(await get(`/api/orders/${orderId}`, other)).toMatchObject(unknown);
    expect(await changeStatus(orderId, 20, 25, other)).toMatchObject(unknown);
    expect(await cancel(orderId, other)).toMatchObject(unknown);
    expect(await get(`/api/orders/${orderId}`, owner)).toMatchObject({
      status: 200,
      body: { userId: owner },
    });
    expect(await get(`/api/orders/${orderId}`)).toMatchObject({ status: 200 });
    expect(await changeStatus(orderId, 20, 25, owner)).toMatchObject({ status: 200 });
    expect(await changeStatus(orderId, 25, 80)).toMatchObject({ status: 200 });
  });

  it('decides the lists too, newest first, page by page', async () => {
    const [owner, other] = [newUser(), newUser()];
    const mine = [await place({}, owner), await place({}, owner), await place({}, owner)];
    const others = await place({}, other);
    const first = await get<Order[]>('/api/orders?limit=2', owner);
    expect(first.body).toEqual([mine[2], mine[1]]);
    const next = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')![1]!;
    const second = await get<Order[]>(next, owner);
    expect(second.body).toEqual([mine[0]]);
    expect(second.headers.get('link')).toBeNull();
    expect((await get<Order[]>('/api/orders?limit=2')).body).toEqual([others, mine[2]]);
  });

  it('leaves nothing for a call through the gateway without a user, or of an order that is not there', async () => {
    const response = await fetch(`${order.url}/api/orders`, { headers: { 'x-naru-via': 'gateway' } });
    expect(response.status).toBe(401);
    expect(await get(`/api/orders/${randomUUID()}`)).toMatchObject({ status: 404 });
    expect(await cancel(randomUUID())).toMatchObject({ status: 404 });
  });
});

describe('a request to order', () => {
  it('is carried out once under one key', async () => {
    const userId = newUser();
    const key = { 'idempotency-key': randomUUID() };
    const body = { ...terms, items: someItems() };
    const answers = await Promise.all([1, 2, 3].map(() => post('/api/orders', body, userId, key)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.body.orderId)).size).toBe(1);
    const replayed = answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true');
    expect(replayed).toHaveLength(2);
    expect(answers[1]!.headers.get('location')).toBe(answers[0]!.headers.get('location'));
    expect((await get<Order[]>('/api/orders', userId)).body).toHaveLength(1);
    expect(await post('/api/orders', { ...body, totalAmount: 1 }, userId, key)).toMatchObject({
      status: 422,
    });
  });

  it('with an empty list of items is settled at once, as one without a list', async () => {
    expect(await post('/api/orders', { ...terms, items: [] })).toMatchObject({
      status: 201,
      body: { items: [], status: 20, sagaStatus: 'SUCCEEDED' },
    });
  });

  it('that names a product twice is refused, and says which', async () => {
    const [item] = someItems();
    const items = [item, { ...item, quantity: 7 }];
    expect(await post('/api/orders', { ...terms, items })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request', errors: [{ field: 'items/1/productId' }] },
    });
  });

  it.each([
    { currency: 'won' },
    { currency: 'ZZZ' },
    { totalAmount: -1 },
    { totalAmount: 1.5 },
    { customerEmail: 'nobody' },
    { items: [{ productId: 'p', quantity: 1 }] },
    { status: 80 },
  ])('that says %j is refused', async (wrong) => {
    expect(await post('/api/orders', { ...terms, ...wrong })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request' },
    });
  });
});

describe('an event of an order that is not there', () => {
  it('becomes a dead letter while its neighbours are heard', async () => {
    const placed = await placeWithItems();
    const stranger = { ...placed, orderId: randomUUID() };
    const id = await say['payment.completed'](stranger);
    await hear(placed, 'payment.completed');
    expect(await orderNow(placed.orderId)).toMatchObject({ status: 20 });
    const letter = await eventually('the dead letter', async () => {
      const letters = await recordsOf(broker, 'payment.events.v1.dlt', 1);
      return letters.find(({ headers }) => headerText(headers, eventHeaders.id) === id);
    });
    expect(headerText(letter.headers, 'kafka_dlt-exception-message')).toContain(stranger.orderId);
  });
});
