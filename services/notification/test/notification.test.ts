import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  consumerGroup,
  deadLetterHeaders,
  eventHeaders,
  topicOf,
  topics,
  type EventPayloads,
  type TopicName,
} from '@naru/contracts';
import {
  createCodec,
  createOutbox,
  createRedis,
  headerText,
  metricNames,
  naruContracts,
  partitionOf,
  redrive,
  type Broker,
  type IncomingRecord,
  type Redis,
} from '@naru/kernel';
import {
  eventually,
  freePort,
  infrastructure,
  publish,
  recordsOf,
  testBroker,
  testService,
  type TestService,
} from '@naru/testing';
import type { NotifiedType } from '../src/domain/notification';
import { idempotencyKey } from '../src/event-lease';
import { LEASE_S } from '../src/store';
import { forward } from './forwarder';

const GROUP = consumerGroup('notification');
const CREATED: TopicName = 'order.created.v1';
const SHIPPED: TopicName = 'order.shipped.v1';

let notification: TestService;
let broker: Broker;
let redis: Redis;
const stopLater: (() => Promise<void>)[] = [];

beforeAll(async () => {
  notification = await testService('notification');
  broker = testBroker();
  redis = createRedis(infrastructure().redisUrl, () => undefined);
  await once(redis, 'ready');
});

afterAll(async () => {
  const exitCode = await notification?.stop();
  await broker?.disconnect();
  redis?.disconnect();
  for (const stop of stopLater) await stop();
  expect(exitCode).toBe(0);
});

/** The same service, with the same database, in other surroundings. */
async function continueWith(env: Record<string, string> = {}): Promise<void> {
  notification = await testService('notification', { ...env, DATABASE_URL: notification.databaseUrl });
}

type Order = EventPayloads['order.created'];

/** @param partition that its events are to be in, whichever topic they are on */
function newOrder(customerId = 'user-1001', partition?: number): Order {
  let orderId = randomUUID() as string;
  while (partition !== undefined && partitionOf(CREATED, Buffer.from(orderId), 3) !== partition) {
    orderId = randomUUID();
  }
  return {
    orderId,
    userId: null,
    customerId,
    customerEmail: `${customerId}@example.com`,
    totalAmount: 12_900,
    currency: 'KRW',
    items: [],
    status: 20,
    sagaId: randomUUID(),
    sagaStatus: 'SUCCEEDED',
    version: 1,
  };
}

const shipped = (order: Order) => ({
  ...order,
  status: 25,
  previousStatus: 20,
  currentStatus: 25,
  version: 2,
});

interface Entry {
  eventId: string;
  type: string;
  status: string;
  attempts: number;
  sentAt: string | null;
  [field: string]: unknown;
}

async function listed({ orderId }: Order, query = ''): Promise<Entry[]> {
  const response = await fetch(`${notification.url}/internal/notifications?orderId=${orderId}${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Entry[];
}

function sent(order: Order, eventId: string, deadline_ms?: number): Promise<Entry> {
  const find = async () =>
    (await listed(order)).find((entry) => entry.eventId === eventId && entry.status === 'SENT');
  return eventually(`notification ${eventId}`, find, deadline_ms);
}

interface Line {
  time: string;
  msg: string;
  eventId?: string;
  [field: string]: unknown;
}

/** Lines of the service's log about an event, with one message. */
function lines(service: TestService, msg: string, eventId: string): Line[] {
  return service
    .log()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as Line] : []))
    .filter((line) => line.msg === msg && line.eventId === eventId);
}

function logged(msg: string, eventId: string, count = 1, deadline_ms?: number): Promise<Line[]> {
  const find = () => {
    const found = lines(notification, msg, eventId);
    return found.length >= count && found;
  };
  return eventually(`${count} × ${msg} of ${eventId}`, find, deadline_ms);
}

/** How often this process has sent the notification of an event that it is done with. */
async function sendsOf(eventId: string): Promise<number> {
  await logged('processed', eventId);
  return lines(notification, 'NOTIFICATION SENT', eventId).length;
}

/** How often any client has read a key. */
async function looksIntoRedis(): Promise<number> {
  return Number(/^cmdstat_get:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

async function waiting(): Promise<boolean> {
  const text = await (await fetch(`${notification.url}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line.startsWith(`${metricNames.consumerPaused}{`));
  return samples.some((line) => line.includes('dependency="redis"') && line.endsWith(' 1'));
}

