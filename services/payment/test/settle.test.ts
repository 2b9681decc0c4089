import { randomUUID } from 'node:crypto';
import {
  createCodec,
  createMetrics,
  createOutbox,
  naruContracts,
  transaction,
  type Database,
  type Transaction,
} from '@naru/kernel';
import { testDatabase } from '@naru/testing';
import type { Charge } from '../src/domain/payment';
import type { Input } from '../src/domain/decide';
import { createPaymentMetrics } from '../src/metrics';
import { migrations } from '../src/migrations';
import { createSettle, type Settle } from '../src/settle';
import { claimDue, LEASE_S, lockSequence, postpone } from '../src/store';

let database: Database;
let settle: Settle;
let due = 0;

beforeAll(async () => {
  database = await testDatabase(migrations);
  const outbox = createOutbox(naruContracts, createCodec(naruContracts), '/naru/payment', () => undefined);
  const metrics = createPaymentMetrics(createMetrics('payment'));
  settle = createSettle({ outbox, metrics, onDue: () => due++ });
});

afterAll(() => database?.destroy());

beforeEach(async () => {
  await database('payments').delete();
  due = 0;
});

const cause = { correlationId: 'c', sagaId: undefined, traceparent: undefined };

function charge(): Charge {
  const ids = { orderId: randomUUID(), sagaId: randomUUID(), userId: 1, customerId: 'kim' };
  return { ...ids, amount: 100, currency: 'KRW' };
}

const reserved = (of: Charge): Input => ({ type: 'charge', charge: of, paymentId: randomUUID(), cause });
const cancelled = (of: Charge): Input => {
  const cancellation = { reason: 'r', sagaStatus: 'COMPENSATING', cause };
  return { type: 'cancel', charge: of, paymentId: randomUUID(), cancellation };
};

const hear = (of: Charge, input: Input) => (trx: Transaction) =>
  settle(trx, [{ orderId: of.orderId, input }]);
const hears = (of: Charge, input: Input) => transaction(database, hear(of, input));
const rowOf = ({ orderId }: Charge) => database('payments').where({ order_id: orderId }).first();

const claim = (name: string, max = 10) => transaction(database, (trx) => claimDue(trx, name, max));
/** As when the process that claimed has been dead for the length of a lease. */
const letLeaseEnd = () =>
  database('payments').update({ due_at: database.raw(`due_at - INTERVAL ${LEASE_S} SECOND`) });

describe('settling', () => {
  it('holds the one row that orders all payment events until it commits', async () => {
    const [one, other] = [charge(), charge()];
    const order: string[] = [];
    await database.transaction(async (trx) => {
      await hear(one, cancelled(one))(trx);
      const free = database.raw('SELECT id FROM payment_sequence FOR UPDATE NOWAIT');
      await expect(free.then()).rejects.toMatchObject({ errno: expect.any(Number) });
      order.push('first');
    });
    await hears(other, cancelled(other));
    await transaction(database, lockSequence);
    expect(await database('outbox').orderBy('id').pluck('saga_id')).toEqual([one.sagaId, other.sagaId]);
  });

  it('says after the commit, and never before, that the provider is to be called', async () => {
    const of = charge();
    const rolledBack = database.transaction(async (trx) => {
      await hear(of, reserved(of))(trx);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect(due).toBe(0);
    await hears(of, reserved(of));
    expect(due).toBe(1);
    await hears(of, { type: 'captured' });
    expect(due).toBe(1);
    expect(await rowOf(of)).toMatchObject({ status: 'COMPLETED', due_at: null });
    await hears(of, cancelled(of));
    expect(due).toBe(2);
  });

  it('takes inputs of one order in their order, within one transaction', async () => {
    const of = charge();
    const inputs: Input[] = [
      reserved(of),
      { type: 'captured' },
      cancelled(of),
      { type: 'refunded' },
      reserved(of),
    ];
    await transaction(database, (trx) =>
      settle(
        trx,
        inputs.map((input) => ({ orderId: of.orderId, input })),
      ),
    );
    expect(await rowOf(of)).toMatchObject({ status: 'REFUNDED', version: 4, due_at: null });
    const events = await database('outbox').where({ saga_id: of.sagaId }).orderBy('id').pluck('payload');
    const versions = events.map(
      (payload: Buffer) => (JSON.parse(payload.toString()) as { version: number }).version,
    );
    expect(versions).toEqual([2, 4]);
  });
});

describe('claiming', () => {
  it('gives each payment that is due to one of many, the longest waiting first', async () => {
    const all = Array.from({ length: 9 }, charge);
    for (const of of all) await hears(of, reserved(of));
    const [first] = await claim('first', 1);
    expect(first).toMatchObject({ orderId: all[0]!.orderId, status: 'CAPTURING', attempts: 0 });
    const claims = await Promise.all(['a', 'b', 'c'].map((name) => claim(name, 3)));
    claims.push(await claim('rest'));
    const claimed = claims.flat().map(({ orderId }) => orderId);
    expect(claimed.sort()).toEqual(
      all
        .slice(1)
        .map(({ orderId }) => orderId)
        .sort(),
    );
    expect(await claim('late')).toEqual([]);
  });

  it('holds for a lease and no longer', async () => {
    const of = charge();
    await hears(of, reserved(of));
    await claim('dead');
    expect(await claim('successor')).toEqual([]);
    await letLeaseEnd();
    expect(await claim('successor')).toMatchObject([{ orderId: of.orderId, attempts: 1 }]);
  });

  it('is ended before its time by its holder only', async () => {
    const of = charge();
    await hears(of, reserved(of));
    await claim('first');
    await letLeaseEnd();
    await claim('second');
    await postpone(database, of.orderId, 'first', 0, new Error('late'));
    expect(await claim('third')).toEqual([]);
    await postpone(database, of.orderId, 'second', 0, new Error('no answer'));
    expect(await rowOf(of)).toMatchObject({ last_error: 'Error: no answer' });
    expect(await claim('third')).toHaveLength(1);
    await postpone(database, of.orderId, 'third', 60_000, new Error('no answer'));
    expect(await claim('fourth')).toEqual([]);
  });

  it('is not cut short by a cancellation that has to wait, but a refund is due at once', async () => {
    const of = charge();
    await hears(of, reserved(of));
    await claim('worker');
    const { due_at: leaseEnd } = await rowOf(of);
    await hears(of, cancelled(of));
    expect(await rowOf(of)).toMatchObject({ due_at: leaseEnd, claimed_by: 'worker', attempts: 1 });
    expect(await claim('another')).toEqual([]);
    await hears(of, { type: 'captured' });
    expect(await claim('another')).toMatchObject([{ status: 'REFUNDING', attempts: 0 }]);
  });
});
