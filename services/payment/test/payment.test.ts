import { randomInt, randomUUID } from 'node:crypto';
import { eventHeaders, type EventType, type StockReserved } from '@naru/contracts';
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
import { paymentMetricNames } from '../src/metrics';

let payment: TestService;
let broker: Broker;
let databaseUrl: string;

/** Some tests end the service and start another on the same database. */
async function startAgain(env: Record<string, string> = {}): Promise<void> {
  await payment.database.destroy();
  payment = await testService('payment', { ...env, DATABASE_URL: databaseUrl });
}

beforeAll(async () => {
  payment = await testService('payment');
  databaseUrl = urlOf(payment);
  broker = testBroker();
});

afterAll(async () => {
  const exitCode = await payment?.stop();
  await broker?.disconnect();
  expect(exitCode).toBe(0);
});

const newUser = () => randomInt(1, 2 ** 47);

function reservation(more: Partial<StockReserved> = {}): StockReserved {
  const ids = { orderId: randomUUID(), sagaId: randomUUID(), userId: newUser(), customerId: 'kim' };
  const items = [{ productId: randomUUID(), quantity: 1 }];
  return { ...ids, items, amount: 12_900, currency: 'KRW', version: 1, ...more };
}

const reserve = (reserved: StockReserved, id?: string) => publish(broker, 'stock.reserved', reserved, id);

function cancelledOf({ orderId, sagaId, userId, customerId, items, amount, currency }: StockReserved) {
  const about = { orderId, sagaId, userId, customerId, customerEmail: 'kim@naru.example', items, currency };
  const saga = { status: 90, sagaStatus: 'COMPENSATING', version: 4, reason: 'given up' };
  return { ...about, totalAmount: amount, ...saga };
}

const cancel = (reserved: StockReserved, id?: string) =>
  publish(broker, 'order.cancelled', cancelledOf(reserved), id);

interface Row {
  status: string;
  due_at: string | null;
  last_error: string | null;
}

const rowOf = ({ orderId }: StockReserved): Promise<Row | undefined> =>
  payment.database('payments').where({ order_id: orderId }).first();

function inStatus(reserved: StockReserved, status: string, deadline_ms?: number): Promise<Row> {
  return eventually(
    `payment ${status}`,
    async () => {
      const row = await rowOf(reserved);
      return row?.status === status && row;
    },
    deadline_ms,
  );
}

function received(id: string): Promise<unknown> {
  return eventually(`event ${id}`, () => payment.database('inbox').where({ event_id: id }).first());
}

const dataOf = (record: IncomingRecord) => JSON.parse(record.value!.toString()) as Record<string, unknown>;
const typeOf = ({ headers }: IncomingRecord) => headerText(headers, eventHeaders.type);
const paymentEvents = () => recordsOf(broker, 'payment.events.v1', 1);

/** Waits for what is told of an order's payment, which is to be this, in this order, and nothing else. */
async function told({ orderId }: StockReserved, ...types: EventType[]): Promise<IncomingRecord[]> {
  const found = async () => (await paymentEvents()).filter((record) => dataOf(record)['orderId'] === orderId);
  await eventually(types.join(', '), async () => (await found()).length >= types.length);
  await drained(payment.database);
  const events = await found();
  expect(events.map(typeOf)).toEqual(types);
  return events;
}

/** What the provider was asked for and did, by its own account. */
async function provided({ orderId }: StockReserved): Promise<Record<string, unknown>[]> {
  const rows = await payment
    .database('provider_operations')
    .where({ order_id: orderId })
    .orderBy('created_at')
    .select('kind', 'declined', 'calls');
  return rows.map((row: object) => ({ ...row }));
}

