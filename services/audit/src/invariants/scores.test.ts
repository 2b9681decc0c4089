import { describe, expect, test } from '@jest/globals';
import { aLog, aRecord, aService, someFacts } from '../../test/some-facts';
import type { Board, ScoreEntry } from '../community-facts';
import type { Facts } from '../facts';
import { rejections, scores } from './scores';

const stands: Board = { boardId: 7, userId: 1, title: 'T', status: 'PUBLISHED' };
const hidden: Board = { boardId: 8, userId: 1, title: 'U', status: 'REJECTED' };
const awarded: ScoreEntry = { userId: 1, boardId: 7, status: 'AWARDED', score: 10 };
const takenBack: ScoreEntry = { userId: 1, boardId: 8, status: 'TAKEN_BACK', score: 0 };
const user = (score: number, scoreEntries: readonly ScoreEntry[]): Partial<Facts> => ({
  user: { users: [{ userId: 1, email: 'a@example.com', name: 'A', score, version: 1 }], scoreEntries },
});
const board: Partial<Facts> = { board: { boards: [stands, hidden], authors: [] } };

describe('scores', () => {
  test('10 for the board that stands and nothing for the hidden one is fine', () => {
    expect(scores(someFacts({ ...user(10, [awarded, takenBack]), ...board }))).toMatchObject({
      checked: 3,
      violated: 0,
    });
  });

  test.each<[string, number, ScoreEntry[], string]>([
    ['a score that is not the sum', 20, [awarded, takenBack], 'user 1: 20, entries 10'],
    ['a board that earned nothing', 0, [takenBack], 'board 7 is PUBLISHED: no entry'],
    [
      'a board that earned twice',
      20,
      [awarded, awarded, takenBack],
      'board 7 is PUBLISHED: AWARDED 10 of user 1, AWARDED 10 of user 1',
    ],
    [
      'a hidden board that kept its score',
      20,
      [awarded, { ...awarded, boardId: 8 }],
      'board 8 is REJECTED: AWARDED 10 of user 1',
    ],
  ])('%s', (_, score, entries, violation) => {
    expect(scores(someFacts({ ...user(score, entries), ...board })).violations).toEqual([violation]);
  });

  test('entries of a user who is not there', () => {
    const facts = someFacts({ user: { users: [], scoreEntries: [awarded, takenBack] }, ...board });
    expect(scores(facts).violations).toEqual(['user 1: entries without a user']);
  });

  test('a board that the user service put aside is noted', () => {
    const origin = { id: 'x', group: 'user-consumer-group', topic: 't', partition: 0, offset: 0 };
    const letter = aRecord('x', 0, { type: 'board.created', data: { boardId: 7 }, letter: origin });
    const facts = someFacts({
      ...user(0, [takenBack]),
      ...board,
      logs: [aLog([letter])],
      services: [aService('user', [])],
    });
    expect(scores(facts)).toMatchObject({
      violated: 0,
      notes: ['1 boards whose events the user service put aside'],
    });
  });
});

describe('rejections', () => {
  const point = (status: string): Partial<Facts> => ({
    point: {
      accounts: [],
      entries: [],
      deductions: [7, 8].map((boardId) => ({
        boardId,
        userId: 1,
        amount: 100,
        status: boardId === 8 ? status : 'DEDUCTED',
      })),
    },
  });

  test('the board that could not be paid for is hidden: fine', () => {
    expect(rejections(someFacts({ ...board, ...point('REJECTED') }))).toMatchObject({
      checked: 2,
      violated: 0,
    });
  });

  test('a board that is hidden although it was paid for', () => {
    expect(rejections(someFacts({ ...board, ...point('DEDUCTED') })).violations).toEqual([
      'board 8 is REJECTED, its deduction DEDUCTED',
    ]);
  });

  test('a board that stands although it was not', () => {
    const standing: Partial<Facts> = { board: { boards: [{ ...hidden, status: 'PUBLISHED' }], authors: [] } };
    expect(rejections(someFacts({ ...standing, ...point('REJECTED') })).violations).toEqual([
      'board 8 is PUBLISHED, its deduction REJECTED',
    ]);
  });
});
