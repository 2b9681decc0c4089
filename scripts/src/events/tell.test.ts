import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, list, releaseChanges } from './tell';

const CONTRACTS = 'services/contracts';
const UPDATED = 'events/user.updated.avsc';

let root: string;
let lines: string[];
const say = (line: string) => lines.push(line);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'naru-events-'));
  lines = [];
  for (const directory of ['events', 'released'])
    cpSync(join(__dirname, '../../..', CONTRACTS, directory), join(root, CONTRACTS, directory), {
      recursive: true,
    });
  // What is not released yet in the repository is not what is tested.
  releaseChanges(root, () => undefined);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function addField(file: string, field: object) {
  const path = join(root, CONTRACTS, file);
  const schema = JSON.parse(readFileSync(path, 'utf8')) as { fields: object[] };
  writeFileSync(path, JSON.stringify({ ...schema, fields: [...schema.fields, field] }));
}

test('Naru’s own events: all is well, and there is nothing to release', () => {
  expect(check(root, true, say)).toBe(0);
  expect(lines).toEqual([
    expect.stringMatching(/^\d+ event types go together with all of \d+ released versions$/),
  ]);
  lines = [];
  expect(releaseChanges(root, say)).toBe(0);
  expect(lines).toEqual(['nothing was changed since the last release']);
});

test('a change that goes together is let through, is refused where it must be released, and is released', () => {
  addField(UPDATED, { name: 'nickname', type: 'string', default: '' });
  expect(check(root, false, say)).toBe(0);
  expect(check(root, true, say)).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(
      /^! user\.updated: was changed since version \d+; `npm run events -- release` makes it/,
    ),
    expect.stringMatching(/^✗ user\.updated: was changed since version/),
  ]);
  lines = [];
  expect(list(root, say)).toBe(0);
  expect(lines).toContainEqual(expect.stringMatching(/^user\.updated +user\.signed-up +\d+ +changed since$/));
  lines = [];
  expect(releaseChanges(root, say)).toBe(0);
  expect(lines).toEqual([
    expect.stringMatching(/^wrote services\/contracts\/released\/user\.updated\/\d+\.avsc$/),
  ]);
  expect(check(root, true, say)).toBe(0);
});

test('one that does not is refused by both, with what to do instead', () => {
  addField(UPDATED, { name: 'nickname', type: 'string' });
  const refusal = expect.stringMatching(
    /^✗ user\.updated: field "nickname" was added without a default.*Add it with/,
  );
  expect(check(root, false, say)).toBe(1);
  expect(lines[0]).toEqual(refusal);
  lines = [];
  expect(releaseChanges(root, say)).toBe(1);
  expect(lines).toEqual([refusal, 'nothing was released']);
});

test('an event type that is released and gone is listed as that', () => {
  rmSync(join(root, CONTRACTS, UPDATED));
  expect(list(root, say)).toBe(0);
  expect(lines).toContainEqual(expect.stringMatching(/^user\.updated .*no schema any more$/));
  expect(check(root, false, say)).toBe(1);
});
