import { enter, SIGN_UP_GRANT, type Account, type Entry } from './account';
import { boardKey, signUpKey } from './keys';

/** What an event hands on to those that it leads to. */
export interface Cause {
  readonly correlationId: string;
  readonly sagaId: string | undefined;
  readonly traceparent: string | undefined;
}

/** The price of a board, to be paid by its author. */
export interface Deduction {
  readonly boardId: number;
  readonly userId: number;
  readonly amount: number;
  readonly cause: Cause;
}

export interface DecidedDeduction extends Deduction {
  /** PENDING until the account is opened; the others are final. */
  readonly status: 'PENDING' | 'DEDUCTED' | 'REJECTED';
}

export interface Rejection {
  readonly deduction: Deduction;
  /** Points that were there. */
  readonly balance: number;
}

export type Command =
  | { readonly type: 'open'; readonly userId: number }
  | { readonly type: 'charge'; readonly deduction: Deduction };

/** All that the commands of a batch touch, as it is stored and locked. */
export interface Ledger {
  readonly accounts: ReadonlyMap<number, Account>;
  /** Deductions that wait for the accounts to be opened. */
  readonly pending: readonly Deduction[];
  /** Boards that a deduction is stored for, whatever its status. */
  readonly chargedBoards: ReadonlySet<number>;
}

/** What is to be written, each account and each deduction at most once. */
export interface Changes {
  readonly accounts: readonly Account[];
  readonly entries: readonly Entry[];
  readonly deductions: readonly DecidedDeduction[];
  readonly rejections: readonly Rejection[];
}

/**
 * Decides a batch of commands in order; a command that was decided before changes nothing.
 * Opening an account settles its pending deductions in board order.
 */
export function decide(ledger: Ledger, commands: readonly Command[]): Changes {
  const accounts = new Map<number, Account>();
  const deductions = new Map<number, DecidedDeduction>();
  const entries: Entry[] = [];
  const rejections: Rejection[] = [];

  function accountOf(userId: number): Account {
    const account = accounts.get(userId) ?? ledger.accounts.get(userId);
    if (!account) throw new Error(`account ${userId} is not locked`);
    return account;
  }

  function move(account: Account, entry: Entry) {
    accounts.set(account.userId, enter(account, entry));
    entries.push(entry);
  }

  function charge(deduction: Deduction) {
    const { boardId, userId, amount } = deduction;
    const account = accountOf(userId);
    if (!account.opened) {
      deductions.set(boardId, { ...deduction, status: 'PENDING' });
    } else if (account.balance < amount) {
      deductions.set(boardId, { ...deduction, status: 'REJECTED' });
      rejections.push({ deduction, balance: account.balance });
    } else {
      deductions.set(boardId, { ...deduction, status: 'DEDUCTED' });
      move(account, { key: boardKey(boardId), userId, amount: -amount, reason: 'BOARD' });
    }
  }

  function open(userId: number) {
    const account = accountOf(userId);
    if (account.opened) return;
    const grant = { key: signUpKey(userId), userId, amount: SIGN_UP_GRANT, reason: 'SIGN_UP' } as const;
    move({ ...account, opened: true }, grant);
    [...ledger.pending, ...deductions.values()]
      .filter((deduction) => deduction.userId === userId)
      .sort((one, other) => one.boardId - other.boardId)
      .forEach(charge);
  }

  for (const command of commands) {
    if (command.type === 'open') open(command.userId);
    else if (!isCharged(command.deduction.boardId)) charge(command.deduction);
  }
  return { accounts: [...accounts.values()], entries, deductions: [...deductions.values()], rejections };

  function isCharged(boardId: number): boolean {
    return ledger.chargedBoards.has(boardId) || deductions.has(boardId);
  }
}
