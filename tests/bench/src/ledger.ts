import type { BoardCreated } from '@naru/contracts';
import type { Database, Migration } from '@naru/kernel';
import { USERS } from './events';

/** The effect that every side writes: an entry for each event, and the balance of its user, as the point service does. */
export const ledgerMigration: Migration = {
  name: 'bench_001_ledger',
  async up(database) {
    await database.raw(`CREATE TABLE IF NOT EXISTS accounts (
      user_id BIGINT NOT NULL PRIMARY KEY, balance BIGINT NOT NULL DEFAULT 0) ENGINE=InnoDB`);
    await database.raw(`CREATE TABLE IF NOT EXISTS entries (
      entry_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, entry_key VARCHAR(64) NOT NULL UNIQUE,
      user_id BIGINT NOT NULL, amount BIGINT NOT NULL, reason VARCHAR(32) NOT NULL) ENGINE=InnoDB`);
    await database.raw(`CREATE TABLE IF NOT EXISTS boards (
      board_id BIGINT NOT NULL PRIMARY KEY, user_id BIGINT NOT NULL, title VARCHAR(1000) NOT NULL) ENGINE=InnoDB`);
    await database.raw(`CREATE TABLE IF NOT EXISTS plain_outbox (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, record_key VARCHAR(64) NOT NULL, payload MEDIUMTEXT NOT NULL,
      headers TEXT NOT NULL) ENGINE=InnoDB`);
  },
};

export const AMOUNT = 1;

/** Accounts exist before the first round, so that no run is the one that makes them. */
export const USERS_SQL = `INSERT INTO accounts (user_id) VALUES ${Array.from({ length: USERS }, (_, index) => `(${index + 1})`).join(', ')}`;

export type Statement = readonly [sql: string, bindings: (string | number)[]];

/** Locks the accounts in order, writes the entries, then the balances: three statements for one event or for many. */
export function effectStatements(events: readonly BoardCreated[]): Statement[] {
  const sums = new Map<number, number>();
  for (const { userId } of events) sums.set(userId, (sums.get(userId) ?? 0) + AMOUNT);
  const users = [...sums.keys()].sort((one, other) => one - other);
  return [
    [
      `SELECT user_id, balance FROM accounts WHERE user_id IN (${users.map(() => '?').join(', ')})
       ORDER BY user_id FOR UPDATE`,
      users,
    ],
    [
      `INSERT INTO entries (entry_key, user_id, amount, reason) VALUES ${events.map(() => '(?, ?, ?, ?)').join(', ')}`,
      events.flatMap(({ boardId, userId }) => [`board:${boardId}`, userId, AMOUNT, 'board']),
    ],
    [
      `INSERT INTO accounts (user_id, balance) VALUES ${users.map(() => '(?, ?)').join(', ')}
       ON DUPLICATE KEY UPDATE balance = balance + VALUES(balance)`,
      [...sums].flat(),
    ],
  ];
}

export function inboxStatement(group: string, eventIds: readonly string[]): Statement {
  return [
    `INSERT INTO inbox (consumer_group, event_id) VALUES ${eventIds.map(() => '(?, ?)').join(', ')}`,
    eventIds.flatMap((eventId) => [group, eventId]),
  ];
}

/** Empties what a run writes; accounts stay, with a balance of 0. */
export async function resetLedger(database: Database): Promise<void> {
  for (const table of ['entries', 'inbox', 'consumer_progress']) await database.raw(`TRUNCATE ${table}`);
  await database.raw('UPDATE accounts SET balance = 0');
}

/** Whether each of so many events had its effect once. */
export async function ledgerFaults(database: Database, events: number): Promise<string | null> {
  const [[found]] = (await database.raw(
    `SELECT (SELECT COUNT(*) FROM entries) AS entries, (SELECT COALESCE(SUM(balance), 0) FROM accounts) AS balances`,
  )) as [[{ entries: number; balances: number | string }]];
  const right = found.entries === events && Number(found.balances) === events * AMOUNT;
  return right ? null : `${events} events, but ${found.entries} entries and a balance of ${found.balances}`;
}
