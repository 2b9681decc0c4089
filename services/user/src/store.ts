import { execute, select, type Connection, type Transaction } from '@naru/kernel';
import type { BoardScore } from './domain/board-score';

const ROWS_PER_STATEMENT = 500;

export interface User {
  readonly userId: number;
  readonly email: string;
  readonly name: string;
  readonly activityScore: number;
  /** Counts changes of the profile (name, e-mail), not of the score. */
  readonly version: number;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
}

const USER = `SELECT user_id AS userId, email, name, activity_score AS activityScore, version FROM users`;

/** @returns the new user's id. @throws a duplicate-key error when the e-mail is taken */
export async function insertUser(trx: Transaction, { email, name, passwordHash }: NewUser): Promise<number> {
  const sql = 'INSERT INTO users (email, name, password_hash) VALUES (?, ?, ?)';
  return (await execute(trx, sql, [email, name, passwordHash])).insertId;
}

/** Makes users anew from the events that told of them, without their passwords; the newest version of each counts. */
export async function restoreUsers(
  trx: Transaction,
  users: readonly Omit<User, 'activityScore'>[],
): Promise<void> {
  for (const { userId, email, name, version } of users) {
    // The name is set first, for an assignment sees the values that those before it have left.
    await execute(
      trx,
      `INSERT INTO users (user_id, email, name, password_hash, version) VALUES (?, ?, ?, '', ?)
       ON DUPLICATE KEY UPDATE name = IF(VALUES(version) > version, VALUES(name), name),
         version = GREATEST(version, VALUES(version))`,
      [userId, email, name, version],
    );
  }
}

export async function findUser(connection: Connection, userId: number): Promise<User | undefined> {
  return (await select<User>(connection, `${USER} WHERE user_id = ?`, [userId]))[0];
}

/** Those of the ids that exist, in the order of their ids. */
export function findUsers(connection: Connection, userIds: readonly number[]): Promise<User[]> {
  return select<User>(connection, `${USER} WHERE user_id IN (${marks(userIds)}) ORDER BY user_id`, userIds);
}

export async function lockUser(trx: Transaction, userId: number): Promise<User | undefined> {
  return (await select<User>(trx, `${USER} WHERE user_id = ? FOR UPDATE`, [userId]))[0];
}

export async function updateName(trx: Transaction, { userId, name, version }: User): Promise<void> {
  await execute(trx, 'UPDATE users SET name = ?, version = ? WHERE user_id = ?', [name, version, userId]);
}

export interface Credentials {
  readonly userId: number;
  readonly email: string;
  readonly passwordHash: string;
}

export async function findCredentials(
  connection: Connection,
  email: string,
): Promise<Credentials | undefined> {
  const sql = 'SELECT user_id AS userId, email, password_hash AS passwordHash FROM users WHERE email = ?';
  return (await select<Credentials>(connection, sql, [email]))[0];
}

/** Adds to a locked user's score, with an entry in the ledger. */
export async function addScore(trx: Transaction, userId: number, score: number): Promise<void> {
  await execute(trx, "INSERT INTO score_entries (user_id, status, score) VALUES (?, 'ADDED', ?)", [
    userId,
    score,
  ]);
  await changeScores(trx, new Map([[userId, score]]));
}

/** Locks users in the order of their ids, so that no two batches wait for each other. @returns those that exist */
export async function lockUsers(trx: Transaction, userIds: readonly number[]): Promise<Set<number>> {
  const found = new Set<number>();
  for (const ids of chunks([...userIds].sort((a, b) => a - b))) {
    const sql = `SELECT user_id AS userId FROM users WHERE user_id IN (${marks(ids)}) ORDER BY user_id FOR UPDATE`;
    for (const { userId } of await select<{ userId: number }>(trx, sql, ids)) found.add(userId);
  }
  return found;
}

export async function findBoardScores(trx: Transaction, boardIds: readonly number[]): Promise<BoardScore[]> {
  const found: BoardScore[] = [];
  for (const ids of chunks(boardIds)) {
    const sql = `SELECT board_id AS boardId, user_id AS userId, status FROM score_entries
      WHERE board_id IN (${marks(ids)})`;
    found.push(...(await select<BoardScore>(trx, sql, ids)));
  }
  return found;
}

export async function saveBoardScores(
  trx: Transaction,
  boards: readonly BoardScore[],
  scoreOf: (status: BoardScore['status']) => number,
): Promise<void> {
  for (const rows of chunks(boards)) {
    await execute(
      trx,
      `INSERT INTO score_entries (user_id, board_id, status, score) VALUES ${rows.map(() => '(?, ?, ?, ?)').join(', ')}
       ON DUPLICATE KEY UPDATE status = VALUES(status), score = VALUES(score)`,
      rows.flatMap(({ userId, boardId, status }) => [userId, boardId, status, scoreOf(status)]),
    );
  }
}

/** Adds to the scores of locked users. @param changes by user id; may be negative */
export async function changeScores(trx: Transaction, changes: ReadonlyMap<number, number>): Promise<void> {
  for (const rows of chunks([...changes])) {
    const cases = rows.map(() => 'WHEN ? THEN ?').join(' ');
    const userIds = rows.map(([userId]) => userId);
    const sql = `UPDATE users SET activity_score = activity_score + CASE user_id ${cases} END
      WHERE user_id IN (${marks(userIds)})`;
    await execute(trx, sql, [...rows.flat(), ...userIds]);
  }
}

export interface Revocation {
  readonly jti: string;
  /** Seconds since 1970; no verifier takes the token after that. */
  readonly forgetAfter_s: number;
}

export async function insertRevocation(
  connection: Connection,
  { jti, forgetAfter_s }: Revocation,
): Promise<void> {
  const sql = `INSERT INTO revoked_tokens (jti, forget_after_s) VALUES (?, ?)
    ON DUPLICATE KEY UPDATE forget_after_s = VALUES(forget_after_s)`;
  await execute(connection, sql, [jti, forgetAfter_s]);
}

export async function isRevoked(connection: Connection, jti: string): Promise<boolean> {
  return (await select(connection, 'SELECT 1 FROM revoked_tokens WHERE jti = ?', [jti])).length > 0;
}

/** The next page of revocations that still count, in the order of their ids. @param after the last id of the page before */
export function listRevocations(connection: Connection, now_s: number, after: string, limit: number) {
  const sql = `SELECT jti, forget_after_s AS forgetAfter_s FROM revoked_tokens
    WHERE jti > ? AND forget_after_s > ? ORDER BY jti LIMIT ?`;
  return select<Revocation>(connection, sql, [after, now_s, limit]);
}

/** Deletes revocations of tokens that have expired, at most one small batch. @returns how many */
export async function purgeRevocations(
  connection: Connection,
  now_s: number,
  limit: number,
): Promise<number> {
  const sql = 'DELETE FROM revoked_tokens WHERE forget_after_s <= ? ORDER BY forget_after_s LIMIT ?';
  return (await execute(connection, sql, [now_s, limit])).affectedRows;
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

function chunks<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / ROWS_PER_STATEMENT);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );
}
