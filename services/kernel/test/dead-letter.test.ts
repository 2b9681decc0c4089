import { deadLetterHeaders } from '@naru/contracts';
import {
  findDeadLetters,
  headerText,
  listDeadLetters,
  PermanentError,
  redrive,
  transactional,
  type DeadLetterQuery,
  type Event,
} from '@naru/kernel';
import { eventually, recordsOf, uniqueName } from '@naru/testing';
import { REDRIVES_MAX } from '../src/messaging/dead-letter-reader';
import { eventHeadersOf, kit, record, type Kit } from './harness';

const quick = { attempts: 2, delay_ms: 10 };

let naru: Kit;
let group: string;
let broken: Set<string>;
beforeEach(async () => {
  naru = await kit();
  group = uniqueName('group');
  broken = new Set();
  naru.relay.start();
});
afterEach(() => naru.close());

/** Refuses users whose name is in `broken`. */
const handler = () =>
  transactional(['user.signed-up'], async (trx, events: readonly Event<'user.signed-up'>[]) => {
    for (const { id, data } of events) {
      if (broken.has(data.name)) throw new PermanentError('refused', `${data.name} is refused — 거절`);
      await trx('effects').insert({ event_id: id, user_id: data.userId, name: data.name });
    }
  });

const userOf = (id: string, name: string, userId = 1) =>
  record({ userId, name, email: 'a@example.com', version: 1 }, eventHeadersOf(id), String(userId));

const letters = (count: number) =>
  eventually(`${count} dead letters`, async () => {
    const found = await recordsOf(naru.broker, `${naru.topic}.dlt`);
    return found.length >= count && found;
  });

const sources = () => ({ ...naru, databaseOf: () => naru.database });
const list = (query: Partial<DeadLetterQuery> = {}) =>
  listDeadLetters(sources(), { topic: naru.topic, ...query });

/** Makes dead letters e-1, e-2, … of users with these names and ids. */
async function failed(...users: (readonly [name: string, userId: number])[]) {
  users.forEach(([name]) => broken.add(name));
  await naru.consumer(group, [handler()], { attempts: 1, delay_ms: 1 }).start();
  const records = users.map(([name, userId], index) => userOf(`e-${index + 1}`, name, userId));
  await naru.broker.produce(naru.topic, 0, records);
  await letters(users.length);
}

const redriveAll = (more = {}) => redrive(naru, { topic: naru.topic, group, ratePerSecond: 10_000, ...more });

describe('promise 15: dead letters', () => {
  test('same partition, raw bytes and headers untouched, and headers that say where from and why', async () => {
    broken.add('bad');
    await naru.consumer(group, [handler()], quick).start();
    const bytes = Buffer.from([0xff, 0x00]);
    const sent = {
      ...userOf('e-1', 'bad'),
      headers: [...userOf('e-1', 'bad').headers, ['x-raw', bytes] as const],
    };
    await naru.broker.produce(naru.topic, 2, [sent]);
    const [letter] = await letters(1);
    expect(letter).toMatchObject({ partition: 2, key: sent.key, value: sent.value });
    expect(letter?.headers.slice(0, sent.headers.length)).toEqual(sent.headers);
    const text = (name: string) => headerText(letter?.headers ?? [], name);
    expect(text(deadLetterHeaders.topic)).toBe(naru.topic);
    expect(text(deadLetterHeaders.partition)).toBe('2');
    expect(text(deadLetterHeaders.offset)).toBe('0');
    expect(Number(text(deadLetterHeaders.timestamp))).toBeGreaterThan(1_700_000_000_000);
    expect(text(deadLetterHeaders.consumerGroup)).toBe(group);
    expect(text(deadLetterHeaders.exceptionName)).toBe('PermanentError:refused');
    expect(text(deadLetterHeaders.exceptionMessage)).toBe('bad is refused — 거절');
    expect(text(deadLetterHeaders.exceptionStack)).toMatch(/^PermanentError.*\n +at /);
    expect(text(deadLetterHeaders.attempts)).toBe('2');
  });

  test('what an earlier dead letter said is replaced, and a long message is cut between characters', async () => {
    const name = '거'.repeat(900);
    broken.add(name);
    await naru.consumer(group, [handler()], quick).start();
    const earlier = [
      [deadLetterHeaders.topic, Buffer.from('earlier')],
      [deadLetterHeaders.attempts, Buffer.from('99')],
    ] as const;
    const sent = userOf('e-1', name);
    await naru.broker.produce(naru.topic, 0, [{ ...sent, headers: [...sent.headers, ...earlier] }]);
    const [letter] = await letters(1);
    const values = (wanted: string) =>
      letter?.headers.filter(([header]) => header === wanted).map(([, value]) => String(value));
    expect(values(deadLetterHeaders.topic)).toEqual([naru.topic]);
    expect(values(deadLetterHeaders.attempts)).toEqual(['2']);
    expect(values(deadLetterHeaders.exceptionMessage)).toEqual(['거'.repeat(333)]);
  });

  test('one for each group that failed', async () => {
    broken.add('bad');
    const other = uniqueName('group');
    await naru.consumer(group, [handler()], quick).start();
    await naru.consumer(other, [handler()], quick).start();
    await naru.broker.produce(naru.topic, 0, [userOf('e-1', 'bad')]);
    const groups = (await letters(2)).map(({ headers }) =>
      headerText(headers, deadLetterHeaders.consumerGroup),
    );
    expect(groups.sort()).toEqual([group, other].sort());
  });

  test('written once, although the record is read again', async () => {
    broken.add('bad');
    const consumer = naru.consumer(group, [handler()], quick);
    await consumer.start();
    await naru.broker.produce(naru.topic, 0, [userOf('e-1', 'bad')]);
    await letters(1);
    await consumer.stop();
    await naru.database('consumer_progress').update({ next_offset: 0 });
    await naru.consumer(group, [handler()], quick).start();
    await naru.broker.produce(naru.topic, 0, [userOf('e-2', 'good')]);
    await eventually('the next one is done', async () => (await naru.effects()).length === 1);
    await naru.drained();
    expect(await letters(1)).toHaveLength(1);
  });
});

