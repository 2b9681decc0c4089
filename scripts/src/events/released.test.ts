import type { Topics } from '@naru/contracts';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breakagesOf } from './gate';
import { readRepository, release, unreleased } from './released';

const EVENTS = 'services/contracts/events';
const RELEASED = 'services/contracts/released';
const topics: Topics = {
  'samples.v1': {
    partitions: 1,
    retentionMs: -1,
    key: 'id',
    producer: 'order',
    events: ['sample.made' as never, 'sample.sold' as never],
    consumers: {},
    deadLetterTopic: 'samples.v1.dlt',
  },
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'naru-events-'));
  mkdirSync(join(root, EVENTS), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const text = (path: string) => readFileSync(join(root, path), 'utf8');

function write(type: string, ...fields: object[]) {
  const schema = {
    type: 'record',
    name: 'Sample',
    namespace: 'naru',
    fields: [{ name: 'id', type: 'long' }, ...fields],
  };
  writeFileSync(join(root, EVENTS, `${type}.avsc`), JSON.stringify(schema, null, 2));
}

const colour = { name: 'colour', type: 'string', default: '' };

test('each schema that was changed has a version more, byte for byte, and the others have not', () => {
  write('sample.made');
  write('sample.sold');
  expect(release(root, topics)).toEqual({
    written: [`${RELEASED}/sample.made/1.avsc`, `${RELEASED}/sample.sold/1.avsc`],
  });
  const first = text(`${RELEASED}/sample.made/1.avsc`);
  write('sample.made', colour);
  expect(unreleased(readRepository(root, topics))).toEqual(['sample.made']);
  expect(release(root, topics)).toEqual({ written: [`${RELEASED}/sample.made/2.avsc`] });
  expect(text(`${RELEASED}/sample.made/2.avsc`)).toBe(text(`${EVENTS}/sample.made.avsc`));
  expect(text(`${RELEASED}/sample.made/1.avsc`)).toBe(first);
  expect(release(root, topics)).toEqual({ written: [] });
  expect(readRepository(root, topics)).toMatchObject({ damages: [] });
});

test('one that breaks keeps all from being released', () => {
  write('sample.made');
  release(root, topics);
  write('sample.made', { name: 'colour', type: 'string' });
  write('sample.sold');
  expect(release(root, topics)).toMatchObject({ breakages: [{ kind: 'field-added', versions: [1] }] });
  expect([...readRepository(root, topics).releases.keys()]).toEqual(['sample.made']);
});

test('each version counts that was ever released', () => {
  write('sample.made');
  release(root, topics);
  write('sample.made', colour);
  release(root, topics);
  write('sample.made', { name: 'colour', type: 'string' });
  expect(breakagesOf(readRepository(root, topics))).toMatchObject([{ kind: 'field-added', versions: [1] }]);
});

test('a released file that was edited is found, and keeps further ones from being released', () => {
  write('sample.made');
  release(root, topics);
  appendFileSync(join(root, `${RELEASED}/sample.made/1.avsc`), '\n');
  write('sample.made', colour);
  const edited =
    `${RELEASED}/sample.made/1.avsc was edited, and it is released: events that were written by it are still there. ` +
    `Put it back; a change goes to ${EVENTS}/sample.made.avsc.`;
  expect(readRepository(root, topics).damages).toEqual([edited]);
  expect(release(root, topics)).toEqual({ refused: [edited], breakages: [] });
});

test('a released file that is gone is found', () => {
  write('sample.made');
  release(root, topics);
  rmSync(join(root, `${RELEASED}/sample.made/1.avsc`));
  expect(readRepository(root, topics).damages).toEqual([
    `${RELEASED}/sample.made/1.avsc is gone, and it is released. Put it back.`,
  ]);
});

test('a file that no release wrote is found, and is not written over', () => {
  write('sample.made');
  release(root, topics);
  const slippedIn = `${RELEASED}/sample.made/2.avsc`;
  writeFileSync(join(root, slippedIn), 'mine');
  write('sample.made', colour);
  const found = `${slippedIn} was not written by a release. Remove it, and run \`npm run events -- release\`.`;
  expect(release(root, topics)).toEqual({ refused: [found], breakages: [] });
  expect(text(slippedIn)).toBe('mine');
});

test('an event type that no topic carries is not released', () => {
  write('sample.lost');
  expect(release(root, topics)).toEqual({
    refused: ['sample.lost: no topic in topology.ts carries it. Declare where it goes first.'],
    breakages: [],
  });
});

test('a file that is not JSON is named', () => {
  writeFileSync(join(root, EVENTS, 'sample.made.avsc'), '{');
  expect(() => readRepository(root, topics)).toThrow(
    /services\/contracts\/events\/sample\.made\.avsc is not JSON/,
  );
});