async function letterOf(topic: TopicName, id: string): Promise<IncomingRecord | undefined> {
  const letters = await recordsOf(broker, topics[topic].deadLetterTopic);
  return letters.find(({ headers }) => headerText(headers, eventHeaders.id) === id);
}

describe('an event of an order', () => {
  it('of each type is notified of once, in the log and in the list', async () => {
    const order = newOrder();
    const events: [NotifiedType, EventPayloads[NotifiedType]][] = [
      ['order.created', order],
      ['order.confirmed', { ...order, version: 2 }],
      ['order.status-changed', { ...shipped(order), version: 3 }],
      ['order.cancelled', { ...order, status: 90, version: 4, reason: 'cancelled' }],
    ];
    for (const [type, data] of events) {
      const id = await publish(broker, type, data);
      const entry = await sent(order, id);
      const { orderId, customerId, customerEmail: recipient } = order;
      const place = { topic: topicOf(type), partition: entry['partition'], offset: entry['offset'] };
      expect(entry).toMatchObject({ type, orderId, customerId, recipient, attempts: 1, ...place });
      const [line, ...more] = await logged('NOTIFICATION SENT', id);
      expect(more).toEqual([]);
      expect(line).toMatchObject({ eventId: id, type, orderId, customerId, recipient, ...place });
      await logged('processed', id);
    }
    expect((await listed(order)).map(({ type }) => type)).toEqual(events.map(([type]) => type).reverse());
    expect(await notification.database('outbox').select()).toEqual([]);
  });

  it('that comes again is a DUPLICATE', async () => {
    const order = newOrder();
    const id = await publish(broker, 'order.created', order);
    await sent(order, id);
    await eventually('done in Redis', async () => (await redis.get(idempotencyKey(id))) === 'done');
    await publish(broker, 'order.created', order, id);
    await logged('DUPLICATE', id);
    expect(await sendsOf(id)).toBe(1);
    expect(await listed(order)).toMatchObject([{ attempts: 1, status: 'SENT' }]);
  });

  it('that comes again is a DUPLICATE even when Redis has lost everything', async () => {
    const order = newOrder();
    const id = await publish(broker, 'order.created', order);
    await sent(order, id);
    await eventually('done in Redis', async () => (await redis.get(idempotencyKey(id))) === 'done');
    await redis.del(await redis.keys('notification:*'));
    await publish(broker, 'order.created', order, id);
    await logged('DUPLICATE', id);
    expect(await sendsOf(id)).toBe(1);
    expect(await redis.get(idempotencyKey(id))).toBe('done');
  });

  it('is listed page by page, and not through the gateway', async () => {
    const order = newOrder();
    const ids = [];
    for (let nth = 0; nth < 3; nth++) ids.push(await publish(broker, 'order.created', order));
    for (const id of ids) await sent(order, id);
    const path = `/internal/notifications?orderId=${order.orderId}`;
    const first = await fetch(`${notification.url}${path}&limit=2`);
    const next = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')![1]!;
    const page = (await first.json()) as Entry[];
    const rest = (await (await fetch(`${notification.url}${next}`)).json()) as Entry[];
    expect([...page, ...rest].map(({ eventId }) => eventId)).toEqual(ids.reverse());
    expect((await fetch(`${notification.url}/internal/notifications`)).status).toBe(400);
    const headers = { 'X-Naru-Via': 'gateway', 'X-User-Id': '1' };
    expect((await fetch(`${notification.url}${path}`, { headers })).status).toBe(404);
  });
});