async function ask({ orderId }: StockReserved, headers: Record<string, string> = {}) {
  const response = await fetch(`${payment.url}/api/payments/${orderId}`, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function metric(name: string, ...labels: string[]): Promise<number> {
  const lines = (await (await fetch(`${payment.url}/metrics`)).text()).split('\n');
  const sample = lines.find(
    (line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)),
  );
  return Number(sample?.split(' ').at(-1) ?? 0);
}

describe('a reservation', () => {
  it('is paid once, told of, and counted', async () => {
    const reserved = reservation();
    const entered = () => metric(paymentMetricNames.payments, 'status="COMPLETED"');
    const before = await entered();
    const id = await reserve(reserved);
    const [event] = await told(reserved, 'payment.completed');
    const { orderId, sagaId, userId, amount, currency } = reserved;
    const { paymentId } = dataOf(event!);
    expect(dataOf(event!)).toEqual({ paymentId, orderId, sagaId, userId, amount, currency, version: 2 });
    expect(paymentId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(event!.key).toBeNull();
    expect(headerText(event!.headers, eventHeaders.correlationId)).toBe(id);
    expect(headerText(event!.headers, eventHeaders.sagaId)).toBe(sagaId);
    const row = await payment.database('outbox').where({ saga_id: sagaId }).first();
    expect(row).toMatchObject({ saga_status: 'SUCCEEDED', topic: 'payment.events.v1' });
    expect(await ask(reserved)).toEqual({
      status: 200,
      body: { paymentId, orderId, amount, currency, status: 'COMPLETED' },
    });
    expect(await provided(reserved)).toEqual([{ kind: 'CAPTURE', declined: null, calls: 1 }]);
    expect(await rowOf(reserved)).toMatchObject({ due_at: null, claimed_by: null });
    expect(await entered()).toBe(before + 1);
    const duration = `${paymentMetricNames.providerCalls}_count`;
    expect(await metric(duration, 'operation="capture"', 'outcome="captured"')).toBeGreaterThan(0);
  });

  it.each([
    ['amount-too-large', { amount: 1_000_001 }],
    ['customer-declined', { customerId: 'decline-kim' }],
  ])('is declined for %s, and its cancellation finds nothing to give back', async (reason, more) => {
    const reserved = reservation(more);
    await reserve(reserved);
    const [failed] = await told(reserved, 'payment.failed');
    expect(dataOf(failed!)).toMatchObject({ reason, version: 2 });
    expect((await ask(reserved)).body).toMatchObject({ status: 'FAILED' });
    await cancel(reserved);
    const [, voided] = await told(reserved, 'payment.failed', 'payment.voided');
    expect(dataOf(voided!)).toMatchObject({ reason: 'given up', version: 3 });
    expect(await rowOf(reserved)).toMatchObject({ status: 'VOIDED', declined: reason });
    expect(await provided(reserved)).toEqual([{ kind: 'CAPTURE', declined: reason, calls: 1 }]);
  });

  it('is paid once when it is told of again, by the same event or another', async () => {
    const reserved = reservation();
    const id = await reserve(reserved);
    await told(reserved, 'payment.completed');
    const duplicates = () => metric(metricNames.consumed, '"stock.events.v1"', 'outcome="duplicate"');
    const before = await duplicates();
    await reserve(reserved, id);
    await received(await reserve(reserved));
    await eventually('the duplicate', async () => (await duplicates()) > before);
    expect(await rowOf(reserved)).toMatchObject({ status: 'COMPLETED', version: 2 });
    expect(await provided(reserved)).toEqual([{ kind: 'CAPTURE', declined: null, calls: 1 }]);
    await told(reserved, 'payment.completed');
  });
});

describe('a cancelled order', () => {
  it('that was paid is refunded once, however often it is cancelled', async () => {
    const reserved = reservation();
    await reserve(reserved);
    await told(reserved, 'payment.completed');
    const id = await cancel(reserved);
    await received(await cancel(reserved));
    await cancel(reserved, id);
    const [, refunded] = await told(reserved, 'payment.completed', 'payment.refunded');
    expect(dataOf(refunded!)).toMatchObject({ reason: 'given up', version: 4 });
    expect(headerText(refunded!.headers, eventHeaders.correlationId)).toBe(id);
    const row = await payment
      .database('outbox')
      .where({ event_id: headerText(refunded!.headers, eventHeaders.id) });
    expect(row).toMatchObject([{ saga_status: 'COMPENSATING', saga_id: reserved.sagaId }]);
    await received(await cancel(reserved));
    await inStatus(reserved, 'REFUNDED');
    await told(reserved, 'payment.completed', 'payment.refunded');
    expect(await provided(reserved)).toEqual([
      { kind: 'CAPTURE', declined: null, calls: 1 },
      { kind: 'REFUND', declined: null, calls: 1 },
    ]);
  });

  it('that was never heard of is voided once, and never charged', async () => {
    const reserved = reservation();
    await cancel(reserved);
    const [voided] = await told(reserved, 'payment.voided');
    expect(dataOf(voided!)).toMatchObject({ amount: 12_900, reason: 'given up', version: 1 });
    await received(await reserve(reserved));
    await received(await cancel(reserved));
    expect(await rowOf(reserved)).toMatchObject({ status: 'VOIDED', due_at: null, version: 1 });
    const later = reservation();
    await reserve(later);
    await told(later, 'payment.completed');
    expect(await provided(reserved)).toEqual([]);
    await told(reserved, 'payment.voided');
  });
});

describe('a payment', () => {
  it('is shown to who ordered and to direct callers, to nobody else', async () => {
    const reserved = reservation();
    const ofNobody = reservation({ userId: null });
    await reserve(reserved);
    await reserve(ofNobody);
    await inStatus(reserved, 'COMPLETED');
    await inStatus(ofNobody, 'COMPLETED');
    const as = (userId: number) => ({ 'x-naru-via': 'gateway', 'x-user-id': String(userId) });
    const unknown = { status: 404, body: { code: 'payment-unknown' } };
    expect(await ask(reserved, as(reserved.userId!))).toMatchObject({ status: 200 });
    expect(await ask(reserved, as(newUser()))).toMatchObject(unknown);
    expect(await ask(ofNobody, as(newUser()))).toMatchObject(unknown);
    expect(await ask(ofNobody)).toMatchObject({ status: 200 });
    expect(await ask(reservation())).toMatchObject(unknown);
    expect(await ask(reserved, { 'x-naru-via': 'gateway' })).toMatchObject({ status: 401 });
    expect((await fetch(`${payment.url}/api/payments/1`)).status).toBe(400);
  });
});

describe('many payments and cancellations at once', () => {
  it('are each told in full, in one order over all of them: that of their commits', async () => {
    const all = Array.from({ length: 60 }, (_, nth) =>
      reservation(nth % 6 === 0 ? { customerId: 'decline-kim' } : {}),
    );
    const isCancelled = (nth: number) => nth % 3 === 0;
    const events: Published[] = all.flatMap((reserved, nth) => [
      { type: 'stock.reserved', data: reserved },
      ...(nth % 4 === 0 ? [{ type: 'stock.reserved', data: reserved } as const] : []),
      ...(isCancelled(nth) ? [{ type: 'order.cancelled', data: cancelledOf(reserved) } as const] : []),
    ]);
    await publishAll(broker, events);
    for (const [nth, reserved] of all.entries()) {
      await eventually('its end', async () => {
        const row = await rowOf(reserved);
        return row && (isCancelled(nth) ? ['REFUNDED', 'VOIDED'] : ['COMPLETED']).includes(row.status);
      });
    }
    await drained(payment.database);
    const records = await paymentEvents();
    const ids = records.map(({ headers }) => headerText(headers, eventHeaders.id)!);
    const rows: { event_id: string }[] = await payment.database('outbox').orderBy('id').select('event_id');
    const written = rows.map((row) => row.event_id);
    const ours = new Set(written);
    expect(ids.filter((id) => ours.has(id))).toEqual(written);
    for (const [nth, reserved] of all.entries()) {
      const types = records.filter((record) => dataOf(record)['orderId'] === reserved.orderId).map(typeOf);
      const answers = types.filter((type) => type === 'payment.refunded' || type === 'payment.voided');
      expect(answers).toHaveLength(isCancelled(nth) ? 1 : 0);
      const [capture, ...refunds] = await provided(reserved);
      const isCharged = capture !== undefined && capture['declined'] === null;
      expect(refunds).toHaveLength(isCharged && isCancelled(nth) ? 1 : 0);
    }
  });
});

describe('while the provider is slow', () => {
  it('a cancellation is remembered, and undone after what it overtook', async () => {
    expect(await payment.stop()).toBe(0);
    await startAgain({ PROVIDER_DELAY_MS: '3000' });
    const charged = reservation();
    const declined = reservation({ customerId: 'decline-kim' });
    for (const reserved of [charged, declined]) await reserve(reserved);
    for (const reserved of [charged, declined])
      await eventually('the call', async () => (await provided(reserved)).length > 0);
    for (const reserved of [charged, declined]) await received(await cancel(reserved));
    for (const reserved of [charged, declined])
      expect(await rowOf(reserved)).toMatchObject({ status: 'CAPTURING', cancellation: expect.any(String) });
    await told(declined, 'payment.failed', 'payment.voided');
    await told(charged, 'payment.completed', 'payment.refunded');
    expect(await provided(charged)).toEqual([
      { kind: 'CAPTURE', declined: null, calls: 1 },
      { kind: 'REFUND', declined: null, calls: 1 },
    ]);
  });

  it('a process that is killed between call and result leaves it to its successor, which charges nothing again', async () => {
    const reserved = reservation();
    await reserve(reserved);
    await eventually('the call', async () => (await provided(reserved)).length > 0);
    expect(await rowOf(reserved)).toMatchObject({ status: 'CAPTURING', version: 1 });
    await payment.kill();
    await startAgain();
    await inStatus(reserved, 'COMPLETED', 40_000);
    await told(reserved, 'payment.completed');
    expect(await provided(reserved)).toEqual([{ kind: 'CAPTURE', declined: null, calls: 2 }]);
    expect(await rowOf(reserved)).toMatchObject({ due_at: null, version: 2 });
  });

  it('and slower than a call may take, it is asked again under the same key until it answers', async () => {
    expect(await payment.stop()).toBe(0);
    await startAgain({ PROVIDER_DELAY_MS: '60000' });
    const reserved = reservation();
    await reserve(reserved);
    const row = await eventually('a call in vain', async () => {
      const found = await rowOf(reserved);
      return found?.last_error ? found : undefined;
    });
    expect(row).toMatchObject({ status: 'CAPTURING' });
    expect(row.last_error).toContain('not done within');
    expect(await payment.stop()).toBe(0);
    await startAgain();
    await inStatus(reserved, 'COMPLETED', 40_000);
    await told(reserved, 'payment.completed');
    const [capture, ...more] = await provided(reserved);
    expect(more).toEqual([]);
    expect(capture!['calls']).toBeGreaterThanOrEqual(2);
  });
});

describe('while the provider fails', () => {
  /** A call that is out of luck ten times in a row, which one of 200 is, has been put off for half a minute. */
  const UNLUCKY_MS = 120_000;

  it('now and then, each payment is made and undone once all the same', async () => {
    expect(await payment.stop()).toBe(0);
    await startAgain({ PROVIDER_FAILURES_PERCENT: '60' });
    const all = Array.from({ length: 12 }, () => reservation());
    await publishAll(
      broker,
      all.map((data) => ({ type: 'stock.reserved', data })),
    );
    const cancelled = all.slice(0, 6);
    await publishAll(
      broker,
      cancelled.map((data) => ({ type: 'order.cancelled', data: cancelledOf(data) })),
    );
    for (const reserved of all.slice(6)) await inStatus(reserved, 'COMPLETED', UNLUCKY_MS);
    for (const reserved of cancelled) {
      const answer = async () => {
        const events = (await paymentEvents()).filter(
          (event) => dataOf(event)['orderId'] === reserved.orderId,
        );
        const found = events.map(typeOf).filter((type) => type !== 'payment.completed');
        return found.length > 0 && found;
      };
      const answers = await eventually('the answer', answer, UNLUCKY_MS);
      expect(answers).toHaveLength(1);
      const kinds = (await provided(reserved)).map(({ kind }) => kind);
      expect(kinds).toEqual(answers[0] === 'payment.refunded' ? ['CAPTURE', 'REFUND'] : []);
    }
    const failed = `${paymentMetricNames.providerCalls}_count`;
    expect(await metric(failed, 'outcome="failed"')).toBeGreaterThan(0);
  }, 180_000);
});

it('the database itself refuses to keep the money of a cancelled order', async () => {
  const reserved = reservation();
  await reserve(reserved);
  await inStatus(reserved, 'COMPLETED');
  const row = () => payment.database('payments').where({ order_id: reserved.orderId });
  await expect(row().update({ cancellation: '{}' })).rejects.toThrow(/CONSTRAINT|constraint/);
  await expect(row().update({ status: 'CAPTURING' })).rejects.toThrow(/CONSTRAINT|constraint/);
});

/** Of the database that a service runs on, for another process of it. */
function urlOf({ database }: TestService): string {
  const { config } = database.client as { config: { connection: Record<string, string> } };
  const { user = '', password = '', host = '', port = '', database: name = '' } = config.connection;
  return `mysql://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`;
}
