import {
  PermanentError,
  transactional,
  type Broker,
  type Event,
  type OutgoingRecord,
  type Transaction,
} from '@naru/kernel';
import {
  deleteRecordsBefore,
  eventually,
  recordsOf,
  uniqueName,
  withAdmin,
  withKafkajsMember,
} from '@naru/testing';
import type { PartitionAssigner } from 'kafkajs';
import { subscriptionAwareAssigner } from '../src/messaging/assigner';
import { transactionalProcessor } from '../src/messaging/transactional-processor';
import { eventHeadersOf, kit, record, signedUp, type Kit } from './harness';

let naru: Kit;
let group: string;
beforeEach(async () => {
  naru = await kit();
  group = uniqueName('group');
});
afterEach(() => naru.close());

/** Waits for nothing and tells nobody. */
const patient = {
  available: <T>(work: () => Promise<T>) => work(),
  ending: new AbortController().signal,
  done: () => undefined,
  alive: () => undefined,
};

const quick = { attempts: 4, delay_ms: 20 };

/** The ordinary effect of these tests: a row per event. */
async function write(trx: Transaction, events: readonly Event<'user.signed-up'>[]): Promise<void> {
  await trx('effects').insert(
    events.map(({ id, data }) => ({ event_id: id, user_id: data.userId, name: data.name })),
  );
}

const writing = transactional(['user.signed-up'], write);

const userOf = (id: string, userId = 1, name = 'n'): OutgoingRecord =>
  record({ userId, name, email: 'a@example.com', version: 1 }, eventHeadersOf(id), String(userId));

const produce = (records: readonly OutgoingRecord[], partition = 0) =>
  naru.broker.produce(naru.topic, partition, records);

const hasEffects = (count: number) =>
  eventually(`${count} effects`, async () => {
    const effects = await naru.effects();
    return effects.length >= count && effects;
  });

const progress = async (partition = 0) => {
  const row = await naru
    .database('consumer_progress')
    .where({ partition_number: partition })
    .first('next_offset');
  return Number(row?.next_offset);
};

const deadLetters = () => recordsOf(naru.broker, `${naru.topic}.dlt`);