describe('an event that another process holds', () => {
  it('waits without using up a retry, while other partitions go on', async () => {
    const order = newOrder('user-1001', 0);
    const id = randomUUID();
    await redis.set(idempotencyKey(id), 'another process', 'PX', 60_000);
    await publish(broker, 'order.created', order, id);
    const neighbour = newOrder('user-1002', 1);
    await sent(neighbour, await publish(broker, 'order.created', neighbour));
    const looks = await looksIntoRedis();
    // Each half second one: longer than a retry would take.
    await eventually('eight more looks', async () => (await looksIntoRedis()) >= looks + 8);
    expect(await listed(order)).toEqual([]);
    await redis.del(idempotencyKey(id));
    expect(await sent(order, id)).toMatchObject({ attempts: 1 });
    expect(await sendsOf(id)).toBe(1);
    expect(lines(notification, 'failed, trying again', id)).toEqual([]);
  });
});

describe('a customer whose notifications fail', () => {
  it('has four attempts two seconds apart and then a dead letter, and is notified after a redrive', async () => {
    const failing = newOrder('fail-user-1', 0);
    const shippedFailing = newOrder('fail-user-2', 0);
    const id = await publish(broker, 'order.created', failing);
    const shippedId = await publish(broker, 'order.status-changed', shipped(shippedFailing));
    await logged('failed, trying again', id);
    const neighbours = [newOrder('user-1', 1), newOrder('user-2', 2)];
    for (const order of neighbours) await sent(order, await publish(broker, 'order.created', order));
    expect(lines(notification, 'DEAD LETTER', id)).toEqual([]);

    const [end] = await logged('DEAD LETTER', id);
    const retries = lines(notification, 'failed, trying again', id);
    const times_ms = [...retries, end!].map(({ time }) => Date.parse(time));
    expect(times_ms).toHaveLength(4);
    // At least so far apart, however slow the machine; timers may be a millisecond early.
    times_ms.slice(1).forEach((time_ms, nth) => expect(time_ms - times_ms[nth]!).toBeGreaterThan(1_990));
    expect(await listed(failing)).toMatchObject([{ status: 'FAILED', attempts: 4, sentAt: null }]);

    await expectLetter('order.created', id, failing);
    await expectLetter('order.status-changed', shippedId, shipped(shippedFailing));
    expect(await redis.exists(idempotencyKey(id))).toBe(0);

    expect(await notification.stop()).toBe(0);
    await continueWith({ NOTIFICATION_FAIL_PREFIX: '' });
    for (const [topic, event] of [[CREATED, id] as const, [SHIPPED, shippedId] as const]) {
      expect((await sendAgain(topic, event)).redriven).toHaveLength(1);
      expect((await sendAgain(topic, event)).already).toBe(1);
    }
    expect(await sent(failing, id)).toMatchObject({ attempts: 5 });
    await sent(shippedFailing, shippedId);
    const last = newOrder('user-1', 0);
    await sent(last, await publish(broker, 'order.created', last));
    expect([await sendsOf(id), await sendsOf(shippedId)]).toEqual([1, 1]);
  });
});

async function expectLetter(type: NotifiedType, id: string, data: object) {
  const topic = topicOf(type);
  const letter = await eventually(`the dead letter on ${topics[topic].deadLetterTopic}`, () =>
    letterOf(topic, id),
  );
  const original = (await recordsOf(broker, topic)).find(
    ({ headers }) => headerText(headers, eventHeaders.id) === id,
  )!;
  expect(letter.value).toEqual(original.value);
  expect(JSON.parse(letter.value!.toString())).toEqual(data);
  expect(letter).toMatchObject({ key: original.key, partition: original.partition });
  expect(letter.headers.slice(0, original.headers.length)).toEqual(original.headers);
  const text = (name: string) => headerText(letter.headers, name);
  expect(text(deadLetterHeaders.topic)).toBe(topic);
  expect(text(deadLetterHeaders.partition)).toBe(String(original.partition));
  expect(text(deadLetterHeaders.offset)).toBe(String(original.offset));
  expect(text(deadLetterHeaders.consumerGroup)).toBe(GROUP);
  expect(text(deadLetterHeaders.exceptionName)).toBe('PermanentError:notification-refused');
  expect(text(deadLetterHeaders.exceptionMessage)).toContain('fail-user');
  expect(text(deadLetterHeaders.attempts)).toBe('4');
}

