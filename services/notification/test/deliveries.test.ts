import { randomUUID } from 'node:crypto';
import { transaction, type Database } from '@naru/kernel';
import { testDatabase } from '@naru/testing';
import { migrations } from '../src/migrations';
import {
  claimDelivery,
  deliveriesOf,
  giveClaimUp,
  LEASE_S,
  markFailed,
  markSent,
  type Delivery,
} from '../src/store';

let database: Database;

beforeAll(async () => {
  database = await testDatabase(migrations);
});

afterAll(() => database?.destroy());

function newDelivery(): Delivery {
  return {
    eventId: randomUUID(),
    orderId: randomUUID(),
    customerId: 'user-1001',
    recipient: 'user1001@example.com',
    type: 'order.created',
    topic: 'order.created.v1',
    partition: 0,
    offset: String(2n ** 62n),
  };
}

const claim = (delivery: Delivery, token: string) => claimDelivery(database, delivery, token);
const rowOf = ({ eventId }: Delivery) => database('deliveries').where({ event_id: eventId }).first();
const mark = ({ eventId }: Delivery) => transaction(database, (trx) => markSent(trx, eventId));
const fail = ({ eventId }: Delivery) =>
  transaction(database, (trx) => markFailed(trx, eventId, new Error('no')));

/** As when its process has been dead for the length of a lease. */
async function letLeaseEnd({ eventId }: Delivery) {
  await database('deliveries')
    .where({ event_id: eventId })
    .update({ claimed_until: database.raw(`claimed_until - INTERVAL ${LEASE_S} SECOND`) });
}

describe('the deliveries', () => {
  it('let one of many claim an event, even if Redis let all of them in', async () => {
    const delivery = newDelivery();
    const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((token) => claim(delivery, token)));
    expect(outcomes.sort()).toEqual(['claimed', 'held', 'held', 'held']);
    expect(await rowOf(delivery)).toMatchObject({ attempts: 1, status: 'SENDING', last_error: null });
  });

  it('count each attempt before it is made, that of a process that died too', async () => {
    const delivery = newDelivery();
    await claim(delivery, 'dead');
    expect(await claim(delivery, 'successor')).toBe('held');
    await letLeaseEnd(delivery);
    expect(await claim(delivery, 'successor')).toBe('claimed');
    expect(await rowOf(delivery)).toMatchObject({ attempts: 2, claimed_by: 'successor' });
  });

  it('are given up by the holder only', async () => {
    const delivery = newDelivery();
    await claim(delivery, 'first');
    await letLeaseEnd(delivery);
    await claim(delivery, 'second');
    await giveClaimUp(database, delivery.eventId, 'first', new Error('late'));
    expect(await claim(delivery, 'third')).toBe('held');
    await giveClaimUp(database, delivery.eventId, 'second', new Error('no answer'));
    expect(await rowOf(delivery)).toMatchObject({ last_error: 'Error: no answer' });
    expect(await claim(delivery, 'third')).toBe('claimed');
  });

  it('say done of what was sent, for ever', async () => {
    const delivery = newDelivery();
    await claim(delivery, 'slow');
    await letLeaseEnd(delivery);
    await claim(delivery, 'other');
    await mark(delivery);
    expect(await claim(delivery, 'again')).toBe('done');
    await fail(delivery);
    expect(await claim(delivery, 'again')).toBe('done');
    expect(await rowOf(delivery)).toMatchObject({ status: 'SENT', last_error: null });
  });

  it('let what failed be claimed again, from where it was sent again', async () => {
    const delivery = newDelivery();
    await claim(delivery, 'first');
    await fail(delivery);
    expect(await rowOf(delivery)).toMatchObject({ status: 'FAILED', last_error: 'Error: no' });
    expect(await claim({ ...delivery, partition: 2, offset: '7' }, 'redrive')).toBe('claimed');
    expect(await rowOf(delivery)).toMatchObject({ attempts: 2, partition_number: 2, record_offset: 7 });
  });

  it('are listed with offsets beyond what a number holds', async () => {
    const delivery = newDelivery();
    await claim(delivery, 'a');
    const [listed] = await deliveriesOf(database, delivery.orderId, 10);
    expect(listed?.delivery).toMatchObject({ offset: '4611686018427387904', sentAt: null });
  });
});