describe('promise 16: redrive', () => {
  test('a dry run tells and sends nothing; then each is sent once, in key order, with its event id', async () => {
    broken.add('a').add('b').add('c');
    await naru.consumer(group, [handler()], quick).start();
    await naru.broker.produce(naru.topic, 0, [userOf('e-1', 'a'), userOf('e-2', 'b'), userOf('e-3', 'c')]);
    await letters(3);
    const dry = await redriveAll({ dryRun: true });
    expect(dry.redriven.map(({ eventId }) => eventId)).toEqual(['e-1', 'e-2', 'e-3']);
    expect(await naru.database('redriven').select()).toEqual([]);
    broken.clear();
    expect((await redriveAll()).redriven).toHaveLength(3);
    const effects = await eventually('three effects', async () => {
      const found = await naru.effects();
      return found.length === 3 && found;
    });
    expect(effects.map((effect) => effect.event_id)).toEqual(['e-1', 'e-2', 'e-3']);
    const again = await redriveAll();
    expect(again.redriven).toEqual([]);
    expect(again.already).toBe(3);
    expect(await naru.database('redriven').select('event_id', 'times')).toHaveLength(3);
  });

  test('by group, by key and by event id', async () => {
    broken.add('a').add('b').add('c');
    await naru.consumer(group, [handler()], quick).start();
    await naru.consumer(uniqueName('other'), [handler()], quick).start();
    await naru.broker.produce(naru.topic, 0, [
      userOf('e-1', 'a', 1),
      userOf('e-2', 'b', 2),
      userOf('e-3', 'c', 2),
    ]);
    await letters(6);
    expect((await redriveAll({ dryRun: true })).redriven.map((letter) => letter.group)).toEqual([
      group,
      group,
      group,
    ]);
    expect((await redriveAll({ key: '2', dryRun: true })).redriven.map(({ eventId }) => eventId)).toEqual([
      'e-2',
      'e-3',
    ]);
    expect((await redriveAll({ id: 'e-1', dryRun: true })).redriven).toHaveLength(1);
  });

  test('other groups pass over what is redriven for one', async () => {
    broken.add('bad');
    await naru.consumer(group, [handler()], quick).start();
    await naru.broker.produce(naru.topic, 0, [userOf('e-1', 'bad')]);
    await letters(1);
    const other = await kit();
    broken.clear();
    await redriveAll();
    await eventually('the group has handled it', async () => (await naru.effects()).length === 1);
    const copy = (await recordsOf(naru.broker, naru.topic))[1];
    await other.consumer(uniqueName('other'), [handler()], quick).start();
    await other.broker.produce(other.topic, 0, [copy as NonNullable<typeof copy>, userOf('e-9', 'good')]);
    await eventually('the other has gone past it', async () => (await other.effects()).length === 1);
    expect((await other.effects()).map((effect) => effect.event_id)).toEqual(['e-9']);
    await eventually('it was passed over', async () => (await other.consumed('skipped')) === 1);
    await other.close();
  });

  test('after five times it is refused and stays', async () => {
    broken.add('bad');
    await naru.consumer(group, [handler()], { attempts: 1, delay_ms: 1 }).start();
    await naru.broker.produce(naru.topic, 0, [userOf('e-1', 'bad')]);
    for (let times = 1; times <= REDRIVES_MAX; times++) {
      await letters(times);
      expect((await redriveAll()).redriven).toHaveLength(1);
    }
    await letters(REDRIVES_MAX + 1);
    const report = await redriveAll();
    expect(report.redriven).toEqual([]);
    expect(report.refused.map(({ redrives }) => redrives)).toEqual([REDRIVES_MAX]);
    expect((await list()).letters.map(({ state }) => state)).toEqual([
      ...Array<string>(REDRIVES_MAX).fill('redriven'),
      'quarantined',
    ]);
  });

  test('one is refused while an earlier one of its key waits, which is named', async () => {
    await failed(['a', 2], ['b', 1], ['c', 2]);
    const report = await redriveAll({ id: 'e-3' });
    expect(report.redriven).toEqual([]);
    expect(report.outOfTurn).toMatchObject([
      { letter: { eventId: 'e-3' }, earlier: `${group}:${naru.topic}:0:0` },
    ]);
    broken.clear();
    expect((await redriveAll({ id: 'e-1' })).redriven).toHaveLength(1);
    expect((await redriveAll({ id: `${group}:${naru.topic}:0:2` })).redriven).toHaveLength(1);
    await eventually('both have their effect', async () => (await naru.effects()).length === 2);
    expect((await naru.effects()).map((effect) => effect.event_id)).toEqual(['e-1', 'e-3']);
  });

  test('two runs at once send each once, in key order', async () => {
    await failed(...Array.from({ length: 6 }, (_, index) => [`n${index}`, 1] as const));
    broken.clear();
    const reports = await Promise.all([redriveAll(), redriveAll()]);
    expect(reports.flatMap(({ redriven }) => redriven)).toHaveLength(6);
    expect(reports.reduce((sum, { already }) => sum + already, 0)).toBe(6);
    const effects = await eventually('all have their effect', async () => {
      const found = await naru.effects();
      return found.length === 6 && found;
    });
    expect(effects.map(({ name }) => name)).toEqual(effects.map((_, index) => `n${index}`));
    await naru.drained();
    expect(await recordsOf(naru.broker, naru.topic)).toHaveLength(12);
  });

  test('a limit ends the run, and the next one goes on from there', async () => {
    await failed(['a', 1], ['b', 1], ['c', 1]);
    broken.clear();
    expect(await redriveAll({ limit: 2 })).toMatchObject({ isCutShort: true, redriven: [{}, {}] });
    expect(await redriveAll({ limit: 2 })).toMatchObject({ isCutShort: false, redriven: [{}], already: 2 });
  });
});

