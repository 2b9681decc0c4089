import { deadLetterHeaders, eventHeaders, services, type ServiceName } from '@naru/contracts';
import { createDatabase, migrate, type Database, type OutgoingRecord } from '@naru/kernel';
import { infrastructure, testBroker, uniqueName } from '@naru/testing';

import { UsageError } from '../src/arguments';
import { run } from '../src/commands/dead-letters';
import { runningDatabaseUrl } from '../src/platform';

const TOPIC = 'board.created';
const GROUP = 'point-consumer-group';
const { directory } = infrastructure();

let database: Database;
let output: string[];
/** A key that no other test uses; its records are all in partition 1. */
let key: string;
beforeAll(async () => {
  const others = (Object.keys(services) as ServiceName[]).filter(
    (service) => services[service].database && service !== 'point',
  );
  for (const service of others) {
    const other = createDatabase(runningDatabaseUrl(service, directory), 2);
    await migrate(other, []).finally(() => other.destroy());
  }
  database = createDatabase(runningDatabaseUrl('point', directory), 2);
  await migrate(database, []);
});
afterAll(() => database.destroy());
beforeEach(() => {
  key = uniqueName('key');
  output = [];
  jest.spyOn(console, 'log').mockImplementation((text: string) => void output.push(text));
});
afterEach(() => jest.restoreAllMocks());

/** @returns the exit code, with what was printed in `output` */
function command(...argv: string[]): Promise<number> {
  output = [];
  return run([...argv, '--directory', directory]);
}
const printed = () => output.join('\n');

function letterOf(eventId: string, offset: number, redrives = 0): OutgoingRecord {
  const headers = {
    [eventHeaders.id]: eventId,
    [deadLetterHeaders.topic]: TOPIC,
    [deadLetterHeaders.partition]: '1',
    [deadLetterHeaders.offset]: String(offset),
    [deadLetterHeaders.consumerGroup]: GROUP,
    [deadLetterHeaders.exceptionName]: 'PermanentError:refused',
    [deadLetterHeaders.exceptionMessage]: 'the rule says no',
    ...(redrives > 0 && { 'naru-redrive-count': String(redrives) }),
  };
  return {
    key: Buffer.from(key),
    value: Buffer.from(`{"of":"${eventId}"}`),
    headers: Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const),
  };
}

/** Some number that no other test gives as an offset. */
const offsetBase = () => Math.floor(Math.random() * 1e12);

async function produce(...letters: OutgoingRecord[]) {
  const broker = testBroker();
  await broker.produce(`${TOPIC}.dlt`, 1, letters).finally(() => broker.disconnect());
}

async function outboxRows(): Promise<{ event_id: string; topic: string; payload: Buffer }[]> {
  const rows = database('outbox')
    .where({ record_key: Buffer.from(key) })
    .orderBy('id');
  return rows.select('event_id', 'topic', 'payload');
}

test('dead letters are listed, shown, and redriven in their order', async () => {
  const offset = offsetBase();
  const [first, second, worst] = [`${key}-1`, `${key}-2`, `${key}-3`];
  await produce(letterOf(first, offset), letterOf(second, offset + 1), letterOf(worst, offset + 2, 5));

  expect(await command('list', '--topic', TOPIC, '--group', 'point', '--key', key)).toBe(0);
  expect(printed()).toMatch(
    new RegExp(`${GROUP}:${TOPIC}:1:${offset} .*${first}.*waiting.*the rule says no`),
  );
  expect(printed()).toMatch(new RegExp(`${worst}.*quarantined`));

  expect(await command('show', second)).toBe(0);
  expect(printed()).toContain(`{"of":"${second}"}`);
  expect(printed()).toMatch(/kafka_dlt-exception-fqcn +PermanentError:refused/);
  expect(await command('show', `${key}-none`)).toBe(1);

  expect(await command('redrive', '--id', second, '--group', 'point')).toBe(1);
  expect(printed()).toContain(`its key waits for ${GROUP}:${TOPIC}:1:${offset}`);
  expect(await command('redrive', '--key', key, '--group', GROUP, '--dry-run')).toBe(1);
  expect(printed()).toContain('2 would be sent, 1 refused, 0 were sent before');
  expect(await outboxRows()).toEqual([]);

  expect(await command('redrive', '--id', `${GROUP}:${TOPIC}:1:${offset}`, '--rate', '1000')).toBe(0);
  expect(await command('redrive', '--key', key, '--topic', TOPIC, '--group', GROUP)).toBe(1);
  expect(printed()).toContain('1 sent, 1 refused, 1 were sent before');
  const rows = await outboxRows();
  expect(rows.map((row) => [row.topic, String(row.payload)])).toEqual([
    [TOPIC, `{"of":"${first}"}`],
    [TOPIC, `{"of":"${second}"}`],
  ]);
  expect(await command('list', '--key', key, '--state', 'redriven')).toBe(0);
  expect(printed()).toContain(second);
});

