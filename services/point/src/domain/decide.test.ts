import { BOARD_COST, SIGN_UP_GRANT } from './account';
import { decide, type Command, type Deduction, type Ledger } from './decide';

const cause = { correlationId: 'c', sagaId: undefined, traceparent: undefined };
const deduction = (boardId: number, userId = 1, amount = BOARD_COST): Deduction => {
  return { boardId, userId, amount, cause };
};
const open = (userId = 1): Command => ({ type: 'open', userId });
const charge = (boardId: number, userId = 1): Command => {
  return { type: 'charge', deduction: deduction(boardId, userId) };
};

function ledger(balance: number, opened: boolean, more: Partial<Ledger> = {}): Ledger {
  return {
    accounts: new Map([[1, { userId: 1, balance, opened }]]),
    pending: [],
    chargedBoards: new Set(),
    ...more,
  };
}

describe('decide', () => {
  it('given no account, when it is opened, grants the points of a sign-up', () => {
    expect(decide(ledger(0, false), [open()])).toEqual({
      accounts: [{ userId: 1, balance: SIGN_UP_GRANT, opened: true }],
      entries: [{ key: 'signup:1', userId: 1, amount: SIGN_UP_GRANT, reason: 'SIGN_UP' }],
      deductions: [],
      rejections: [],
    });
  });

  it('given an open account, when it is opened again, changes nothing', () => {
    const nothing = { accounts: [], entries: [], deductions: [], rejections: [] };
    expect(decide(ledger(700, true), [open(), open()])).toEqual(nothing);
  });

  it('given enough points, when a board is written, deducts its price', () => {
    expect(decide(ledger(100, true), [charge(7)])).toEqual({
      accounts: [{ userId: 1, balance: 0, opened: true }],
      entries: [{ key: 'board:7', userId: 1, amount: -100, reason: 'BOARD' }],
      deductions: [{ ...deduction(7), status: 'DEDUCTED' }],
      rejections: [],
    });
  });

  it('given too few points, when a board is written, rejects it and moves nothing', () => {
    expect(decide(ledger(99, true), [charge(7)])).toEqual({
      accounts: [],
      entries: [],
      deductions: [{ ...deduction(7), status: 'REJECTED' }],
      rejections: [{ deduction: deduction(7), balance: 99 }],
    });
  });

  it('given an account that is not open, when a board is written, lets the deduction wait', () => {
    const { deductions, entries } = decide(ledger(5_000, false), [charge(7)]);
    expect(deductions).toEqual([{ ...deduction(7), status: 'PENDING' }]);
    expect(entries).toEqual([]);
  });

  it('given eleven waiting deductions, when the account is opened, rejects the board with the greatest id', () => {
    const pending = [11, 3, 1, 2, 10, 4, 9, 5, 8, 6, 7].map((boardId) => deduction(boardId));
    const { accounts, rejections } = decide(ledger(0, false, { pending }), [open()]);
    expect(accounts).toEqual([{ userId: 1, balance: 0, opened: true }]);
    expect(rejections).toEqual([{ deduction: deduction(11), balance: 0 }]);
  });

  it('given a deduction of the same batch that waits, when the account is opened, settles it too', () => {
    const { accounts, deductions } = decide(ledger(0, false), [charge(7), open()]);
    expect(accounts).toEqual([{ userId: 1, balance: SIGN_UP_GRANT - BOARD_COST, opened: true }]);
    expect(deductions).toEqual([{ ...deduction(7), status: 'DEDUCTED' }]);
  });

  it('given a board that is charged already, when it comes again, in this batch or another, does nothing', () => {
    const { entries } = decide(ledger(1_000, true, { chargedBoards: new Set([7]) }), [
      charge(7),
      charge(8),
      charge(8),
    ]);
    expect(entries.map(({ key }) => key)).toEqual(['board:8']);
  });

  it('given accounts of several users, keeps their points apart', () => {
    const accounts = new Map([1, 2].map((userId) => [userId, { userId, balance: 0, opened: false }]));
    const batch = [open(1), charge(7, 2), charge(8, 1)];
    expect(decide({ accounts, pending: [], chargedBoards: new Set() }, batch).accounts).toEqual([
      { userId: 1, balance: SIGN_UP_GRANT - BOARD_COST, opened: true },
    ]);
  });

  it('given an account that is not locked, fails rather than decide on nothing', () => {
    expect(() => decide(ledger(0, false), [open(2)])).toThrow('account 2 is not locked');
  });
});
