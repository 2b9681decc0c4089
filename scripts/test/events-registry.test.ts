import { createSchemaRegistry } from '@naru/kernel';
import { uniqueName } from '@naru/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breaksBetween } from '../src/events/breakages';
import { readRepository } from '../src/events/released';
import { registerReleases, type Registration } from '../src/events/registry';
import { parseEventSchema } from '../src/events/schemas';
import { register } from '../src/events/tell';
import { startPlatform, type Platform } from '../src/platform';

const root = join(__dirname, '../..');
const START_MS = 320_000;

let directory: string;
let platform: Platform;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-events-'));
  platform = await startPlatform({ directory, portOffset: 'free', parts: ['registry'] });
}, START_MS);
afterAll(async () => {
  await platform.stop();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const first = {
  type: 'record',
  name: 'SampleMade',
  namespace: 'naru.sample',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'count', type: 'int' },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['ON', 'OFF'] } },
  ],
};
const [id, count, state] = first.fields;
const colour = { name: 'colour', type: 'string' };

/** Registers versions as they would be if nobody had asked the gate. */
async function registered(topic: string, ...versions: object[]): Promise<Registration[]> {
  const told: Registration[] = [];
  const releases = new Map([['sample.made', { topic, key: null, versions }]]);
  await registerReleases(createSchemaRegistry(platform.urls.registry), releases, (one) => told.push(one));
  return told;
}

test('all that was released is registered in order, and has the same ids when it is done again', async () => {
  const runs: string[][] = [[], []];
  for (const lines of runs)
    expect(await register(root, platform.urls.registry, (line) => lines.push(line))).toBe(0);
  const [lines, again] = runs;
  const versions = [...readRepository(root).releases.values()].flatMap((release) => release.versions);
  expect(lines).toHaveLength(versions.length);
  expect(lines).toContainEqual(
    expect.stringMatching(/^order\.created\.v1-naru\.order\.OrderCreated version 1: id \d+$/),
  );
  expect(again).toEqual(lines);
});

test('an older version keeps its id when a newer one is there', async () => {
  const topic = uniqueName('samples');
  const second = { ...first, fields: [...first.fields, { ...colour, default: '' }] };
  const told = await registered(topic, first, second);
  expect(told).toMatchObject([{ version: 1 }, { version: 2 }]);
  expect(await registered(topic, first, second)).toEqual(told);
});

test.each([
  ['a field without a default', [...first.fields, colour]],
  ['a field that is gone', [id, count]],
  ['a wider type', [id, { name: 'count', type: 'long' }, state]],
  [
    'a new symbol',
    [id, count, { name: 'state', type: { type: 'enum', name: 'State', symbols: ['ON', 'OFF', 'NEW'] } }],
  ],
])('the registry refuses what the gate refuses: %s', async (_, fields) => {
  const second = { ...first, fields };
  expect(breaksBetween(parseEventSchema(first), parseEventSchema(second))).not.toEqual([]);
  const told = await registered(uniqueName('samples'), first, second, first);
  expect(told).toMatchObject([{ version: 1, id: expect.any(Number) as number }, { version: 2 }]);
  expect(told[1]).toHaveProperty(
    'refused',
    expect.stringMatching(/the schema registry refuses .*SampleMade/),
  );
});

test('a registry that does not answer is said to, and nothing else happens', async () => {
  const lines: string[] = [];
  expect(await register(root, 'http://127.0.0.1:1/apis/ccompat/v7', (line) => lines.push(line))).toBe(1);
  expect(lines).toEqual([expect.stringMatching(/^✗ .*schema-registry.*run it again\.$/)]);
});
