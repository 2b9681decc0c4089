import { randomUUID } from 'node:crypto';
import {
  consumerGroup,
  deadLetterHeaders,
  eventHeaders,
  topics,
  type EventPayloads,
  type TopicName,
} from '@naru/contracts';
import {
  createCodec,
  createOutbox,
  headerText,
  naruContracts,
  redrive,
  type Broker,
  type IncomingRecord,
} from '@naru/kernel';
import {
  drained,
  eventually,
  publishAll,
  recordsOf,
  testBroker,
  testService,
  type TestService,
} from '@naru/testing';
import { catalogMetricNames } from '../src/metrics';
import {
  historyOf,
  newOrder,
  payment,
  stock,
  type CatalogueOrder,
  type OrderSnapshot,
  type Told,
} from './histories';

const GROUP = consumerGroup('catalog');
const CREATED: TopicName = 'order.created.v1';

let catalog: TestService;
let broker: Broker;

beforeAll(async () => {
  catalog = await testService('catalog');
  broker = testBroker();
});

afterAll(async () => {
  const exitCode = await catalog?.stop();
  await broker?.disconnect();
  expect(exitCode).toBe(0);
});

/** Publishes events one after the other, in this order. @returns their ids */
async function tell(...events: readonly Told[]): Promise<string[]> {
  const named = events.map((event) => ({ id: randomUUID(), ...event }));
  for (const event of named) await publishAll(broker, [event]);
  return named.map(({ id }) => id);
}