describe('promise 9: a batch is one transaction', () => {
  test('effects, inbox and progress come together, and Kafka is told afterwards', async () => {
    await naru.consumer(group, [writing]).start();
    await produce([userOf('a'), userOf('b'), userOf('c')]);
    const effects = await hasEffects(3);
    expect(effects.map((effect) => effect.event_id)).toEqual(['a', 'b', 'c']);
    expect(await progress()).toBe(3);
    expect(await naru.database('inbox').count({ count: '*' })).toMatchObject([{ count: 3 }]);
    await eventually('Kafka has the offset', async () => {
      const [topic] = await withAdmin((admin) =>
        admin.fetchOffsets({ groupId: group, topics: [naru.topic] }),
      );
      return topic?.partitions.find(({ partition }) => partition === 0)?.offset === '3';
    });
  });

  test('Kafka is not told of what the database does not have yet', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    let isHeld = false;
    const gated = transactional(
      ['user.signed-up'],
      async (trx, events: readonly Event<'user.signed-up'>[]) => {
        if (events.some(({ id }) => id === 'held')) {
          isHeld = true;
          await gate;
        }
        await write(trx, events);
      },
    );
    const told = async () => {
      const [topic] = await withAdmin((admin) =>
        admin.fetchOffsets({ groupId: group, topics: [naru.topic] }),
      );
      return new Map(topic?.partitions.map(({ partition, offset }) => [partition, offset]));
    };
    const consumer = naru.consumer(group, [gated]);
    await consumer.start();
    await eventually('assigned', () => consumer.assigned().length === 3);
    await produce([userOf('held')]);
    await eventually('one is held', () => isHeld);
    await produce([userOf('first')], 1);
    await eventually('Kafka is told of the first', async () => (await told()).get(1) === '1');
    await produce([userOf('second')], 1);
    await eventually('Kafka is told of the second', async () => (await told()).get(1) === '2');
    expect((await told()).get(0)).toBe('-1');
    release();
    await eventually('Kafka is told of the one held', async () => (await told()).get(0) === '1');
  });

  test('a doubled event id has one effect, within a batch and across batches and partitions', async () => {
    await naru.consumer(group, [writing]).start();
    await produce([userOf('a'), userOf('a'), userOf('b')]);
    await hasEffects(2);
    await produce([userOf('a'), userOf('c')]);
    await produce([userOf('b'), userOf('d')], 1);
    const effects = await hasEffects(4);
    expect(effects.map((effect) => effect.event_id).sort()).toEqual(['a', 'b', 'c', 'd']);
    await eventually('three are counted as duplicates', async () => (await naru.consumed('duplicate')) === 3);
  });

  test('one bad message fails alone, its neighbours have their effects, and none of its own is left', async () => {
    const refusing = transactional(
      ['user.signed-up'],
      async (trx, events: readonly Event<'user.signed-up'>[]) => {
        await write(trx, events);
        if (events.some(({ id }) => id === 'bad')) throw new PermanentError('refused', 'no');
      },
    );
    await produce([userOf('a'), userOf('bad'), userOf('c')]);
    await naru.consumer(group, [refusing], quick).start();
    const effects = await hasEffects(2);
    expect(effects.map((effect) => effect.event_id)).toEqual(['a', 'c']);
    expect(await naru.consumed('retried')).toBe(3);
    expect(await naru.consumed('dead-lettered')).toBe(1);
  });

  test('a deadlock or lock timeout is tried again and counts as nothing', async () => {
    let failures = 0;
    const contended = transactional(
      ['user.signed-up'],
      async (trx, events: readonly Event<'user.signed-up'>[]) => {
        await write(trx, events);
        if (failures++ < 8) throw Object.assign(new Error('deadlock'), { code: 'ER_LOCK_DEADLOCK' });
      },
    );
    await naru.consumer(group, [contended], quick).start();
    await produce([userOf('a')]);
    expect(await hasEffects(1)).toHaveLength(1);
    expect(await naru.consumed('retried')).toBe(0);
  });

  test('two processes that both believe to own a partition apply each record once', async () => {
    await produce([userOf('a'), userOf('b'), userOf('c')]);
    const records = await recordsOf(naru.broker, naru.topic);
    await naru.database('consumer_progress').insert({
      consumer_group: group,
      topic: naru.topic,
      partition_number: 0,
      next_offset: 0,
    });
    const slow = transactional(
      ['user.signed-up'],
      async (trx, events: readonly Event<'user.signed-up'>[]) => {
        await trx.raw('SELECT SLEEP(0.3)');
        await write(trx, events);
      },
    );
    const processor = transactionalProcessor(naru.groupParts(group, [slow]), quick);
    await Promise.all([processor.process(records, patient), processor.process(records.slice(0, 2), patient)]);
    expect((await naru.effects()).map((effect) => effect.event_id)).toEqual(['a', 'b', 'c']);
    expect(await naru.consumed('processed')).toBe(3);
    expect(await naru.consumed('duplicate')).toBe(2);
    expect(await progress()).toBe(3);
  });
});

