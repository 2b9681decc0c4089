/** Points that a sign-up brings. */
export const SIGN_UP_GRANT = 1_000;
/** Points that a board costs. */
export const BOARD_COST = 100;
/** Largest balance that may be added up to: exact as a JavaScript number, and with room for the sign-up grant. */
export const BALANCE_MAX = Number.MAX_SAFE_INTEGER - SIGN_UP_GRANT;

export interface Account {
  readonly userId: number;
  /** The sum of the account's entries; never negative. */
  readonly balance: number;
  /** Whether the sign-up grant has come; before it no board is charged. */
  readonly opened: boolean;
}

/** A row that is there only to be locked is no account that anybody knows of. */
export function isKnown({ balance, opened }: Account): boolean {
  return opened || balance > 0;
}

export type Reason = 'SIGN_UP' | 'BOARD' | 'ADDED' | 'DEDUCTED';

/** A movement of an account; its key is unique in the whole ledger, so that it happens once. */
export interface Entry {
  readonly key: string;
  readonly userId: number;
  /** Positive when added, negative when deducted. */
  readonly amount: number;
  readonly reason: Reason;
}

export type Refusal = 'account-unknown' | 'balance-too-small' | 'balance-too-large';

/** Why an amount cannot be added (positive) or deducted (negative) on request, or null when it can. */
export function refusalOf(account: Account, amount: number): Refusal | null {
  const { balance } = account;
  if (amount > 0) return balance + amount > BALANCE_MAX ? 'balance-too-large' : null;
  if (!isKnown(account)) return 'account-unknown';
  return balance + amount < 0 ? 'balance-too-small' : null;
}

/** The account after an entry. @throws Error (a programmer's) when the entry was to be refused */
export function enter(account: Account, entry: Entry): Account {
  const balance = account.balance + entry.amount;
  if (balance < 0 || !Number.isSafeInteger(balance))
    throw new Error(`${entry.key} leads to balance ${balance}`);
  return { ...account, balance };
}