function ask(orderId: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${catalog.url}/catalogue/order/${orderId}`, { headers });
}

async function look(orderId: string): Promise<CatalogueOrder | undefined> {
  const response = await ask(orderId);
  return response.status === 200 ? ((await response.json()) as CatalogueOrder) : undefined;
}

/** The order once it is shown with so many events. */
function shownWith(orderId: string, events: number, deadline_ms?: number): Promise<CatalogueOrder> {
  const find = async () => {
    const order = await look(orderId);
    return order && order.timeline.length >= events && order;
  };
  return eventually(`order ${orderId} with ${events} events`, find, deadline_ms);
}

interface HeardColumns {
  event_id: string;
  status: string;
  attempts: number;
  payload: Buffer;
}

async function heardOf(aggregateId: string): Promise<HeardColumns[]> {
  return catalog.database('heard_events').where({ aggregate_id: aggregateId }).orderBy('sequence');
}

const allApplied = (aggregateId: string, count: number) =>
  eventually(`${count} applied events of ${aggregateId}`, async () => {
    const rows = await heardOf(aggregateId);
    return rows.length === count && rows.every(({ status }) => status === 'APPLIED');
  });

/** Has what will be heard of a key wait, until `letGo`. */
const hold = (aggregateId: string) =>
  catalog.database.raw(
    'INSERT INTO heard_keys (aggregate_id, due_at) VALUES (?, CURRENT_TIMESTAMP(6) + INTERVAL 1 DAY)',
    [aggregateId],
  );

const letGo = (...aggregateIds: readonly string[]) =>
  catalog
    .database('heard_keys')
    .whereIn('aggregate_id', aggregateIds)
    .update({ due_at: catalog.database.raw('CURRENT_TIMESTAMP(6)') });

async function metric(service: TestService, name: string, label = ''): Promise<number> {
  const lines = (await (await fetch(`${service.url}/metrics`)).text()).split('\n');
  const samples = lines.filter((line) => line.startsWith(`${name}{`) && line.includes(label));
  return samples.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function lettersOf(topic: TopicName, id: string): Promise<IncomingRecord[]> {
  const { deadLetterTopic, partitions } = topics[topic];
  const letters = await recordsOf(broker, deadLetterTopic, partitions);
  return letters.filter(({ headers }) => headerText(headers, eventHeaders.id) === id);
}

const letterOf = (topic: TopicName, id: string) =>
  eventually(`the dead letter of ${id}`, async () => (await lettersOf(topic, id))[0]);

function product(productId: string, productName: string): Told {
  const data = { productId, productName, price: 100, currency: 'KRW', stockQuantity: 5, version: 1 };
  return { type: 'product.created', data };
}

const created = (data: EventPayloads['order.created'], at_ms = Date.now()): Told => {
  return { type: 'order.created', data, at_ms };
};

describe('GET /catalogue/order/{orderId}', () => {
  it('joins the names of products, whichever came first, and has null for one that is not known', async () => {
    const [before, after] = [randomUUID(), randomUUID()];
    const order = newOrder({ items: [before, after].map((productId) => ({ productId, quantity: 2 })) });
    await tell(product(before, 'wireless-keyboard'), created(order));
    await allApplied(before, 1);
    expect((await shownWith(order.orderId, 1)).items).toEqual([
      { productId: before, productName: 'wireless-keyboard', quantity: 2 },
      { productId: after, productName: null, quantity: 2 },
    ]);
    await tell(product(after, '마우스'));
    await eventually('the other name', async () =>
      (await look(order.orderId))?.items.some(({ productName }) => productName === '마우스'),
    );
  });

  it('shows status, payment and timeline of a saga as it goes', async () => {
    const order = newOrder();
    const at_ms = Date.parse('2026-11-05T09:00:00.000Z');
    await tell(created(order, at_ms));
    expect(await shownWith(order.orderId, 1)).toEqual({
      orderId: order.orderId,
      status: 10,
      sagaStatus: 'STARTED',
      items: [{ productId: order.items[0]!.productId, productName: null, quantity: 1 }],
      payment: null,
      timeline: [{ type: 'order.created', at: '2026-11-05T09:00:00.000Z' }],
      version: 1,
    });
    await tell({ ...stock('stock.reserved', order, 1), at_ms: at_ms + 1_000 });
    expect(await shownWith(order.orderId, 2)).toMatchObject({ status: 10, sagaStatus: 'PROCESSING' });
    const paid = payment('payment.completed', order, 1);
    await tell({ ...paid, at_ms: at_ms + 2_000 });
    const { paymentId } = paid.data as EventPayloads['payment.completed'];
    expect((await shownWith(order.orderId, 3)).payment).toEqual({
      paymentId,
      amount: order.totalAmount,
      currency: 'KRW',
      status: 'COMPLETED',
    });
    const confirmed: OrderSnapshot = { ...order, status: 20, sagaStatus: 'SUCCEEDED', version: 2 };
    await tell({ type: 'order.confirmed', data: confirmed, at_ms: at_ms + 3_000 });
    expect(await shownWith(order.orderId, 4)).toMatchObject({
      status: 20,
      sagaStatus: 'SUCCEEDED',
      version: 2,
      timeline: [
        { type: 'order.created', at: '2026-11-05T09:00:00.000Z' },
        { type: 'stock.reserved', at: '2026-11-05T09:00:01.000Z' },
        { type: 'payment.completed', at: '2026-11-05T09:00:02.000Z' },
        { type: 'order.confirmed', at: '2026-11-05T09:00:03.000Z' },
      ],
    });
  });

  it('is 404 until an event of the order itself was applied; what came before it is kept', async () => {
    const order = newOrder();
    await tell(payment('payment.completed', order, 1), stock('stock.reserved', order, 1));
    await allApplied(order.orderId, 2);
    const response = await ask(order.orderId);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'order-unknown' });
    await tell(created(order));
    const { payment: shownPayment, timeline } = await shownWith(order.orderId, 3);
    expect(shownPayment).toMatchObject({ status: 'COMPLETED' });
    expect(timeline.map(({ type }) => type).sort()).toEqual([
      'order.created',
      'payment.completed',
      'stock.reserved',
    ]);
  });

  it("is the owner's, and a direct caller's; to anybody else there is nothing", async () => {
    const mine = newOrder({ userId: 7 });
    const nobodys = newOrder({ userId: null });
    await tell(created(mine), created(nobodys));
    await shownWith(mine.orderId, 1);
    await shownWith(nobodys.orderId, 1);
    const as = (userId: string) => ({ 'X-Naru-Via': 'gateway', 'X-User-Id': userId });
    const statusOf = async (orderId: string, headers?: Record<string, string>) =>
      (await ask(orderId, headers)).status;
    expect(await statusOf(mine.orderId, as('7'))).toBe(200);
    expect(await statusOf(mine.orderId, as('8'))).toBe(404);
    expect(await statusOf(mine.orderId, { 'X-User-Id': '8' })).toBe(404);
    expect(await statusOf(nobodys.orderId, as('7'))).toBe(404);
    expect(await statusOf(nobodys.orderId)).toBe(200);
    expect(await statusOf(mine.orderId, { 'X-Naru-Via': 'gateway' })).toBe(401);
    expect(await statusOf(randomUUID())).toBe(404);
    expect(await statusOf('no-uuid')).toBe(400);
  });
});

describe('events', () => {
  it('of different topics in any order, with repeats, end as those in order do', async () => {
    const histories = Array.from({ length: 12 }, (_, nth) => historyOf(newOrder(), nth));
    const arrivals = histories.map(({ events }, nth) => {
      const named = events.map((event) => ({ ...event, id: randomUUID() }));
      // Turned round by a different step each time, and the first two once more at the end.
      const turned = [...named.slice(nth % named.length), ...named.slice(0, nth % named.length)];
      return [...(nth % 2 === 0 ? turned : turned.reverse()), ...turned.slice(0, 2)];
    });
    const longest = Math.max(...arrivals.map(({ length }) => length));
    for (let nth = 0; nth < longest; nth++) {
      await publishAll(
        broker,
        arrivals.flatMap((events) => events[nth] ?? []),
      );
    }
    for (const { order, events, end } of histories) {
      expect(await shownWith(order.orderId, events.length)).toMatchObject({
        ...end,
        timeline: events.map(({ type }) => ({ type })),
      });
    }
  });

  it('that come again are DUPLICATEs and count once', async () => {
    const order = newOrder();
    const [id] = (await tell(created(order))) as [string];
    await shownWith(order.orderId, 1);
    await tell({ ...created(order), id });
    await eventually('the duplicate', () =>
      catalog
        .log()
        .split('\n')
        .some((line) => line.includes('DUPLICATE') && line.includes(id)),
    );
    expect((await look(order.orderId))?.timeline).toHaveLength(1);
    expect(await heardOf(order.orderId)).toHaveLength(1);
  });

  it('are stored with all that they came with, and told of by metrics while they wait', async () => {
    const order = newOrder();
    await hold(order.orderId);
    const [id] = await tell(created(order));
    const row = await eventually('the row', async () => (await heardOf(order.orderId))[0]);
    expect(row).toMatchObject({ event_id: id, event_type: 'order.created', topic: CREATED, status: 'NEW' });
    expect(JSON.parse(String(row.payload))).toEqual(order);
    await eventually(
      'a backlog of 1',
      async () => (await metric(catalog, catalogMetricNames.unapplied)) === 1,
    );
    expect(await metric(catalog, catalogMetricNames.oldestUnappliedAge)).toBeGreaterThan(0);
    expect((await ask(order.orderId)).status).toBe(404);
    await letGo(order.orderId);
    await shownWith(order.orderId, 1);
    await eventually('no backlog', async () => (await metric(catalog, catalogMetricNames.unapplied)) === 0);
    expect(await catalog.database('heard_keys').where({ aggregate_id: order.orderId })).toEqual([]);
  });
});

describe('an event that cannot be applied', () => {
  it('because it cannot be read, blocks its order only, becomes a dead letter, and its order goes on', async () => {
    const [damaged, neighbour] = [newOrder(), newOrder()];
    await hold(damaged.orderId);
    const confirmed: OrderSnapshot = { ...damaged, status: 20, sagaStatus: 'SUCCEEDED', version: 2 };
    const [id] = (await tell(created(damaged))) as [string];
    await eventually('the first row', async () => (await heardOf(damaged.orderId)).length === 1);
    await tell(stock('stock.reserved', damaged, 1), { type: 'order.confirmed', data: confirmed });
    await eventually('three rows', async () => (await heardOf(damaged.orderId)).length === 3);
    await catalog
      .database('heard_events')
      .where({ event_id: id })
      .update({ payload: Buffer.from('{') });
    await letGo(damaged.orderId);
    await eventually('an attempt', async () => (await rowOf(id)).attempts > 0);
    await tell(created(neighbour));
    await shownWith(neighbour.orderId, 1);
    const statuses = async () => (await heardOf(damaged.orderId)).map(({ status }) => status);
    expect(await statuses()).toEqual(['NEW', 'NEW', 'NEW']);

    const letter = await letterOf(CREATED, id);
    expect(letter.value!.toString()).toBe('{');
    const text = (name: string) => headerText(letter.headers, name);
    expect(text(deadLetterHeaders.topic)).toBe(CREATED);
    expect(text(deadLetterHeaders.consumerGroup)).toBe(GROUP);
    expect(text(deadLetterHeaders.exceptionName)).toBe('PoisonError:not-json');
    expect(text(deadLetterHeaders.attempts)).toBe('4');
    expect(await shownWith(damaged.orderId, 2)).toMatchObject({ status: 20, version: 2 });
    expect(await statuses()).toEqual(['FAILED', 'APPLIED', 'APPLIED']);
    expect(await rowOf(id)).toMatchObject({ attempts: 4 });
    await drained(catalog.database);
    expect(await lettersOf(CREATED, id)).toHaveLength(1);
  });

  it('because the database refuses it, fails no neighbour, and is applied when it is sent again', async () => {
    const [refused, ...neighbours] = Array.from({ length: 5 }, () => newOrder());
    const all = [refused!, ...neighbours];
    for (const { orderId } of all) await hold(orderId);
    await catalog.database.raw(`CREATE TRIGGER refuses BEFORE INSERT ON orders FOR EACH ROW
      BEGIN IF NEW.order_id = '${refused!.orderId}' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this order is refused'; END IF; END`);
    const [id] = (await tell(...all.map((order) => created(order)))) as [string];
    await eventually('all of them', async () => {
      const rows = await catalog.database('heard_events').whereIn(
        'aggregate_id',
        all.map(({ orderId }) => orderId),
      );
      return rows.length === all.length;
    });
    await letGo(...all.map(({ orderId }) => orderId));
    for (const { orderId } of neighbours) await shownWith(orderId, 1);

    const letter = await letterOf(CREATED, id);
    expect(headerText(letter.headers, deadLetterHeaders.exceptionMessage)).toContain('this order is refused');
    expect(headerText(letter.headers, deadLetterHeaders.attempts)).toBe('4');
    const original = (await recordsOf(broker, CREATED)).find(
      ({ headers }) => headerText(headers, eventHeaders.id) === id,
    )!;
    expect(letter.value).toEqual(original.value);
    expect(letter).toMatchObject({ key: original.key, partition: original.partition });
    expect(letter.headers.slice(0, original.headers.length)).toEqual(original.headers);
    expect(headerText(letter.headers, deadLetterHeaders.offset)).toBe(String(original.offset));
    expect((await ask(refused!.orderId)).status).toBe(404);

    await catalog.database.raw('DROP TRIGGER refuses');
    expect((await sendAgain(id)).redriven).toHaveLength(1);
    expect(await shownWith(refused!.orderId, 1)).toMatchObject({ status: 10, version: 1 });
    expect(await rowOf(id)).toMatchObject({ status: 'APPLIED', attempts: 0 });
    expect((await sendAgain(id)).already).toBe(1);
    expect((await look(refused!.orderId))?.timeline).toHaveLength(1);
  });
});

