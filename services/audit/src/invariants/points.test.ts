import { describe, expect, test } from '@jest/globals';
import { aLog, aRecord, aService, someFacts } from '../../test/some-facts';
import type { Board, PointFacts } from '../community-facts';
import type { LogRecord } from '../facts';
import { balances, deductions, grants } from './points';

const user = {
  users: [{ userId: 1, email: 'a@example.com', name: 'A', score: 10, version: 1 }],
  scoreEntries: [],
};
const boards: Board[] = [{ boardId: 7, userId: 1, title: 'T', status: 'PUBLISHED' }];
const grant = { key: 'signup:1', userId: 1, amount: 1_000, reason: 'SIGN_UP' };
const price = { key: 'board:7', userId: 1, amount: -100, reason: 'BOARD' };
const deduction = { boardId: 7, userId: 1, amount: 100, status: 'DEDUCTED' };
const fine: PointFacts = {
  accounts: [{ userId: 1, balance: 900, isOpened: true }],
  entries: [grant, price],
  deductions: [deduction],
};
const with_ = (point: Partial<PointFacts>, letters: readonly LogRecord[] = []) =>
  someFacts({
    user,
    board: { boards, authors: [] },
    point: { ...fine, ...point },
    logs: [aLog(letters)],
    services: [aService('point', [])],
  });

/** What the point service could not do anything with. */
function letterOf(type: string, data: object): LogRecord {
  const origin = { id: 'x', group: 'point-consumer-group', topic: 't', partition: 0, offset: 0 };
  return aRecord('x', 0, { type, data, letter: origin });
}

describe('balances', () => {
  test('the sum of the entries is fine', () => {
    expect(balances(with_({}))).toMatchObject({ checked: 3, violated: 0 });
  });

  test.each([
    [
      'a balance that is not the sum',
      { accounts: [{ ...fine.accounts[0]!, balance: 800 }] },
      'user 1: balance 800, entries 900',
    ],
    [
      'a balance that was negative for a while',
      { entries: [price, grant] },
      'user 1: -100 after entry board:7',
    ],
    ['entries without an account', { accounts: [] }, 'user 1: entries without an account'],
  ])('%s', (_, point, violation) => {
    expect(balances(with_(point)).violations).toEqual([violation]);
  });

  test('without the point service there is nothing to judge', () => {
    expect(balances(someFacts())).toMatchObject({ checked: 0, violated: 0 });
  });
});

describe('grants', () => {
  test('one for each user is fine', () => {
    expect(grants(with_({}))).toMatchObject({ checked: 2, violated: 0 });
  });

  test.each([
    ['none', { entries: [price] }, ['user 1: 0 grants']],
    ['two', { entries: [grant, grant, price] }, ['user 1: 2 grants']],
    ['another amount', { entries: [{ ...grant, amount: 999 }] }, ['user 1: 999 under signup:1']],
    [
      'one of nobody',
      { entries: [grant, { ...grant, userId: 2, key: 'signup:2' }] },
      ['user 2: 1 grants without a user'],
    ],
  ])('%s', (_, point, violations) => {
    expect(grants(with_(point)).violations).toEqual(violations);
  });

  test('a sign-up that is a dead letter of the point service brings none', () => {
    const letter = letterOf('user.signed-up', { userId: 1 });
    expect(grants(with_({ entries: [price] }, [letter]))).toMatchObject({ violated: 0 });
  });
});

describe('deductions', () => {
  test('one for each board, with its entry, is fine', () => {
    expect(deductions(with_({}))).toMatchObject({ checked: 2, violated: 0 });
  });

  test('a rejected one without an entry is fine', () => {
    const rejected = { entries: [grant], deductions: [{ ...deduction, status: 'REJECTED' }] };
    expect(deductions(with_(rejected))).toMatchObject({ violated: 0 });
  });

  test.each([
    ['deducted without an entry', { entries: [grant] }, 'board 7: 100 DEDUCTED, 0 entries'],
    ['deducted twice', { entries: [grant, price, price] }, 'board 7: 100 DEDUCTED, 2 entries'],
    [
      'rejected with an entry',
      { deductions: [{ ...deduction, status: 'REJECTED' }] },
      'board 7: 100 REJECTED, 1 entries',
    ],
    [
      'an entry of another user',
      { entries: [grant, { ...price, userId: 2 }] },
      'board 7: 100 DEDUCTED, 1 entries',
    ],
    [
      'not settled',
      { entries: [grant], deductions: [{ ...deduction, status: 'PENDING' }] },
      'board 7: not settled',
    ],
    ['not charged', { entries: [grant], deductions: [] }, 'board 7 of user 1: not charged'],
  ])('%s', (_, point, violation) => {
    expect(deductions(with_(point)).violations).toEqual([violation]);
  });

  test('an entry without a deduction', () => {
    const stray = { ...price, key: 'board:8' };
    expect(deductions(with_({ entries: [grant, price, stray] })).violations).toEqual([
      'board 8: an entry without a deduction',
    ]);
  });

  test('a board that is a dead letter of the point service is not charged', () => {
    const letter = letterOf('board.created', { boardId: 7 });
    expect(deductions(with_({ entries: [grant], deductions: [] }, [letter]))).toMatchObject({ violated: 0 });
  });
});