describe('promise 10: failures are told apart', () => {
  const valid = { userId: 1, name: 'n', email: 'a@example.com', version: 1 };
  const poison: [string, OutgoingRecord][] = [
    ['no value', record(null, eventHeadersOf('p'))],
    ['empty value', record('', eventHeadersOf('p'))],
    ['not JSON', record('{"userId":', eventHeadersOf('p'))],
    ['not UTF-8', { ...record('', eventHeadersOf('p')), value: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }],
    ['not its schema', record({ ...valid, userId: 'one' }, eventHeadersOf('p'))],
    [
      'a number beyond 2^53',
      record('{"userId":9007199254740993,"name":"n","email":"e","version":1}', eventHeadersOf('p')),
    ],
    ['an unknown type', record(valid, eventHeadersOf('p', 'user.vanished'))],
    ['no type', record(valid, { ce_id: 'p' })],
    ['no id', record(valid, { ce_type: 'user.signed-up' })],
    ['an empty id', record(valid, eventHeadersOf(''))],
    ['two ids', record(valid, { ...eventHeadersOf('p'), ce_id: ['p', 'q'] })],
    ['an id of 300 characters', record(valid, eventHeadersOf('p'.repeat(300)))],
    ['another CloudEvents version', record(valid, { ...eventHeadersOf('p'), ce_specversion: '2.0' })],
    ['another content type', record(valid, { ...eventHeadersOf('p'), 'content-type': 'application/avro' })],
    ['300 kB', record({ ...valid, name: 'x'.repeat(300_000) }, eventHeadersOf('p'))],
  ];

  test('poison is a dead letter at once, bytes untouched, and its neighbours go through', async () => {
    await naru.consumer(group, [writing]).start();
    naru.relay.start();
    await produce([userOf('before'), ...poison.map(([, bad]) => bad), userOf('after')]);
    const effects = await hasEffects(2);
    expect(effects.map((effect) => effect.event_id)).toEqual(['before', 'after']);
    const letters = await eventually('all are dead letters', async () => {
      const found = await deadLetters();
      return found.length >= poison.length && found;
    });
    expect(letters.map(({ value }) => value)).toEqual(poison.map(([, { value }]) => value));
    expect(await naru.consumed('retried')).toBe(0);
    expect(await naru.consumed('dead-lettered')).toBe(poison.length);
  });

  test('a malformed traceparent starts a new trace and harms nothing', async () => {
    await naru.consumer(group, [writing]).start();
    await produce([record(valid, { ...eventHeadersOf('a'), traceparent: '00-zz-not-a-trace' })]);
    expect(await hasEffects(1)).toHaveLength(1);
  });

  test('a declared type that the group does not handle is skipped and committed', async () => {
    const other = await kit(['user.signed-up', 'user.updated']);
    await other.consumer(group, [writing]).start();
    const updated = record(valid, eventHeadersOf('u', 'user.updated'));
    await other.broker.produce(other.topic, 0, [updated, userOf('a')]);
    await eventually('one effect', async () => (await other.effects()).length === 1);
    await eventually('one was passed over', async () => (await other.consumed('skipped')) === 1);
    expect(Number((await other.database('consumer_progress').first())?.next_offset)).toBe(2);
    await other.close();
  });

  test('infrastructure is waited out: no dead letter, no retry used, however often it fails', async () => {
    let failures = 0;
    let isDown = true;
    const unlucky = transactional(
      ['user.signed-up'],
      async (trx, events: readonly Event<'user.signed-up'>[]) => {
        if (isDown) {
          failures++;
          throw Object.assign(new Error('gone'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true });
        }
        await write(trx, events);
      },
    );
    await naru.consumer(group, [unlucky], { attempts: 2, delay_ms: 1 }).start();
    await produce([userOf('a')]);
    await eventually('the partition names what it waits for', async () => {
      const { values } = await naru.metrics.consumerPaused.get();
      return values.some(({ labels, value }) => labels.dependency === 'database' && value === 1);
    });
    await eventually('it has failed often', () => failures >= 6);
    isDown = false;
    expect(await hasEffects(1)).toHaveLength(1);
    expect(await naru.consumed('dead-lettered')).toBe(0);
    expect(await naru.consumed('retried')).toBe(0);
  });
});

