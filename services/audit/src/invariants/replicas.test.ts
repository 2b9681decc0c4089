import { describe, expect, test } from '@jest/globals';
import { aLog, aRecord, aService, someFacts } from '../../test/some-facts';
import type { Author } from '../community-facts';
import type { LogRecord } from '../facts';
import { profileVersions, replicas } from './replicas';

const user = {
  users: [{ userId: 1, email: 'a@example.com', name: 'New', score: 0, version: 2 }],
  scoreEntries: [],
};
const told = (version: number, offset: number, eventId = `v${version}`): LogRecord =>
  aRecord(eventId, offset, {
    type: version === 1 ? 'user.signed-up' : 'user.updated',
    data: { userId: 1, name: 'New', version },
  });
const author: Author = { userId: 1, name: 'New', version: 2 };
const account = { userId: 1, balance: 0, isOpened: true };
const with_ = (
  authors: readonly Author[],
  accounts = [account],
  records: readonly LogRecord[] = [told(1, 0), told(2, 1)],
) =>
  someFacts({
    user,
    board: { boards: [], authors },
    point: { accounts, entries: [], deductions: [] },
    logs: [aLog(records)],
    services: [aService('board', [])],
  });

describe('replicas', () => {
  test('the same name and version, and an account, are fine', () => {
    expect(replicas(with_([author]))).toMatchObject({ checked: 2, violated: 0 });
  });

  test.each<[string, Author[], string]>([
    ['an older version', [{ ...author, name: 'Old', version: 1 }], 'user 1 is "New" 2, for board "Old" 1'],
    ['nothing', [], 'user 1 is "New" 2, for board unknown'],
    [
      'a row without a name',
      [{ ...author, name: null, version: 0 }],
      'user 1 is "New" 2, for board "null" 0',
    ],
  ])('board has %s', (_, authors, violation) => {
    expect(replicas(with_(authors)).violations).toEqual([violation]);
  });

  test('board knows somebody whom nobody told of', () => {
    expect(replicas(with_([author, { userId: 9, name: 'X', version: 1 }])).violations).toEqual([
      'board knows user 9, whom nobody told of',
    ]);
  });

  test.each([[[]], [[{ ...account, isOpened: false }]]])(
    'a user without an opened account: %j',
    (accounts) => {
      expect(replicas(with_([author], accounts)).violations).toEqual(['user 1 has no account']);
    },
  );

  test('a profile that board put aside may differ', () => {
    const origin = { id: 'x', group: 'board-consumer-group', topic: 't', partition: 0, offset: 1 };
    const records = [told(1, 0), { ...told(2, 1), letter: origin }];
    expect(replicas(with_([{ ...author, name: 'Old', version: 1 }], [account], records))).toMatchObject({
      violated: 0,
    });
  });
});

describe('profile-versions', () => {
  test('each version once, repeats of a record included, is fine', () => {
    const facts = with_([], [], [told(1, 0), told(2, 1), told(1, 2)]);
    expect(profileVersions(facts)).toMatchObject({ checked: 1, violated: 0 });
  });

  test.each<[string, LogRecord[], string]>([
    ['one that nobody told of', [told(1, 0)], 'user 1: version 2, told 1'],
    [
      'one told by two events',
      [told(1, 0), told(2, 1), told(2, 2, 'again')],
      'user 1: version 2, told 1, 2, 2',
    ],
    ['nothing told', [], 'user 1: version 2, told none'],
  ])('%s', (_, records, violation) => {
    const logs = [aLog(records, { topic: 'user.signed-up' })];
    expect(profileVersions({ ...with_([], [], records), logs }).violations).toEqual([violation]);
  });

  test('a user who was told of, but is lost', () => {
    const facts = { ...with_([]), user: { users: [], scoreEntries: [] } };
    expect(profileVersions(facts).violations).toEqual(['user 1: told of, but not there']);
  });
});
