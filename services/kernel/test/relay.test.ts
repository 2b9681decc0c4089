import { topics } from '@naru/contracts';
import { InfrastructureError, transaction, type Broker, type OutgoingRecord } from '@naru/kernel';
import { eventually, recordsOf, testBroker, testLog } from '@naru/testing';
import { keepTidy } from '../src/janitor';
import { renewLeases } from '../src/messaging/lease';
import { purgeOutbox } from '../src/messaging/outbox-store';
import { kit, signedUp, type Kit } from './harness';

let naru: Kit;
beforeEach(async () => {
  naru = await kit();
});
afterEach(() => naru.close());

const names = async () =>
  (await recordsOf(naru.broker, naru.topic)).map(
    ({ value }) => (JSON.parse(String(value)) as { name: string }).name,
  );

/** Keeps the first occurrence of each, which is what order is judged by. */
const firsts = (values: readonly string[]) => [...new Set(values)];

describe('promise 4: leases', () => {
  test('two relays share the buckets, and what one gives up the other takes', async () => {
    const first = await renewLeases(naru.database, 'first');
    expect(first).toHaveLength(8);
    await renewLeases(naru.database, 'second');
    const kept = await renewLeases(naru.database, 'first');
    const taken = await renewLeases(naru.database, 'second');
    expect(kept).toHaveLength(4);
    expect([...kept, ...taken].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await naru.database('outbox_lease').where({ owner: 'second' }).update({ expires_at: '2000-01-01' });
    await naru.database('outbox_relay').where({ owner: 'second' }).update({ expires_at: '2000-01-01' });
    expect(await renewLeases(naru.database, 'first')).toHaveLength(8);
  });

  test('rows of one key are in one bucket, those of many keys in many', async () => {
    await naru.append(Array.from({ length: 20 }, () => signedUp(1)));
    const buckets = async () => naru.database('outbox').distinct('bucket');
    expect(await buckets()).toHaveLength(1);
    await naru.append(Array.from({ length: 200 }, (_, user) => signedUp(user + 1)));
    expect(await buckets()).toHaveLength(8);
  });

  test('a relay that sends while another has taken over repeats records but never reorders a key', async () => {
    let release = () => {};
    let sending = false;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = testBroker();
    const paused = naru.anotherRelay({
      produce: async (topic, partition, records) => {
        sending = true;
        await held;
        return slow.produce(topic, partition, records);
      },
    });
    await naru.append([signedUp(1, 'a'), signedUp(1, 'b')]);
    paused.start();
    await eventually('the paused relay is sending', () => sending);
    void paused.stop(0);
    await naru.database('outbox_lease').update({ expires_at: '2000-01-01', owner: 'nobody' });
    await naru.database('outbox_relay').delete();
    naru.relay.start();
    await naru.append([signedUp(1, 'c')]);
    await naru.drained();
    release();
    await eventually('the paused relay has sent too', async () => (await names()).length >= 5);
    expect(firsts(await names())).toEqual(['a', 'b', 'c']);
    await slow.disconnect();
  });
});

describe('promise 6: waking up', () => {
  /** A relay that is past its first look, which takes neither a wake-up nor the poll to find rows. */
  async function pastFirstLook(poll_ms: number) {
    let looked = false;
    const poll = {
      get busy_ms() {
        looked = true;
        return poll_ms;
      },
      get idle_ms() {
        return this.busy_ms;
      },
    };
    const relay = naru.anotherRelay(undefined, poll);
    relay.start();
    await eventually('the relay has looked', () => looked);
    return relay;
  }

  test('a commit in this process is published without waiting for the poll', async () => {
    const outbox = naru.outboxWaking(await pastFirstLook(24 * 60 * 60 * 1_000));
    for (const name of ['first', 'second', 'third']) {
      await transaction(naru.database, (trx) => outbox.append(trx, [signedUp(1, name)]));
      await naru.drained();
    }
    expect(await names()).toEqual(['first', 'second', 'third']);
  });

  test('rows that another process committed are found by the poll', async () => {
    await pastFirstLook(10);
    const other = await kit();
    await other.append([signedUp(5, 'from elsewhere')]);
    const row = await other.database('outbox').first();
    await naru.database('outbox').insert({ ...row, id: undefined, topic: naru.topic });
    await naru.drained();
    expect(await names()).toEqual(['from elsewhere']);
    await other.close();
  });
});

describe('promise 7: what has served its time', () => {
  test('published rows are purged in small batches after their retention, pending ones never', async () => {
    naru.relay.start();
    await naru.append(Array.from({ length: 30 }, (_, index) => signedUp(index + 1)));
    await naru.drained();
    await naru.relay.stop(0);
    await naru.append([signedUp(99)]);
    expect(await purgeOutbox(naru.database, 3_600, 20)).toBe(0);
    await naru
      .database('outbox')
      .where({ outbox_status: 'PUBLISHED' })
      .update({ published_at: '2001-01-01' });
    expect(await purgeOutbox(naru.database, 3_600, 20)).toBe(20);
    expect(await purgeOutbox(naru.database, 3_600, 20)).toBe(10);
    expect(await naru.database('outbox').select('outbox_status')).toEqual([{ outbox_status: 'PENDING' }]);
  });

  test('a service purges its outbox, and its inbox not before twice the retention of any topic', async () => {
    const limited_ms = Object.values(topics).flatMap(({ retentionMs }) =>
      retentionMs > 0 ? [retentionMs] : [],
    );
    const kept_s = (2 * Math.max(...limited_ms)) / 1_000;
    const old = '2001-01-01';
    await naru.append([signedUp(1)]);
    await naru.database('outbox').update({ outbox_status: 'PUBLISHED', published_at: old });
    const younger = naru.database.raw('CURRENT_TIMESTAMP(6) - INTERVAL ? SECOND', [kept_s - 60]);
    await naru.database('inbox').insert([
      { consumer_group: 'group', event_id: 'old', received_at: old },
      { consumer_group: 'group', event_id: 'younger', received_at: younger },
    ]);
    const ending = new AbortController();
    const tidying = keepTidy(naru.database, 3_600, testLog, ending.signal);
    await eventually('the outbox is purged', async () => {
      return (await naru.database('outbox').select()).length === 0;
    });
    const inbox = await eventually('the inbox is purged', async () => {
      const ids = await naru.database('inbox').select('event_id');
      return ids.length < 2 && ids;
    });
    expect(inbox).toEqual([{ event_id: 'younger' }]);
    ending.abort();
    await tidying;
  });
});

test('promise 14: stopping a relay publishes what is pending first', async () => {
  const never_ms = 24 * 60 * 60 * 1_000;
  const relay = naru.anotherRelay(undefined, { busy_ms: never_ms, idle_ms: never_ms });
  await naru.append(Array.from({ length: 30 }, (_, index) => signedUp(index + 1)));
  relay.start();
  await relay.stop(20_000);
  expect(await naru.database('outbox').distinct('outbox_status')).toEqual([{ outbox_status: 'PUBLISHED' }]);
});

describe('promise 8: what is not acknowledged is not sent', () => {
  /** Takes every record, and loses the answer of the first sends. */
  function forgetful(
    inner: Broker,
    losses: number,
  ): Pick<Broker, 'produce'> & { sends: (readonly OutgoingRecord[])[] } {
    const sends: (readonly OutgoingRecord[])[] = [];
    return {
      sends,
      async produce(topic, partition, records) {
        sends.push(records);
        const offsets = await inner.produce(topic, partition, records);
        if (sends.length <= losses) throw new InfrastructureError('broker', 'the answer was lost');
        return offsets;
      },
    };
  }

  test('a lost acknowledgement sends the rows again, in order', async () => {
    const inner = testBroker();
    const broker = forgetful(inner, 2);
    naru.anotherRelay(broker).start();
    await naru.append([signedUp(1, 'a'), signedUp(1, 'b')]);
    await naru.drained();
    expect(broker.sends.length).toBeGreaterThanOrEqual(3);
    expect(firsts(await names())).toEqual(['a', 'b']);
    const row = await naru.database('outbox').first('attempts');
    expect(row?.attempts).toBeGreaterThanOrEqual(2);
    await inner.disconnect();
  });

  test('each record has its own offset in the answer, as the log has it', async () => {
    const records = ['a', 'b', 'c'].map((text) => ({ key: null, value: Buffer.from(text), headers: [] }));
    const offsets = await naru.broker.produce(naru.topic, 1, records);
    const found = await recordsOf(naru.broker, naru.topic);
    expect(found.map(({ partition, offset, value }) => [partition, offset, String(value)])).toEqual(
      offsets.map((offset, index) => [1, offset, String(records[index]?.value)]),
    );
  });

  test('a second send to a partition is refused while one is in flight', async () => {
    const records = [{ key: null, value: Buffer.from('x'), headers: [] }];
    const first = naru.broker.produce(naru.topic, 0, records);
    await expect(naru.broker.produce(naru.topic, 0, records)).rejects.toThrow(/in flight/);
    await first;
  });
});