describe('looking at dead letters', () => {
  test('in pages, by group, key and state, as plain data', async () => {
    await failed(['a', 1], ['b', 2], ['c', 1], ['d', 1]);
    expect((await list({ group: 'another' })).letters).toEqual([]);
    await redriveAll({ id: 'e-1' });
    const first = await list({ key: '1', limit: 2 });
    expect(first.letters.map(({ eventId, state }) => [eventId, state])).toEqual([
      ['e-1', 'redriven'],
      ['e-3', 'waiting'],
    ]);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    const second = await list({ key: '1', limit: 2, after: first.next ?? '' });
    expect(second.letters.map(({ eventId }) => eventId)).toContain('e-4');
    const waiting = await list({ state: 'waiting', limit: 3 });
    expect(waiting.letters.map(({ eventId }) => eventId)).toEqual(['e-2', 'e-3', 'e-4']);
    await expect(list({ after: 'nonsense' })).rejects.toThrow(RangeError);
  });

  test('one, by its id or its event id, with its record', async () => {
    await failed(['a', 1], ['b', 1]);
    for (const id of ['e-2', `${group}:${naru.topic}:0:1`]) {
      const found = await findDeadLetters(sources(), naru.topic, id, 10);
      expect(found.map(({ letter, record: { key } }) => [letter.eventId, String(key)])).toEqual([
        ['e-2', '1'],
      ]);
    }
    expect(await findDeadLetters(sources(), naru.topic, 'e-9', 10)).toEqual([]);
  });
});
