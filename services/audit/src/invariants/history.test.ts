import { describe, expect, test } from '@jest/globals';
import { aLog, aRecord, NOW_MS, someFacts } from '../../test/some-facts';
import type { Command, Outcome } from '../types';
import { boards, renames, signUps } from './history';

const attempt = (outcome: Outcome) => ({
  outcome,
  sentAt_ms: NOW_MS,
  latency_ms: 5,
  status: outcome === 'ok' ? 204 : 0,
});
const person = (userId: number, email: string) => ({ userId, email, name: 'A', score: 0, version: 1 });
const row = (boardId: number, title: string) => ({ boardId, userId: 1, title, status: 'PUBLISHED' });

describe('sign-ups', () => {
  const signUp = (outcome: Outcome, email = 'a@example.com'): Command => ({
    kind: 'sign-up',
    email,
    ...attempt(outcome),
  });
  const facts = (...emails: string[]) =>
    someFacts({ user: { users: emails.map((email, index) => person(index + 1, email)), scoreEntries: [] } });

  test.each<[string, Command[], string[]]>([
    ['an acknowledged one is there', [signUp('ok', 'A@Example.com ')], ['a@example.com']],
    ['a failed one is not', [signUp('fail')], []],
    ['an unknown one is there', [signUp('unknown')], ['a@example.com']],
    ['an unknown one is not there', [signUp('unknown')], []],
    [
      'one failed because another, unanswered, was first',
      [signUp('unknown'), signUp('fail')],
      ['a@example.com'],
    ],
  ])('fine: %s', (_, history, emails) => {
    expect(signUps(facts(...emails), history)).toMatchObject({ checked: 1, violated: 0 });
  });

  test.each<[string, Command[], string[], string]>([
    ['an acknowledged one is lost', [signUp('ok')], [], 'a@example.com: 0 there, 1 expected'],
    ['a failed one took effect', [signUp('fail')], ['a@example.com'], 'a@example.com: 1 there, 0 expected'],
    [
      'one took effect twice',
      [signUp('unknown')],
      ['a@example.com', 'a@example.com'],
      'a@example.com: 2 there, 0 to 1 expected',
    ],
  ])('%s', (_, history, emails, violation) => {
    expect(signUps(facts(...emails), history).violations).toEqual([violation]);
  });

  test('commands whose service was not read are not green', () => {
    expect(signUps(someFacts(), [signUp('ok')])).toMatchObject({ violated: 1 });
    expect(signUps(someFacts(), [])).toMatchObject({ checked: 0, violated: 0 });
  });
});

describe('boards', () => {
  const write = (outcome: Outcome, boardId?: number): Command => ({
    kind: 'board',
    userId: 1,
    title: 'T',
    boardId,
    ...attempt(outcome),
  });
  const facts = (...rows: ReturnType<typeof row>[]) => someFacts({ board: { boards: rows, authors: [] } });

  test('an acknowledged one under its id, and an unknown one once or not at all, are fine', () => {
    expect(boards(facts(row(7, 'T')), [write('ok', 7)])).toMatchObject({ checked: 2, violated: 0 });
    expect(boards(facts(row(7, 'T'), row(8, 'T')), [write('ok', 7), write('unknown')])).toMatchObject({
      violated: 0,
    });
    expect(boards(facts(), [write('unknown'), write('fail')])).toMatchObject({ violated: 0 });
  });

  test.each<[string, Command[], ReturnType<typeof row>[], string]>([
    ['lost', [write('ok')], [], 'user 1 "T": 0 there, 1 expected'],
    ['doubled', [write('ok')], [row(7, 'T'), row(8, 'T')], 'user 1 "T": 2 there, 1 expected'],
    ['failed, but there', [write('fail')], [row(7, 'T')], 'user 1 "T": 1 there, 0 expected'],
    ['under another id', [write('ok', 9)], [row(7, 'T')], 'board 9: nothing instead of user 1 "T"'],
  ])('%s', (_, history, rows, violation) => {
    expect(boards(facts(...rows), history).violations).toEqual([violation]);
  });
});

describe('renames', () => {
  const rename = (outcome: Outcome, name = 'New'): Command => ({
    kind: 'rename',
    userId: 1,
    name,
    ...attempt(outcome),
  });
  const facts = (...names: string[]) => {
    const records = names.map((name, index) =>
      aRecord(`e${index}`, index, {
        type: index === 0 ? 'user.signed-up' : 'user.updated',
        data: { userId: 1, name, version: index + 1 },
      }),
    );
    return someFacts({
      user: { users: [person(1, 'a@example.com')], scoreEntries: [] },
      logs: [aLog(records)],
    });
  };

  test.each<[string, Command[], string[]]>([
    ['told', [rename('ok')], ['Old', 'New']],
    ['asked for twice, told once', [rename('ok'), rename('ok')], ['Old', 'New']],
    ['to the name of before, for which nothing is told', [rename('ok', 'Old')], ['Old']],
    ['unknown and told', [rename('unknown')], ['Old', 'New']],
    ['unknown and not told', [rename('unknown')], ['Old']],
  ])('fine: %s', (_, history, names) => {
    expect(renames(facts(...names), history)).toMatchObject({ checked: 1, violated: 0 });
  });

  test.each<[string, Command[], string[], string]>([
    ['acknowledged, but lost', [rename('ok')], ['Old'], 'user 1 "New": told 0 times, asked for 1 to 1'],
    ['failed, but told', [rename('fail')], ['Old', 'New'], 'user 1 "New": told 1 times, asked for 0 to 0'],
    ['told twice', [rename('ok')], ['Old', 'New', 'New'], 'user 1 "New": told 2 times, asked for 1 to 1'],
  ])('%s', (_, history, names, violation) => {
    expect(renames(facts(...names), history).violations).toEqual([violation]);
  });
});