test('promise 11: the default policy tries four times, two seconds apart, and the partition waits', async () => {
  const tries: number[] = [];
  let release = () => {};
  const othersHaveGoneOn = new Promise<void>((resolve) => (release = resolve));
  const failing = transactional(
    ['user.signed-up'],
    async (trx, events: readonly Event<'user.signed-up'>[]) => {
      if (events.length === 1 && events[0]?.id === 'bad') {
        tries.push(performance.now());
        if (tries.length === 3) await othersHaveGoneOn;
      }
      if (events.some(({ id }) => id === 'bad')) throw new PermanentError('refused', 'no');
      await write(trx, events);
    },
  );
  const consumer = naru.consumer(group, [failing]);
  await consumer.start();
  await eventually('assigned', () => consumer.assigned().length === 3);
  await produce([userOf('bad')]);
  await eventually('tried', () => tries.length > 0);
  await produce([userOf('after')]);
  await produce([userOf('elsewhere')], 1);
  await eventually('other partitions go on', async () => (await naru.effects())[0]?.event_id === 'elsewhere');
  expect(tries.length).toBeLessThan(4);
  release();
  expect((await hasEffects(2)).map((effect) => effect.event_id)).toEqual(['elsewhere', 'after']);
  // The batch itself was the first try of the record, then it was tried alone four times.
  const apart_ms = tries.slice(-3).map((time, index) => time - (tries.slice(-4)[index] as number));
  expect(tries.length).toBeGreaterThanOrEqual(4);
  for (const gap_ms of apart_ms) expect(gap_ms).toBeGreaterThanOrEqual(1_990);
  expect(consumer.assigned()).toHaveLength(3);
});

describe('promise 12: where a group starts', () => {
  test('without progress at the earliest record', async () => {
    await produce([userOf('a'), userOf('b')]);
    await naru.consumer(group, [writing]).start();
    expect(await hasEffects(2)).toHaveLength(2);
  });

  test('with progress but no committed offset at the progress', async () => {
    await produce([userOf('a'), userOf('b'), userOf('c')]);
    await naru.database('consumer_progress').insert({
      consumer_group: group,
      topic: naru.topic,
      partition_number: 0,
      next_offset: 2,
    });
    await naru.consumer(group, [writing]).start();
    expect((await hasEffects(1)).map((effect) => effect.event_id)).toEqual(['c']);
  });

  test('a committed offset ahead of the progress skips nothing', async () => {
    await produce([userOf('a'), userOf('b'), userOf('c')]);
    const row = { consumer_group: group, topic: naru.topic, partition_number: 0, next_offset: 1 };
    await naru.database('consumer_progress').insert(row);
    const partitions = [{ partition: 0, offset: '3' }];
    await withAdmin((admin) => admin.setOffsets({ groupId: group, topic: naru.topic, partitions }));
    await naru.consumer(group, [writing]).start();
    expect((await hasEffects(2)).map((effect) => effect.event_id)).toEqual(['b', 'c']);
  });

  test.each([
    ['beyond the end', 50, async () => undefined],
    ['before the start', 1, () => deleteRecordsBefore(naru.topic, 0, 2n)],
  ])('progress %s of the log halts and reports, and never resets', async (_, next, prepare) => {
    await produce([userOf('a'), userOf('b'), userOf('c')]);
    await prepare();
    const row = { consumer_group: group, topic: naru.topic, partition_number: 0, next_offset: next };
    await naru.database('consumer_progress').insert(row);
    const consumer = naru.consumer(group, [writing]);
    await consumer.start();
    await eventually('halted', () => consumer.trouble()?.startsWith('halted'));
    await produce([userOf('elsewhere')], 1);
    expect((await hasEffects(1)).map((effect) => effect.event_id)).toEqual(['elsewhere']);
    expect(await progress()).toBe(next);
  });

  test('records deleted under a running consumer halt it', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const gated = transactional(
      ['user.signed-up'],
      async (trx, events: readonly Event<'user.signed-up'>[]) => {
        await gate;
        await write(trx, events);
      },
    );
    const consumer = naru.consumer(group, [gated]);
    await consumer.start();
    // Else it might start at what is left.
    await eventually('assigned', () => consumer.assigned().length === 3);
    const large = (id: string) => userOf(id, 1, 'x'.repeat(900));
    for (let batch = 0; batch < 8; batch++) {
      await produce(Array.from({ length: 500 }, (_value, index) => large(`${batch}-${index}`)));
    }
    await deleteRecordsBefore(naru.topic, 0, 3_999n);
    release();
    await eventually('halted', () => consumer.trouble()?.startsWith('halted'));
    expect(await progress()).toBeLessThan(3999);
  });
});

