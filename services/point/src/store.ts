import type { Answer, operations } from '@naru/contracts';
import { execute, select, type Connection, type Transaction } from '@naru/kernel';
import type { Account, Entry } from './domain/account';
import type { Cause, Changes, DecidedDeduction, Deduction } from './domain/decide';

const ROWS_PER_INSERT = 500;

interface AccountColumns {
  user_id: number;
  balance: number;
  opened: number;
}

/** Locks accounts in order of user ids; an unknown one is made, so that there is something to lock. */
export async function lockAccounts(trx: Transaction, userIds: readonly number[]) {
  const sorted = [...new Set(userIds)].sort((one, other) => one - other);
  const accounts = await lockKnown(trx, sorted);
  const missing = sorted.filter((userId) => !accounts.has(userId));
  if (missing.length === 0) return accounts;
  // Not INSERT IGNORE: of a row that another made meanwhile it takes a shared lock, and two such lock each other out.
  await insertRows(
    trx,
    'accounts (user_id)',
    missing.map((userId) => [userId]),
    'user_id = VALUES(user_id)',
  );
  for (const [userId, account] of await lockKnown(trx, missing)) accounts.set(userId, account);
  return accounts;
}

async function lockKnown(trx: Transaction, userIds: readonly number[]): Promise<Map<number, Account>> {
  if (userIds.length === 0) return new Map();
  const rows = await select<AccountColumns>(
    trx,
    `SELECT user_id, balance, opened FROM accounts WHERE user_id IN (${marks(userIds)}) ORDER BY user_id FOR UPDATE`,
    userIds,
  );
  return new Map(rows.map((row) => [row.user_id, toAccount(row)]));
}

export async function accountOf(connection: Connection, userId: number): Promise<Account | undefined> {
  const sql = 'SELECT user_id, balance, opened FROM accounts WHERE user_id = ?';
  const [row] = await select<AccountColumns>(connection, sql, [userId]);
  return row && toAccount(row);
}

function toAccount(row: AccountColumns): Account {
  return { userId: row.user_id, balance: row.balance, opened: row.opened === 1 };
}

/** Deductions that wait for the users' accounts, which must be locked. */
export async function pendingDeductions(trx: Transaction, userIds: readonly number[]): Promise<Deduction[]> {
  if (userIds.length === 0) return [];
  const rows = await select<{ board_id: number; user_id: number; amount: number; cause: string }>(
    trx,
    `SELECT board_id, user_id, amount, cause FROM deductions
     WHERE status = 'PENDING' AND user_id IN (${marks(userIds)})`,
    userIds,
  );
  return rows.map((row) => ({
    boardId: row.board_id,
    userId: row.user_id,
    amount: row.amount,
    cause: JSON.parse(row.cause) as Cause,
  }));
}

/** Those of the boards that a deduction is stored for. */
export async function chargedBoards(trx: Transaction, boardIds: readonly number[]): Promise<Set<number>> {
  if (boardIds.length === 0) return new Set();
  const sql = `SELECT board_id FROM deductions WHERE board_id IN (${marks(boardIds)})`;
  const rows = await select<{ board_id: number }>(trx, sql, boardIds);
  return new Set(rows.map((row) => row.board_id));
}

export async function entryOf(trx: Transaction, key: string) {
  const sql = 'SELECT user_id, amount FROM entries WHERE entry_key = ?';
  const [row] = await select<{ user_id: number; amount: number }>(trx, sql, [key]);
  return row && { userId: row.user_id, amount: row.amount };
}

/** Writes what was decided about locked accounts. @throws ER_DUP_ENTRY when an entry's key is taken */
export async function save(trx: Transaction, { accounts, entries, deductions }: Omit<Changes, 'rejections'>) {
  await insertRows(
    trx,
    'accounts (user_id, balance, opened)',
    accounts.map(({ userId, balance, opened }) => [userId, balance, opened]),
    'balance = VALUES(balance), opened = VALUES(opened)',
  );
  await insertRows(trx, 'entries (entry_key, user_id, amount, reason)', entries.map(entryColumns));
  await insertRows(
    trx,
    'deductions (board_id, user_id, amount, status, cause)',
    deductions.map(deductionColumns),
    'status = VALUES(status), settled_at = CURRENT_TIMESTAMP(6)',
  );
}

function entryColumns({ key, userId, amount, reason }: Entry): unknown[] {
  return [key, userId, amount, reason];
}

function deductionColumns({ boardId, userId, amount, status, cause }: DecidedDeduction): unknown[] {
  return [boardId, userId, amount, status, JSON.stringify(cause)];
}

type EntryView = Answer<(typeof operations)['listMyPointEntries']>[number];

/** A user's entries with ids below `before`, newest first. */
export async function entriesOf(connection: Connection, userId: number, limit: number, before?: number) {
  const rows = await select<{ entry_id: number; amount: number; reason: string; created_at: string }>(
    connection,
    `SELECT entry_id, amount, reason, DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS created_at FROM entries
     WHERE user_id = ? ${before === undefined ? '' : 'AND entry_id < ?'} ORDER BY entry_id DESC LIMIT ?`,
    before === undefined ? [userId, limit] : [userId, before, limit],
  );
  return rows.map((row): EntryView => {
    return { entryId: row.entry_id, amount: row.amount, reason: row.reason, createdAt: row.created_at };
  });
}

/** Inserts rows of equal length, at most 500 a statement; `onDuplicate` says what becomes of one that exists. */
async function insertRows(trx: Transaction, into: string, rows: readonly unknown[][], onDuplicate?: string) {
  const otherwise = onDuplicate ? `ON DUPLICATE KEY UPDATE ${onDuplicate}` : '';
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
    const chunk = rows.slice(from, from + ROWS_PER_INSERT);
    const values = chunk.map((row) => `(${marks(row)})`).join(', ');
    await execute(trx, `INSERT INTO ${into} VALUES ${values} ${otherwise}`, chunk.flat());
  }
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