async function rowOf(id: string) {
  const [row] = (await catalog.database('heard_events').where({ event_id: id })) as {
    status: string;
    attempts: number;
  }[];
  return row!;
}

function sendAgain(id: string) {
  const { database } = catalog;
  const outbox = createOutbox(naruContracts, createCodec(naruContracts), '/naru/catalog', () => undefined);
  return redrive({ broker, topics, database, outbox }, { topic: CREATED, group: GROUP, id });
}

describe('two processes', () => {
  it('apply each event once', async () => {
    const other = await testService('catalog', { DATABASE_URL: catalog.databaseUrl, INSTANCE: 'catalog-b' });
    const both = [catalog, other];
    const applied = async () => {
      const counts = await Promise.all(
        both.map((service) => metric(service, catalogMetricNames.applied, 'outcome="applied"')),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    };
    const before = await applied();
    const histories = Array.from({ length: 120 }, (_, nth) => historyOf(newOrder(), nth));
    const ids = histories.map(({ order }) => order.orderId);
    for (const id of ids) await hold(id);
    const events = histories.flatMap((history) => history.events);
    await publishAll(broker, events);
    const countOf = async (status: string) => {
      const rows = await catalog
        .database('heard_events')
        .whereIn('aggregate_id', ids)
        .where({ status })
        .count({ found: '*' });
      return Number(rows[0]?.['found']);
    };
    await eventually('all heard', async () => (await countOf('NEW')) === events.length, 40_000);
    await letGo(...ids);
    await eventually('all applied', async () => (await countOf('APPLIED')) === events.length, 40_000);
    for (const { order, end, events: told } of histories) {
      expect(await shownWith(order.orderId, told.length)).toMatchObject(end);
    }
    expect((await applied()) - before).toBe(events.length);
    expect(await other.stop()).toBe(0);
  });
});

describe('the raw events', () => {
  it('are deleted once they were applied long ago; the order is shown all the same', async () => {
    const order = newOrder();
    await tell(created(order));
    await shownWith(order.orderId, 1);
    const failed = await catalog.database('heard_events').where({ status: 'FAILED' });
    expect(await catalog.stop()).toBe(0);
    catalog = await testService('catalog', { DATABASE_URL: catalog.databaseUrl, HEARD_RETENTION_S: '0' });
    await eventually('deleted', async () => (await heardOf(order.orderId)).length === 0);
    expect(await catalog.database('heard_events').where({ status: 'FAILED' })).toHaveLength(failed.length);
    expect((await look(order.orderId))?.timeline).toHaveLength(1);
  });
});
