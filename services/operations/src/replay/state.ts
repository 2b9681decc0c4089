import type { ServiceName } from '@naru/contracts';
import { select, type Database } from '@naru/kernel';

const KEYS_PER_QUERY = 500;

/** What a service keeps of a story in one table; times, sequences and ids that are new each time are not among it. */
interface StateTable {
  readonly table: string;
  /** Holds the story's key. */
  readonly story: string;
  readonly keys: 'orders' | 'users';
  /** Tells the rows of a story apart; without it there is one. */
  readonly id?: string;
  readonly columns: readonly string[];
  readonly where?: string;
}

const stateTables: Partial<Record<ServiceName, readonly StateTable[]>> = {
  order: [
    {
      table: 'orders',
      story: 'order_id',
      keys: 'orders',
      columns: ['status', 'saga_status', 'stock_released', 'payment_returned', 'version'],
    },
  ],
  product: [
    { table: 'reservations', story: 'order_id', keys: 'orders', columns: ['status', 'reason', 'version'] },
  ],
  payment: [
    {
      table: 'payments',
      story: 'order_id',
      keys: 'orders',
      columns: ['status', 'customer_id', 'amount', 'currency', 'declined', 'version'],
    },
  ],
  catalog: [
    {
      table: 'orders',
      story: 'order_id',
      keys: 'orders',
      columns: ['user_id', 'status', 'saga_status', 'items', 'version'],
    },
    {
      table: 'payments',
      story: 'order_id',
      keys: 'orders',
      columns: ['payment_id', 'amount', 'currency', 'status', 'version'],
    },
    { table: 'timeline', story: 'order_id', keys: 'orders', id: 'event_id', columns: ['event_type'] },
  ],
  notification: [
    {
      table: 'deliveries',
      story: 'order_id',
      keys: 'orders',
      id: 'event_id',
      columns: ['event_type', 'customer_id', 'recipient', 'status'],
    },
  ],
  email: [
    { table: 'emails', story: 'user_id', keys: 'users', id: 'event_id', columns: ['recipient', 'status'] },
  ],
  board: [
    { table: 'boards', story: 'user_id', keys: 'users', id: 'board_id', columns: ['status', 'version'] },
  ],
  point: [
    {
      table: 'entries',
      story: 'user_id',
      keys: 'users',
      id: 'entry_key',
      columns: ['amount', 'reason'],
      where: "reason IN ('SIGN_UP', 'BOARD')",
    },
    { table: 'deductions', story: 'user_id', keys: 'users', id: 'board_id', columns: ['amount', 'status'] },
  ],
  user: [
    {
      table: 'score_entries',
      story: 'user_id',
      keys: 'users',
      id: 'board_id',
      columns: ['status', 'score'],
      where: 'board_id IS NOT NULL',
    },
  ],
};

/** A row of a service's database, without what is new each time. */
export interface StateRow {
  readonly table: string;
  readonly story: string;
  readonly id: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

const isOfKind = {
  orders: (key: string) => key.includes('-'),
  users: (key: string) => /^\d{1,15}$/.test(key),
};

/** What a service keeps of some stories, from its live database or from a scratch one. It only reads. */
export async function readState(
  database: Database,
  service: ServiceName,
  stories: readonly string[],
): Promise<StateRow[]> {
  const found: StateRow[] = [];
  for (const kept of stateTables[service] ?? []) {
    const keys = stories.filter(isOfKind[kept.keys]);
    for (let from = 0; from < keys.length; from += KEYS_PER_QUERY)
      found.push(...(await readRows(database, kept, keys.slice(from, from + KEYS_PER_QUERY))));
  }
  return found;
}

async function readRows(database: Database, kept: StateTable, keys: readonly string[]): Promise<StateRow[]> {
  const { table, story, id, columns, where } = kept;
  const rows = await select<Record<string, unknown>>(
    database,
    `SELECT ${story} AS story_key, ${id ?? story} AS row_id, ${columns.join(', ')} FROM ${table}
     WHERE ${story} IN (${keys.map(() => '?').join(', ')}) ${where === undefined ? '' : `AND ${where}`}`,
    keys,
  );
  return rows.map(({ story_key, row_id, ...rest }) => ({
    table,
    story: String(story_key),
    id: String(row_id),
    columns: rest,
  }));
}