function sendAgain(topic: TopicName, id: string) {
  const { database } = notification;
  const outbox = createOutbox(
    naruContracts,
    createCodec(naruContracts),
    '/naru/notification',
    () => undefined,
  );
  return redrive({ broker, topics, database, outbox }, { topic, group: GROUP, id });
}

describe('while nothing listens where Redis should be', () => {
  it('events wait, and each is sent once when it is there', async () => {
    expect(await notification.stop()).toBe(0);
    const port = await freePort();
    await continueWith({ REDIS_URL: `redis://127.0.0.1:${port}` });
    const orders = [0, 1, 2].map((partition) => newOrder('user-1001', partition));
    const ids: string[] = [];
    for (const order of orders) ids.push(await publish(broker, 'order.created', order));
    await eventually('the pause', waiting);
    expect((await fetch(`${notification.url}/health/ready`)).status).toBe(200);
    for (const order of orders) expect(await listed(order)).toEqual([]);
    stopLater.push(await forward(port, infrastructure().redisUrl));
    for (const [nth, order] of orders.entries()) {
      expect(await sent(order, ids[nth]!, 30_000)).toMatchObject({ attempts: 1 });
    }
    await eventually('the end of the pause', async () => !(await waiting()));
    for (const id of ids) {
      expect(await sendsOf(id)).toBe(1);
      expect(lines(notification, 'failed, trying again', id)).toEqual([]);
      expect(await letterOf(CREATED, id)).toBeUndefined();
    }
    expect(await notification.stop()).toBe(0);
    await continueWith();
  });
});

describe('a process that is killed after it sent and before it marked', () => {
  it('leaves a counted attempt under a lease, and its successor sends once more', async () => {
    const order = newOrder('user-1001', 0);
    const id = randomUUID();
    await notification.database.raw(`CREATE TRIGGER slow_mark BEFORE UPDATE ON deliveries FOR EACH ROW
      BEGIN IF NEW.status = 'SENT' AND NEW.event_id = '${id}' THEN DO SLEEP(3); END IF; END`);
    await publish(broker, 'order.created', order, id);
    await logged('NOTIFICATION SENT', id);
    await notification.kill();
    expect(lines(notification, 'processed', id)).toEqual([]);
    await notification.database.raw('DROP TRIGGER slow_mark');
    await leaseFor(id, 10 * LEASE_S);
    await notification.database.destroy();

    await continueWith();
    const neighbour = newOrder('user-1002', 1);
    await sent(neighbour, await publish(broker, 'order.created', neighbour), 40_000);
    expect(await listed(order)).toMatchObject([{ status: 'SENDING', attempts: 1 }]);
    expect(lines(notification, 'NOTIFICATION SENT', id)).toEqual([]);

    await leaseFor(id, 0);
    expect(await sent(order, id, 40_000)).toMatchObject({ attempts: 2 });
    expect(await sendsOf(id)).toBe(1);
  });
});

/** Lets what a dead process holds end after some time from now, in seconds. */
async function leaseFor(id: string, remaining_s: number) {
  const { database } = notification;
  const end = database.raw(`CURRENT_TIMESTAMP(6) + INTERVAL ${remaining_s} SECOND`);
  await database('deliveries').where({ event_id: id }).update({ claimed_until: end });
  await redis.pexpire(idempotencyKey(id), remaining_s * 1_000);
}