test('what an earlier owner has committed is never taken back by repeats read after it', async () => {
  await produce(['a', 'b', 'c', 'd'].map((id) => userOf(id)));
  const first = naru.consumer(group, [writing], quick);
  await first.start();
  await eventually('all are handled', async () => (await naru.effects()).length === 4);
  await first.stop();
  const lane = { topic: naru.topic, partition: 0 };
  await withAdmin((admin) =>
    admin.setOffsets({ groupId: group, topic: naru.topic, partitions: [{ partition: 0, offset: '1' }] }),
  );
  const committed: bigint[] = [];
  const oneAtATime: Broker = {
    ...naru.broker,
    async consume(subscription) {
      const consumption = await naru.broker.consume({
        ...subscription,
        onRecords: ([repeat], generation) => repeat && subscription.onRecords([repeat], generation),
      });
      return {
        ...consumption,
        commit(generation, offsets) {
          committed.push(...offsets.values());
          return consumption.commit(generation, offsets);
        },
      };
    },
  };
  await naru.consumer(group, [writing], quick, { broker: oneAtATime }).start();
  await eventually('the repeat is committed', () => committed.length > 0);
  expect(committed).toEqual([4n]);
  await eventually('Kafka has it', async () =>
    [...(await naru.broker.committed(group, [lane])).values()].includes(4n),
  );
});

describe('promise 13: work in flight is bounded, and silence is noticed', () => {
  test('fetching stops while a slow handler has its queue full, and goes on after', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const gated = transactional(
      ['user.signed-up'],
      async (trx, events: readonly Event<'user.signed-up'>[]) => {
        await gate;
        await trx('effects').insert(events.map(({ id }) => ({ event_id: id, user_id: 1, name: '' })));
      },
    );
    let received = 0;
    const paused: number[] = [];
    const watched: Broker = {
      ...naru.broker,
      async consume(subscription) {
        const consumption = await naru.broker.consume({
          ...subscription,
          onRecords: (records, generation) => {
            received += records.length;
            subscription.onRecords(records, generation);
          },
        });
        return {
          ...consumption,
          pause(partition) {
            paused.push(partition.partition);
            consumption.pause(partition);
          },
        };
      },
    };
    const large = 'x'.repeat(10_000);
    for (let batch = 0; batch < 40; batch++) {
      await produce(Array.from({ length: 50 }, (_, index) => userOf(`${batch}-${index}`, 1, large)));
    }
    await naru.consumer(group, [gated], quick, { broker: watched }).start();
    await eventually('fetching has stopped', () => paused.includes(0) && received > 400);
    await produce([userOf('elsewhere')], 1);
    await eventually('another partition is still fetched', () => received % 50 === 1);
    expect(received).toBeLessThan(700);
    release();
    await hasEffects(2_001);
  });

  test('a handler past its deadline is rolled back and tried as the policy says', async () => {
    let calls = 0;
    const hanging = transactional(
      ['user.signed-up'],
      async (trx, events: readonly Event<'user.signed-up'>[]) => {
        await write(trx, events);
        if (calls++ < 2) await trx.raw('SELECT SLEEP(1)');
      },
    );
    await naru.consumer(group, [hanging], quick, { handlerDeadline_ms: 300 }).start();
    await produce([userOf('a')]);
    expect(await hasEffects(1)).toHaveLength(1);
    expect(await naru.consumed('retried')).toBeGreaterThanOrEqual(1);
  });
});