test('parked keys are listed, released and discarded', async () => {
  const offset = offsetBase();
  const place = { consumer_group: GROUP, topic: TOPIC, partition_number: 1, record_key: Buffer.from(key) };
  const exception = {
    exception_name: 'PermanentError:refused',
    exception_message: 'no',
    exception_stack: '',
  };
  await database('parked_keys').insert({ ...place, ...exception, records: 2, attempts: 4 });
  const stored = { payload: '{}', headers: '[]', timestamp_ms: 1 };
  await database('parked_records').insert([
    { ...place, ...stored, record_offset: offset },
    { ...place, ...stored, record_offset: offset + 1 },
  ]);
  const id = `${GROUP}:${TOPIC}:1:${offset}`;

  expect(await command('parked', '--key', key)).toBe(0);
  expect(printed()).toMatch(new RegExp(`${id} .*${key}.* 2 +4 +parked +PermanentError:refused: no`));
  expect(await command('discard', `${GROUP}:${TOPIC}:1:${offset + 1}`)).toBe(1);
  expect(printed()).toContain('stops no key');
  expect(await command('discard', id)).toBe(0);
  expect((await outboxRows()).map((row) => [row.event_id, row.topic])).toEqual([[id, `${TOPIC}.dlt`]]);
  expect(await command('parked', '--key', key)).toBe(0);
  expect(printed()).toMatch(/ 1 +0 +releasing/);
  expect(await command('discard', `${GROUP}:${TOPIC}:1:${offset + 1}`)).toBe(1);
  expect(printed()).toContain('is being released');

  await database('parked_keys').where(place).update({ parking_state: 'PARKED' });
  expect(await command('release', '--key', key, '--topic', TOPIC)).toBe(0);
  expect(printed()).toContain('1 key is released');
  expect(await command('release', `${GROUP}:${TOPIC}:1:${offset + 1}`)).toBe(1);
  await database('parked_keys').where(place).delete();
  await database('parked_records').where(place).delete();
  expect(await command('parked', '--key', key)).toBe(0);
});

test.each([
  [['bogus'], 'no action'],
  [['redrive'], 'either --all, or some of'],
  [['redrive', '--all', '--key', 'k'], 'either --all, or some of'],
  [['redrive', '--all', '--rate', '0'], 'whole number'],
  [['redrive', '--group', 'nobody'], GROUP],
  [['list', '--topic', 'no.such.topic'], TOPIC],
  [['list', '--after', '0:1'], '--topic'],
  [['show'], 'usage: show ID'],
  [['show', 'a', 'b'], 'one word too many'],
  [['release'], 'either an ID'],
  [['discard', 'nonsense'], 'not the id of a parked record'],
])('%j is a usage error', async (argv, message) => {
  const failure = command(...argv);
  await expect(failure).rejects.toThrow(UsageError);
  await expect(failure).rejects.toThrow(message);
});

test('help tells the actions and their flags', async () => {
  expect(await run(['--help'])).toBe(0);
  expect(printed()).toMatch(/redrive .*\n/);
  expect(await run(['redrive', '--help'])).toBe(0);
  expect(printed()).toContain('--dry-run');
});
