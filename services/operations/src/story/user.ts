import { topics, type ServiceName, type TopicDeclaration } from '@naru/contracts';
import { select, type Database } from '@naru/kernel';
import type { Connections } from '../connections';
import { lettersOfKey, parkedOfKey, ROWS_MAX, unpublishedWhere } from './troubles';
import type { UserMove, UserStory } from './types';

/** Topics whose key is a user's id. */
const userTopics = Object.entries<TopicDeclaration>(topics)
  .filter(([, { key }]) => key === 'userId')
  .map(([name]) => name);
const userServices: readonly ServiceName[] = ['user', 'board', 'point'];

/**
 * Reads a user's story from the services' databases and the dead-letter topics.
 * @returns undefined when there is no such user
 */
export async function readUserStory(
  connections: Connections,
  userId: number,
): Promise<UserStory | undefined> {
  const of = connections.database;
  const [user] = await select<UserStory['user']>(
    of('user'),
    `SELECT user_id AS userId, activity_score AS activityScore, version, created_at AS createdAt
     FROM users WHERE user_id = ?`,
    [userId],
  );
  if (!user) return undefined;
  const key = String(userId);
  const [account, replica, moves, mails, unpublished, deadLetters, parked] = await Promise.all([
    readAccount(of('point'), userId),
    readReplica(of('board'), userId),
    readMoves(connections, userId),
    readMails(of('email'), userId),
    Promise.all(
      userServices.map((name) =>
        unpublishedWhere(of(name), name, `record_key = ? AND topic IN (${marks(userTopics)})`, [
          Buffer.from(key),
          ...userTopics,
        ]),
      ),
    ),
    lettersOfKey(connections, key, userTopics),
    parkedOfKey(connections, key, userTopics),
  ]);
  const stuck = { unpublished: unpublished.flat(), deadLetters, parked };
  return { user, account, replica, moves, mails, ...stuck };
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

async function readAccount(database: Database, userId: number): Promise<UserStory['account']> {
  const sql = 'SELECT balance, opened FROM accounts WHERE user_id = ?';
  const [row] = await select<{ balance: number; opened: number }>(database, sql, [userId]);
  return row && { balance: row.balance, isOpened: row.opened === 1 };
}

async function readReplica(database: Database, userId: number): Promise<UserStory['replica']> {
  const sql = 'SELECT version FROM users WHERE user_id = ?';
  const [row] = await select<{ version: number }>(database, sql, [userId]);
  return row;
}

/** What the services did for the user, newest first in each table, so that the limit leaves out the oldest. */
async function readMoves({ database }: Connections, userId: number): Promise<UserMove[]> {
  const [boards, scores, entries, deductions] = await Promise.all([
    select<{ id: number; status: string; at: string }>(
      database('board'),
      `SELECT board_id AS id, status, created_at AS at FROM boards WHERE user_id = ?
       ORDER BY board_id DESC LIMIT ${ROWS_MAX}`,
      [userId],
    ),
    select<{ boardId: number | null; status: string; score: number; at: string }>(
      database('user'),
      `SELECT board_id AS boardId, status, score, created_at AS at FROM score_entries WHERE user_id = ?
       ORDER BY entry_id DESC LIMIT ${ROWS_MAX}`,
      [userId],
    ),
    select<{ key: string; amount: number; reason: string; at: string }>(
      database('point'),
      `SELECT entry_key AS \`key\`, amount, reason, created_at AS at FROM entries WHERE user_id = ?
       ORDER BY entry_id DESC LIMIT ${ROWS_MAX}`,
      [userId],
    ),
    select<{ boardId: number; amount: number; status: string; at: string; settledAt: string | null }>(
      database('point'),
      `SELECT board_id AS boardId, amount, status, created_at AS at, settled_at AS settledAt FROM deductions
       WHERE user_id = ? AND status <> 'DEDUCTED' ORDER BY board_id DESC LIMIT ${ROWS_MAX}`,
      [userId],
    ),
  ]);
  const moves: UserMove[] = [
    ...boards.map(({ id, status, at }) => ({
      ...{ at, service: 'board' as const, what: `board ${id} is posted`, isDone: status === 'PUBLISHED' },
      detail: status === 'PUBLISHED' ? null : 'hidden: too few points',
    })),
    ...scores.map(({ boardId, status, score, at }) => ({
      ...{ at, service: 'user' as const, what: `activity score ${signed(score)}`, isDone: true },
      detail: `${status.toLowerCase()}${boardId === null ? '' : `, board ${boardId}`}`,
    })),
    ...entries.map(({ key, amount, reason, at }) => ({
      ...{ at, service: 'point' as const, what: `points ${signed(amount)}`, isDone: true },
      detail: `${reason.toLowerCase()}, ${key}`,
    })),
    ...deductions.map(({ boardId, amount, status, at, settledAt }) => ({
      ...{ at: settledAt ?? at, service: 'point' as const, isDone: false },
      what: `deduction of ${amount} for board ${boardId}`,
      detail: status === 'PENDING' ? 'waits for the account' : 'rejected: too few points',
    })),
  ];
  return moves.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

function signed(amount: number): string {
  return amount > 0 ? `+${amount}` : String(amount);
}

async function readMails(database: Database, userId: number): Promise<UserStory['mails']> {
  return select<UserStory['mails'][number]>(
    database,
    `SELECT event_id AS eventId, 'welcome mail' AS type, status, attempts, COALESCE(sent_at, created_at) AS at,
       IF(status = 'SENT', NULL, last_error) AS error
     FROM emails WHERE user_id = ? ORDER BY sequence LIMIT ${ROWS_MAX}`,
    [userId],
  );
}
