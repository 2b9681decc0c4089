import { randomUUID } from 'node:crypto';
import type { EventPayloads } from '@naru/contracts';
import {
  createCodec,
  createMetrics,
  createOutbox,
  naruContracts,
  ProblemError,
  transaction,
  type Database,
  type Event,
} from '@naru/kernel';
import { eventually, testDatabase, testLog } from '@naru/testing';
import { orderHandlers } from '../src/consumers';
import { createDeadlines } from '../src/deadlines';
import { createOrderMetrics } from '../src/metrics';
import { migrations } from '../src/migrations';
import { cancel, changeStatus } from '../src/requests';
import { createSagas } from '../src/sagas';
import { orderOf, type StoredOrder } from '../src/store';
import { someItems, terms } from './orders';

const ROUNDS = 150;

let database: Database;
beforeAll(async () => (database = await testDatabase(migrations)));
afterAll(() => database?.destroy());

const outbox = createOutbox(naruContracts, createCodec(naruContracts), '/naru/order', () => undefined);
const metrics = createOrderMetrics(createMetrics('order'));
const sagas = createSagas({ outbox, metrics, newId: randomUUID, deadline_s: 60 });
const [replies] = orderHandlers(sagas);

const place = (items = someItems()) =>
  transaction(database, (trx) => sagas.place(trx, { ...terms, items, userId: null }));

/** What product or payment says of an order, as the consumer hands it over. */
async function hear(type: 'stock.reserved' | 'payment.completed', order: StoredOrder): Promise<void> {
  const { orderId, sagaId, userId, customerId, totalAmount: amount, currency } = order;
  const data = { paymentId: randomUUID(), orderId, sagaId, userId, customerId, amount, currency, version: 1 };
  const event = {
    id: randomUUID(),
    type,
    data: { ...data, items: order.items } as EventPayloads[typeof type],
    subject: orderId,
    time_ms: Date.now(),
    correlationId: sagaId,
    sagaId,
    traceparent: undefined,
  };
  await transaction(database, (trx) => replies!.handle(trx, [event as unknown as Event<typeof type>]));
}

const cancelled = ({ orderId }: StoredOrder) =>
  transaction(database, (trx) => cancel(trx, sagas, { orderId, owner: undefined }));

const shipped = ({ orderId }: StoredOrder) =>
  transaction(database, (trx) =>
    changeStatus(
      trx,
      sagas,
      { orderId, owner: undefined },
      { ...terms, previousStatus: 20, currentStatus: 25 },
    ),
  );

async function told(orderId: string): Promise<string[]> {
  const rows = (await database('saga_steps')
    .where({ order_id: orderId })
    .whereNotNull('told')
    .orderBy('version')) as {
    told: string;
  }[];
  return rows.map((row) => row.told);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Starts each later than it could by less than the spread, as the seed says. */
function atOnce(seed: number, works: readonly (() => Promise<unknown>)[], spread_ms = 6) {
  const next = random(seed);
  const delays_ms = works.map(() => next() * spread_ms);
  return Promise.allSettled(
    works.map(async (work, nth) => {
      await new Promise((resolve) => setTimeout(resolve, delays_ms[nth]));
      return work();
    }),
  );
}

it('a cancellation that races with stock and payment comes after the confirmation or instead of it', async () => {
  const endings = new Map<string, number>();
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const order = await place();
    const works = [
      () => hear('stock.reserved', order),
      () => hear('payment.completed', order),
      () => cancelled(order),
    ];
    const outcomes = await atOnce(seed, works);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(await orderOf(database, order.orderId)).toMatchObject({ status: 90, sagaStatus: 'COMPENSATING' });
    const ending = (await told(order.orderId)).join(' ');
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  // Both endings came, so that the race was one.
  expect([...endings.keys()].sort()).toEqual([
    'order.created order.cancelled',
    'order.created order.confirmed order.cancelled',
  ]);
});

it('of a cancellation and a shipment that race exactly one wins, and the other is refused', async () => {
  const winners = new Set<string>();
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const order = await place([]);
    const [cancelling, shipping] = await atOnce(seed, [() => cancelled(order), () => shipped(order)]);
    const isCancelled = cancelling!.status === 'fulfilled';
    expect(shipping!.status).toBe(isCancelled ? 'rejected' : 'fulfilled');
    const refused = (isCancelled ? shipping : cancelling) as PromiseRejectedResult;
    expect(refused.reason).toBeInstanceOf(ProblemError);
    expect(refused.reason).toMatchObject({
      status: 409,
      code: isCancelled ? 'previous-status-mismatch' : 'order-shipped',
    });
    const now = await orderOf(database, order.orderId);
    expect(now).toMatchObject({ status: isCancelled ? 90 : 25, version: 2 });
    winners.add(isCancelled ? 'cancellation' : 'shipment');
  }
  expect(winners.size).toBe(2);
});

it('a deadline that several processes see is told once, whatever races with it', async () => {
  const orders = await Promise.all(Array.from({ length: ROUNDS }, () => place()));
  await database('orders')
    .where({ status: 10 })
    .update({ deadline_at: database.raw('CURRENT_TIMESTAMP(6)') });
  const processes = [1, 2, 3].map(() => createDeadlines({ database, sagas, metrics, log: testLog }));
  try {
    for (const process of processes) await process.start?.();
    // Longer than the processes' interval, so that some are paid before the deadline is seen and some after.
    const payments = orders.map((order) => () => hear('payment.completed', order));
    const paid = await atOnce(ROUNDS, payments, 1_500);
    expect(paid.filter(({ status }) => status === 'rejected')).toEqual([]);
    await eventually('none open', async () => (await database('orders').where({ status: 10 })).length === 0);
  } finally {
    for (const process of processes) await process.stop();
  }
  const endings = new Set<string>();
  for (const { orderId } of orders) {
    const now = await orderOf(database, orderId);
    endings.add([now?.status, ...(await told(orderId))].join(' '));
  }
  expect([...endings].sort()).toEqual([
    '20 order.created order.confirmed',
    '90 order.created order.cancelled',
  ]);
});
