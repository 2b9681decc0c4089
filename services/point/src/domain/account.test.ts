import { BALANCE_MAX, enter, isKnown, refusalOf, SIGN_UP_GRANT, type Account } from './account';

const account = (balance: number, opened = true): Account => ({ userId: 1, balance, opened });
const entry = (amount: number) => ({ key: 'k', userId: 1, amount, reason: 'ADDED' }) as const;

describe('a movement on request', () => {
  it.each([
    ['an account that is not open takes points', account(0, false), 5, null],
    ['an account that nobody knows of gives none', account(0, false), -5, 'account-unknown'],
    ['an account with points gives some, open or not', account(500, false), -5, null],
    ['an account that is not open gives no more than it has', account(5, false), -6, 'balance-too-small'],
    ['a balance may go down to nothing', account(5), -5, null],
    ['a balance may not go below nothing', account(5), -6, 'balance-too-small'],
    ['a balance may go up to its limit', account(BALANCE_MAX - 5), 5, null],
    ['a balance may not pass its limit', account(BALANCE_MAX - 5), 6, 'balance-too-large'],
  ])('%s', (_, before, amount, refusal) => {
    expect(refusalOf(before, amount)).toBe(refusal);
  });

  it('given a balance at its limit, leaves room for the grant of a sign-up', () => {
    expect(enter(account(BALANCE_MAX, false), entry(SIGN_UP_GRANT)).balance).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('given an entry that was to be refused, fails rather than write it', () => {
    expect(() => enter(account(5), entry(-6))).toThrow('leads to balance -1');
    expect(() => enter(account(Number.MAX_SAFE_INTEGER), entry(1))).toThrow('leads to balance');
  });
});

describe('isKnown', () => {
  it('given a row that was only locked, says no; given points or a sign-up, yes', () => {
    expect([account(0, false), account(1, false), account(0, true)].map(isKnown)).toEqual([
      false,
      true,
      true,
    ]);
  });
});
