import { deadLetterHeaders } from '@naru/contracts';
import {
  classify,
  discardParked,
  headerText,
  listParked,
  PermanentError,
  redrive,
  releaseParked,
  releaseParkedById,
  transactional,
  type Event,
  type OnFailure,
  type OutgoingRecord,
} from '@naru/kernel';
import { eventually, recordsOf, uniqueName } from '@naru/testing';
import { createParkRelease } from '../src/messaging/park-release';
import { transactionalProcessor } from '../src/messaging/transactional-processor';
import { eventHeadersOf, kit, record, type Kit } from './harness';

type SignedUp = Event<'user.signed-up'>;
const quick = { attempts: 2, delay_ms: 1 };

let naru: Kit;
let group: string;
/** Names of users that the handler refuses. */
let broken: Set<string>;
beforeEach(async () => {
  naru = await kit();
  group = uniqueName('group');
  broken = new Set();
  naru.relay.start();
});
afterEach(() => naru.close());

/** @param before what else happens before an event has its effect */
function handler(onFailure: OnFailure = 'park', before: (event: SignedUp) => void = () => undefined) {
  return transactional(
    ['user.signed-up'],
    async (trx, events: readonly SignedUp[]) => {
      for (const event of events) {
        const { id, data } = event;
        if (broken.has(data.name)) throw new PermanentError('refused', `${data.name} is refused`);
        before(event);
        await trx('effects').insert({ event_id: id, user_id: data.userId, name: data.name });
      }
    },
    { onFailure },
  );
}

const userOf = (id: string, userId = 1, name = 'good') =>
  record({ userId, name, email: 'a@example.com', version: 1 }, eventHeadersOf(id), String(userId));
const poisonOf = (userId: number) => record('{', eventHeadersOf('poison'), String(userId));

const produce = (...records: OutgoingRecord[]) => naru.broker.produce(naru.topic, 0, records);
const start = (onFailure?: OnFailure) => naru.consumer(group, [handler(onFailure)], quick).start();
const parked = () => listParked(naru.database, { group });
const release = () => releaseParked(naru.database, { group });
const headId = (offset: number) => `${group}:${naru.topic}:0:${offset}`;
const effectIds = async (userId?: number) =>
  (await naru.effects())
    .filter((effect) => userId === undefined || Number(effect.user_id) === userId)
    .map((effect) => effect.event_id);

const hasEffects = (count: number) =>
  eventually(`${count} effects`, async () => {
    const ids = await effectIds();
    return ids.length >= count && ids;
  });

const waiting = (records: number) =>
  eventually(`${records} records are parked`, async () => {
    const keys = await parked();
    return keys.reduce((sum, key) => sum + key.records, 0) === records && keys;
  });

const isParkedAgain = () =>
  eventually('parked again', async () => {
    const keys = await parked();
    return keys.length > 0 && keys.every(({ state }) => state === 'PARKED') && keys;
  });

const nothingParked = () => eventually('nothing is parked', async () => (await parked()).length === 0);
const deadLetters = () => recordsOf(naru.broker, `${naru.topic}.dlt`);

describe('order within a key, when one of its events fails for good and is handled later', () => {
  /** @returns the events of key 1 in the order of their effects */
  async function failAndMend(onFailure: OnFailure, mend: () => Promise<unknown>): Promise<string[]> {
    broken.add('bad');
    await start(onFailure);
    await produce(userOf('1a', 1, 'bad'), userOf('2a', 2), userOf('1b'), userOf('2b', 2), userOf('1c'));
    await eventually('the other key goes on', async () => (await effectIds(2)).length === 2);
    await eventually('all are read', async () => {
      const row = await naru.database('consumer_progress').where({ partition_number: 0 }).first();
      return Number(row?.next_offset) === 5;
    });
    broken.clear();
    await mend();
    await hasEffects(5);
    return effectIds(1);
  }

  test('is kept by parking', async () => {
    expect(await failAndMend('park', release)).toEqual(['1a', '1b', '1c']);
    await nothingParked();
    await naru.drained();
    expect(await deadLetters()).toEqual([]);
  });

  test('is lost by a dead letter: the later events of the key overtake the failed one', async () => {
    const sendAgain = () =>
      eventually('sent again', async () => {
        const { redriven } = await redrive(naru, { topic: naru.topic, group });
        return redriven.length === 1;
      });
    expect(await failAndMend('dead-letter', sendAgain)).toEqual(['1b', '1c', '1a']);
  });
});