test('a record that another process has got past meanwhile is not made a dead letter', async () => {
  await produce([userOf('a')]);
  const records = await recordsOf(naru.broker, naru.topic);
  const position = { consumer_group: group, topic: naru.topic, partition_number: 0 };
  await naru.database('consumer_progress').insert({ ...position, next_offset: 0 });
  const refusing = transactional(['user.signed-up'], async () => {
    throw new PermanentError('refused', 'no');
  });
  let works = 0;
  const overtaken = {
    ...patient,
    async available<T>(work: () => Promise<T>) {
      const isBurial = ++works === 3; // after the batch and the record by itself
      if (isBurial) await naru.database('consumer_progress').where(position).update({ next_offset: 1 });
      return work();
    },
  };
  const once = { attempts: 1, delay_ms: 0 };
  await transactionalProcessor(naru.groupParts(group, [refusing]), once).process(records, overtaken);
  expect(works).toBe(3);
  expect(await naru.consumed('dead-lettered')).toBe(0);
});

test('a batch that is taken one by one ends with the record at hand when its partition is let go', async () => {
  await produce([userOf('a'), userOf('b'), userOf('c')]);
  const records = await recordsOf(naru.broker, naru.topic);
  await naru.database('consumer_progress').insert({
    consumer_group: group,
    topic: naru.topic,
    partition_number: 0,
    next_offset: 0,
  });
  const ending = new AbortController();
  const endingAtFirst = transactional(
    ['user.signed-up'],
    async (trx, events: readonly Event<'user.signed-up'>[]) => {
      if (events.length > 1) throw new PermanentError('refused', 'not together');
      await write(trx, events);
      ending.abort();
    },
  );
  const processor = transactionalProcessor(naru.groupParts(group, [endingAtFirst]), quick);
  await expect(processor.process(records, { ...patient, ending: ending.signal })).rejects.toThrow();
  expect((await naru.effects()).map((effect) => effect.event_id)).toEqual(['a']);
  expect(await progress()).toBe(1);
});

/** The broker, except for when a member's fetch loop was last active. */
const brokerActive = (lastActivity_ms: () => number): Broker => ({
  ...naru.broker,
  consume: async (subscription) => ({ ...(await naru.broker.consume(subscription)), lastActivity_ms }),
});

/** However slow the machine, no fetch loop stalls. */
const lively = () => brokerActive(() => performance.now());

test('promise 13: a handler that never comes back makes the consumer unready, then dead', async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const hanging = transactional(['user.signed-up'], () => gate);
  const consumer = naru.consumer(group, [hanging], quick, { broker: lively(), stall_ms: 500 });
  await consumer.start();
  await eventually('ready', () => consumer.trouble() === null);
  await produce([userOf('a')]);
  await eventually('unready', () => consumer.trouble()?.startsWith('no progress'));
  await eventually('dead', () => consumer.isDead());
  release();
});

test('promise 13: a fetch loop that is silent makes the consumer unready, then dead', async () => {
  const silent = brokerActive(() => performance.now() - 5_000);
  const unready = naru.consumer(group, [writing], quick, { broker: silent, stall_ms: 4_000 });
  await unready.start();
  await eventually('unready', () => unready.trouble() === 'no progress in the fetch loop');
  expect(unready.isDead()).toBe(false);
  await unready.stop();
  const dead = naru.consumer(group, [writing], quick, { broker: silent, stall_ms: 2_000 });
  await dead.start();
  await eventually('dead', () => dead.isDead());
});

test('promise 13: an abort that a handler lets out while nothing ends does not silence its partition', async () => {
  let failures = 0;
  const aborting = transactional(
    ['user.signed-up'],
    async (trx, events: readonly Event<'user.signed-up'>[]) => {
      if (failures++ < 2) throw Object.assign(new Error('aborted'), { name: 'AbortError' });
      await write(trx, events);
    },
  );
  await naru.consumer(group, [aborting], quick).start();
  await produce([userOf('a')]);
  expect(await hasEffects(1)).toHaveLength(1);
});

