import type { Database } from '@naru/kernel';
import type { BoardFacts, EmailFacts, PointFacts, UserFacts } from '../community-facts';
import { rowsOf, type Reading } from './pages';

/** What the community's services hold in tables of their own, by service. */
export interface CommunityFacts {
  user?: UserFacts;
  board?: BoardFacts;
  point?: PointFacts;
  email?: EmailFacts;
}

export async function readCommunity(
  databases: ReadonlyMap<string, Database>,
  reading: Reading,
): Promise<CommunityFacts> {
  const facts: CommunityFacts = {};
  const [user, board, point, email] = ['user', 'board', 'point', 'email'].map((name) => databases.get(name));
  if (user) facts.user = await readUser(user, reading);
  if (board) facts.board = await readBoard(board, reading);
  if (point) facts.point = await readPoint(point, reading);
  if (email) facts.email = await readEmail(email, reading);
  return facts;
}

async function readUser(database: Database, reading: Reading): Promise<UserFacts> {
  type Columns = { user_id: number; email: string; name: string; activity_score: number; version: number };
  type EntryColumns = { user_id: number; board_id: number | null; status: string; score: number };
  return {
    users: await rowsOf(
      database,
      {
        source: 'user.users',
        table: 'users',
        key: 'user_id',
        columns: 'user_id, email, name, activity_score, version',
      },
      ({ user_id: userId, email, name, activity_score: score, version }: Columns) => {
        return { userId, email, name, score, version };
      },
      reading,
    ),
    scoreEntries: await rowsOf(
      database,
      {
        source: 'user.score_entries',
        table: 'score_entries',
        key: 'entry_id',
        columns: 'entry_id, user_id, board_id, status, score',
      },
      ({ user_id: userId, board_id: boardId, status, score }: EntryColumns) => {
        return { userId, boardId, status, score };
      },
      reading,
    ),
  };
}

async function readBoard(database: Database, reading: Reading): Promise<BoardFacts> {
  type Columns = { board_id: number; user_id: number; title: string; status: string };
  type AuthorColumns = { user_id: number; name: string | null; version: number };
  return {
    boards: await rowsOf(
      database,
      {
        source: 'board.boards',
        table: 'boards',
        key: 'board_id',
        columns: 'board_id, user_id, title, status',
      },
      ({ board_id: boardId, user_id: userId, title, status }: Columns) => ({
        boardId,
        userId,
        title,
        status,
      }),
      reading,
    ),
    authors: await rowsOf(
      database,
      { source: 'board.users', table: 'users', key: 'user_id', columns: 'user_id, name, version' },
      ({ user_id: userId, name, version }: AuthorColumns) => ({ userId, name, version }),
      reading,
    ),
  };
}

async function readPoint(database: Database, reading: Reading): Promise<PointFacts> {
  type Columns = { user_id: number; balance: number; opened: number };
  type EntryColumns = { entry_key: string; user_id: number; amount: number; reason: string };
  type DeductionColumns = { board_id: number; user_id: number; amount: number; status: string };
  return {
    accounts: await rowsOf(
      database,
      { source: 'point.accounts', table: 'accounts', key: 'user_id', columns: 'user_id, balance, opened' },
      ({ user_id: userId, balance, opened }: Columns) => ({ userId, balance, isOpened: opened === 1 }),
      reading,
    ),
    entries: await rowsOf(
      database,
      {
        source: 'point.entries',
        table: 'entries',
        key: 'entry_id',
        columns: 'entry_id, entry_key, user_id, amount, reason',
      },
      ({ entry_key: key, user_id: userId, amount, reason }: EntryColumns) => ({
        key,
        userId,
        amount,
        reason,
      }),
      reading,
    ),
    deductions: await rowsOf(
      database,
      {
        source: 'point.deductions',
        table: 'deductions',
        key: 'board_id',
        columns: 'board_id, user_id, amount, status',
      },
      ({ board_id: boardId, user_id: userId, amount, status }: DeductionColumns) => {
        return { boardId, userId, amount, status };
      },
      reading,
    ),
  };
}

async function readEmail(database: Database, reading: Reading): Promise<EmailFacts> {
  type Columns = { event_id: string; message_id: string; status: string; attempts: number };
  const mails = await rowsOf(
    database,
    {
      source: 'email.emails',
      table: 'emails',
      key: 'event_id',
      isText: true,
      columns: 'event_id, message_id, status, attempts',
    },
    ({ event_id: eventId, message_id: messageId, status, attempts }: Columns) => ({
      eventId,
      messageId,
      status,
      attempts,
    }),
    reading,
  );
  return { mails };
}
