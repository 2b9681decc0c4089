import type { Answer, operations } from '@naru/contracts';
import { execute, select, type Connection, type Transaction } from '@naru/kernel';
import type { Profile } from './domain/profiles';

export type Board = Answer<(typeof operations)['getBoard']>;

interface Columns {
  board_id: number;
  user_id: number;
  name: string | null;
  title: string;
  content: string;
  created_at: string;
}

/** What makes row order in the outbox commit order for each author: one writes at a time. */
export async function lockAuthor(trx: Transaction, userId: number): Promise<void> {
  await execute(trx, 'INSERT INTO users (user_id) VALUES (?) ON DUPLICATE KEY UPDATE user_id = user_id', [
    userId,
  ]);
}

export interface NewBoard {
  readonly userId: number;
  readonly title: string;
  readonly content: string;
  readonly version: number;
}

/** @returns the id of the new board */
export async function insertBoard(trx: Transaction, { userId, title, content, version }: NewBoard) {
  const sql = 'INSERT INTO boards (user_id, title, content, version) VALUES (?, ?, ?, ?)';
  return (await execute(trx, sql, [userId, title, content, version])).insertId;
}

/** Makes a board anew from the event that told of it, which does not have its content. */
export async function restoreBoard(
  trx: Transaction,
  { boardId, userId, title, version }: Omit<NewBoard, 'content'> & { readonly boardId: number },
): Promise<void> {
  await execute(
    trx,
    `INSERT INTO boards (board_id, user_id, title, content, version) VALUES (?, ?, ?, '', ?)
     ON DUPLICATE KEY UPDATE board_id = board_id`,
    [boardId, userId, title, version],
  );
}

const PUBLISHED = `SELECT b.board_id, b.user_id, u.name, b.title, b.content,
    DATE_FORMAT(b.created_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS created_at
  FROM boards b LEFT JOIN users u ON u.user_id = b.user_id
  WHERE b.status = 'PUBLISHED'`;

/** Published boards with ids below `before`, newest first. */
export async function publishedBoards(connection: Connection, limit: number, before?: number) {
  const rows = await select<Columns>(
    connection,
    `${PUBLISHED} ${before === undefined ? '' : 'AND b.board_id < ?'} ORDER BY b.board_id DESC LIMIT ?`,
    before === undefined ? [limit] : [before, limit],
  );
  return rows.map(toBoard);
}

export async function publishedBoard(connection: Connection, boardId: number): Promise<Board | undefined> {
  const [row] = await select<Columns>(connection, `${PUBLISHED} AND b.board_id = ?`, [boardId]);
  return row && toBoard(row);
}

/** Takes profiles over where they are newer than what is stored. Each user at most once, in order of ids. */
export async function putAuthors(trx: Transaction, profiles: readonly Profile[]): Promise<void> {
  if (profiles.length === 0) return;
  // The name is set first, for an assignment sees the values that those before it have left.
  await execute(
    trx,
    `INSERT INTO users (user_id, name, version) VALUES ${profiles.map(() => '(?, ?, ?)').join(', ')}
     ON DUPLICATE KEY UPDATE name = IF(VALUES(version) > version, VALUES(name), name),
       version = GREATEST(version, VALUES(version))`,
    profiles.flatMap(({ userId, name, version }) => [userId, name, version]),
  );
}

/** Locks those of the boards that exist, in order of ids. @returns their ids */
export async function lockBoards(trx: Transaction, boardIds: readonly number[]): Promise<Set<number>> {
  const rows = await select<{ board_id: number }>(
    trx,
    `SELECT board_id FROM boards WHERE board_id IN (${boardIds.map(() => '?').join(', ')})
     ORDER BY board_id FOR UPDATE`,
    boardIds,
  );
  return new Set(rows.map((row) => row.board_id));
}

/** Takes boards out of lists and sight; one that is hidden already stays as it is. */
export async function hideBoards(trx: Transaction, boardIds: readonly number[]): Promise<void> {
  await execute(
    trx,
    `UPDATE boards SET status = 'REJECTED', version = version + 1
     WHERE status = 'PUBLISHED' AND board_id IN (${boardIds.map(() => '?').join(', ')})`,
    boardIds,
  );
}

function toBoard(row: Columns): Board {
  return {
    boardId: row.board_id,
    title: row.title,
    content: row.content,
    user: { userId: row.user_id, name: row.name },
    createdAt: row.created_at,
  };
}