describe('what is parked', () => {
  test('poison with a key at once, what follows it in the same batch behind it, what precedes it is handled', async () => {
    await produce(userOf('1a'), poisonOf(1), userOf('1b'), userOf('2a', 2), poisonOf(1));
    await start();
    expect(await hasEffects(2)).toEqual(['1a', '2a']);
    const [key] = await waiting(3);
    expect(key).toMatchObject({ id: headId(1), key: '1', attempts: 1, eventId: 'poison', state: 'PARKED' });
    expect(key?.reason).toMatch(/^PoisonError:not-json/);
    await eventually('one is counted as parked', async () => (await naru.consumed('parked')) === 1);
    expect(await naru.consumed('queued')).toBe(2);
    expect(await naru.consumed('retried')).toBe(0);
  });

  test('not a record without a key, nor one with a key too long to be indexed: those are dead letters', async () => {
    const long = Buffer.alloc(1_025, 'k');
    await produce({ ...poisonOf(1), key: null }, { ...poisonOf(1), key: long }, userOf('1a'));
    await start();
    await hasEffects(1);
    const letters = await eventually('dead letters', async () => {
      const found = await deadLetters();
      return found.length === 2 && found;
    });
    expect(letters.map(({ key }) => key)).toEqual([null, long]);
    expect(await parked()).toEqual([]);
  });

  test('a permanent failure after the retries of the policy', async () => {
    broken.add('bad');
    await start();
    await produce(userOf('1a', 1, 'bad'));
    const [key] = await waiting(1);
    expect(key).toMatchObject({
      attempts: 2,
      eventId: '1a',
      reason: 'PermanentError:refused: bad is refused',
    });
    expect(await naru.consumed('retried')).toBe(1);
    await eventually('the gauges tell', async () => {
      const { values } = await naru.metrics.parkedRecords.get();
      return values.some(
        ({ labels, value }) => labels.messaging_destination_name === naru.topic && value === 1,
      );
    });
  });

  test('each event once, however often it comes again', async () => {
    broken.add('bad');
    const consumer = naru.consumer(group, [handler()], quick);
    await consumer.start();
    const all = [userOf('1a'), userOf('1b', 1, 'bad'), userOf('1c')];
    await produce(...all, ...all);
    await produce(...all);
    await eventually('all are read', async () => (await naru.consumed('duplicate')) === 6);
    await waiting(2);
    await consumer.stop();
    // As if the commit's answer and the progress had been lost: everything is read again.
    await naru.database('consumer_progress').delete();
    await start();
    await eventually('all are read again', async () => (await naru.consumed('duplicate')) === 15);
    await waiting(2);
    broken.clear();
    await release();
    await nothingParked();
    await produce(...all, userOf('2a', 2));
    await hasEffects(4);
    expect(await effectIds()).toEqual(['1a', '1b', '1c', '2a']);
  });

  test('stays parked when the handler of a newer version no longer parks', async () => {
    broken.add('bad');
    const consumer = naru.consumer(group, [handler()], quick);
    await consumer.start();
    await produce(userOf('1a', 1, 'bad'));
    await waiting(1);
    await consumer.stop();
    await start('dead-letter');
    await produce(userOf('1b'), userOf('2a', 2));
    await waiting(2);
    broken.clear();
    await release();
    await hasEffects(3);
    expect(await effectIds(1)).toEqual(['1a', '1b']);
  });

  test('more than a key may hold makes the partition wait, and nothing is lost', async () => {
    broken.add('bad');
    await naru.consumer(group, [handler()], quick, { parkedRecordsMax: 2 }).start();
    await produce(userOf('1a', 1, 'bad'));
    await waiting(1);
    await produce(userOf('1b'));
    await waiting(2);
    await produce(userOf('1c'), userOf('2a', 2));
    await eventually('the partition names what it waits for', async () => {
      const { values } = await naru.metrics.consumerPaused.get();
      return values.some(({ labels, value }) => labels.dependency === 'parked-key' && value === 1);
    });
    expect(await effectIds()).toEqual([]);
    broken.clear();
    await release();
    await hasEffects(4);
    expect(await effectIds(1)).toEqual(['1a', '1b', '1c']);
  });
});