test('starting offsets that are known only after the next assignment change nothing', async () => {
  const other = naru.consumer(group, [writing], quick);
  await other.start();
  await eventually('the other has all', () => other.assigned().length === 3);
  let answer = () => {};
  let asked = 0;
  const slow: Broker = {
    ...naru.broker,
    async committed(ofGroup, partitions) {
      if (asked++ === 0) await new Promise<void>((resolve) => (answer = resolve));
      return naru.broker.committed(ofGroup, partitions);
    },
  };
  const consumer = naru.consumer(group, [writing], quick, { broker: slow });
  await consumer.start();
  await eventually('some are to be its own', () => asked === 1);
  await other.stop();
  await eventually('all are its own', () => consumer.assigned().length === 3);
  answer();
  for (const partition of [0, 1, 2]) await produce([userOf(`after ${partition}`)], partition);
  expect(await hasEffects(3)).toHaveLength(3);
  expect(consumer.assigned()).toHaveLength(3);
});

test('promise 14: stopping while the group is being joined leaves no member behind', async () => {
  const consumer = naru.consumer(group, [writing]);
  await consumer.start();
  await consumer.stop();
  const { groups } = await withAdmin((admin) => admin.describeGroups([group]));
  expect(groups[0]?.members).toEqual([]);
  const next = naru.consumer(group, [writing]);
  await next.start();
  await eventually('all partitions are the next one’s', () => next.assigned().length === 3);
});

test('promise 14: stopping while a rebalance is under way leaves no member behind', async () => {
  const described = async () => (await withAdmin((admin) => admin.describeGroups([group]))).groups[0];
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  // The group's leader, which keeps a rebalance under way by not telling who is to have what.
  const undecided: PartitionAssigner = (parts) => {
    const assigner = subscriptionAwareAssigner(parts);
    return {
      ...assigner,
      async assign(joined) {
        if (joined.members.length > 1) await gate;
        return assigner.assign(joined);
      },
    };
  };
  const leader = { groupId: group, heartbeatInterval: 100, partitionAssigners: [undecided] };
  await withKafkajsMember(leader, naru.topic, async () => {
    const leaving = naru.consumer(group, [writing]);
    try {
      await leaving.start();
      await eventually('the other joins', async () => (await described())?.state === 'CompletingRebalance');
    } finally {
      // From now on it stops, and the rebalance ends only then.
      const stopped = leaving.stop();
      release();
      await stopped;
    }
    expect((await described())?.members).toHaveLength(1);
  });
});

test('promise 14: stopping finishes the record at hand, commits, and leaves the group at once', async () => {
  let started = false;
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const slow = transactional(['user.signed-up'], async (trx, events: readonly Event<'user.signed-up'>[]) => {
    started = true;
    await gate;
    await write(trx, events);
  });
  const consumer = naru.consumer(group, [slow]);
  await consumer.start();
  await produce([userOf('a'), userOf('b')]);
  await eventually('the handler is at it', () => started);
  const stopped = consumer.stop();
  release();
  await stopped;
  expect(await naru.effects()).toHaveLength(2);
  const [topic] = await withAdmin((admin) => admin.fetchOffsets({ groupId: group, topics: [naru.topic] }));
  expect(topic?.partitions.find(({ partition }) => partition === 0)?.offset).toBe('2');
  const { groups } = await withAdmin((admin) => admin.describeGroups([group]));
  expect(groups[0]?.members).toEqual([]);
});

test('events keep their order for each key through outbox, broker and inbox', async () => {
  naru.relay.start();
  await naru.consumer(group, [writing]).start();
  for (let round = 0; round < 10; round++) {
    await naru.append(Array.from({ length: 20 }, (_, user) => signedUp(user + 1, String(round))));
  }
  const effects = await hasEffects(200);
  for (let user = 1; user <= 20; user++) {
    const rounds = effects.filter((effect) => effect.user_id === user).map(({ name }) => Number(name));
    expect(rounds).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});