describe('release', () => {
  beforeEach(async () => {
    broken.add('bad');
    await start();
    await produce(userOf('1a', 1, 'bad'), userOf('1b'), userOf('1c', 1, 'worse'), userOf('1d'));
    await waiting(4);
  });

  test('that fails leaves the key parked, with its records in order', async () => {
    expect(await releaseParkedById(naru.database, headId(0))).toBe('done');
    const [key] = await isParkedAgain();
    expect(key).toMatchObject({ id: headId(0), records: 4, attempts: 3 });
    expect(await effectIds()).toEqual([]);
    broken.clear();
    await release();
    expect(await hasEffects(4)).toEqual(['1a', '1b', '1c', '1d']);
  });

  test('goes on up to the next record that fails, which then stops the key', async () => {
    broken.clear();
    broken.add('worse');
    await release();
    await hasEffects(2);
    const [key] = await isParkedAgain();
    expect(key).toMatchObject({ id: headId(2), records: 2, attempts: 1, eventId: '1c' });
    expect(key?.reason).toContain('worse is refused');
    expect(await effectIds()).toEqual(['1a', '1b']);
    broken.clear();
    await release();
    expect(await hasEffects(4)).toEqual(['1a', '1b', '1c', '1d']);
    await nothingParked();
  });

  test('names the record that stops the key, and no other', async () => {
    expect(await releaseParkedById(naru.database, headId(1))).toBe('not-parked');
    expect(await releaseParkedById(naru.database, 'nonsense')).toBe('not-parked');
    expect(await discardParked(naru, headId(2))).toBe('not-parked');
    await waiting(4);
  });

  test('discard makes one dead letter of the record that stops the key, and the rest goes on in order', async () => {
    const answers = await Promise.all([discardParked(naru, headId(0)), discardParked(naru, headId(0))]);
    expect(answers.sort()).toEqual(['done', 'not-parked']);
    expect(await hasEffects(3)).toEqual(['1b', '1c', '1d']);
    await nothingParked();
    const [letter] = await eventually('a dead letter', async () => {
      const found = await deadLetters();
      return found.length > 0 && found;
    });
    const text = (name: string) => headerText(letter?.headers ?? [], name);
    expect(letter).toMatchObject({
      partition: 0,
      key: Buffer.from('1'),
      value: userOf('1a', 1, 'bad').value,
    });
    expect(text(deadLetterHeaders.offset)).toBe('0');
    expect(text(deadLetterHeaders.consumerGroup)).toBe(group);
    expect(text(deadLetterHeaders.exceptionName)).toBe('PermanentError:refused');
    expect(text(deadLetterHeaders.exceptionStack)).toMatch(/^PermanentError.*\n +at /);
    expect(text(deadLetterHeaders.attempts)).toBe('2');
    broken.clear();
    await redrive(naru, { topic: naru.topic, group });
    expect(await hasEffects(4)).toEqual(['1b', '1c', '1d', '1a']);
    await naru.drained();
    expect(await deadLetters()).toHaveLength(1);
  });
});

describe('crashes and contenders', () => {
  let ending: AbortController;
  beforeEach(() => (ending = new AbortController()));
  afterEach(() => ending.abort());

  /** Tries again what lost against another process. */
  async function available<T>(work: () => Promise<T>): Promise<T> {
    while (!ending.signal.aborted) {
      try {
        return await work();
      } catch (error) {
        if (classify(error) !== 'contention') throw error;
      }
    }
    throw new Error('the test is over');
  }

  const patient = () => ({
    available,
    ending: ending.signal,
    done: () => undefined,
    alive: () => undefined,
  });

  test('a release that is cut off in its transaction is done again, and each effect comes once', async () => {
    broken.add('bad');
    let cuts = 0;
    const cut = (event: SignedUp) => {
      if (event.id !== '1c' || cuts++ >= 2) return;
      throw Object.assign(new Error('gone'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true });
    };
    await naru.consumer(group, [handler('park', cut)], quick).start();
    await produce(userOf('1a', 1, 'bad'), userOf('1b'), userOf('1c'));
    await waiting(3);
    broken.clear();
    await release();
    expect(await hasEffects(3)).toEqual(['1a', '1b', '1c']);
    expect(cuts).toBe(3);
    await nothingParked();
  });

  test('two processes that both read, park and release keep the order of each key', async () => {
    const EVENTS = 96;
    const refusals = new Map<string, number>();
    /** Refuses some events the first few times. */
    const flaky = (event: SignedUp) => {
      const times = refusals.get(event.id) ?? 0;
      refusals.set(event.id, times + 1);
      if (event.data.name === 'flaky' && times < 4) throw new PermanentError('refused', 'not yet');
    };
    const keyed = Array.from({ length: EVENTS }, (_, index) =>
      userOf(`e-${String(index).padStart(3, '0')}`, index % 3, index % 17 === 5 ? 'flaky' : 'good'),
    );
    await produce(...keyed);
    const records = await recordsOf(naru.broker, naru.topic);
    await naru.database('consumer_progress').insert({
      consumer_group: group,
      topic: naru.topic,
      partition_number: 0,
      next_offset: 0,
    });
    const parts = naru.groupParts(group, [handler('park', flaky)]);
    const reader = async () => {
      const processor = transactionalProcessor(parts, { attempts: 1, delay_ms: 1 });
      for (let from = 0; from < EVENTS; from += 8)
        await processor.process(records.slice(from, from + 8), patient());
    };
    const partition = { topic: naru.topic, partition: 0 };
    const releases = [1, 2].map(() => createParkRelease(parts, () => [partition], 1));
    releases.forEach((each) => each.start());
    let isRead = false;
    const reading = Promise.all([reader(), reader()]).then(() => (isRead = true));
    await eventually(
      'all have their effect',
      async () => {
        await release();
        return isRead && (await effectIds()).length === EVENTS;
      },
      50_000,
    );
    await reading;
    await Promise.all(releases.map((each) => each.stop()));
    expect(await naru.consumed('queued')).toBeGreaterThan(0);
    for (const userId of [0, 1, 2]) {
      const ids = await effectIds(userId);
      expect(ids).toEqual([...ids].sort());
      expect(ids).toHaveLength(EVENTS / 3);
    }
    expect(await parked()).toEqual([]);
    expect(await naru.database('parked_records').select()).toEqual([]);
  });
});
