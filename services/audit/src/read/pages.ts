import { select, type Database } from '@naru/kernel';
import type { Source } from '../facts';

/** Rows of a table, or records of a partition, beyond which it is not judged. */
export const ITEMS_MAX = 2_000_000;
const ROWS_PER_PAGE = 2_000;

/** Where readers tell of what they read, and hear that they are to end. */
export interface Reading {
  readonly sources: Source[];
  readonly signal: AbortSignal | undefined;
}

export interface Query {
  /** Names the source in the report. */
  readonly source: string;
  readonly table: string;
  /** What to select; the key must be among it, under its own name. */
  readonly columns: string;
  /** Unique, or unique under the condition; pages go along it. */
  readonly key: string;
  /** Where the key is text. */
  readonly isText?: boolean;
  readonly condition?: string;
  readonly bindings?: readonly unknown[];
}

/** All rows of a table in the order of its key, page by page. At most 2,000,000: the source is not whole then. */
export async function rowsOf<Row extends object, Fact>(
  database: Database,
  query: Query,
  toFact: (row: Row) => Fact,
  reading: Reading,
): Promise<Fact[]> {
  const { source, table, columns, key, isText, condition = 'TRUE', bindings = [] } = query;
  const facts: Fact[] = [];
  for (let after: unknown = isText ? '' : -1; ;) {
    reading.signal?.throwIfAborted();
    const rows = await select<Row>(
      database,
      `SELECT ${columns} FROM ${table} WHERE ${condition} AND ${key} > ? ORDER BY ${key} LIMIT ${ROWS_PER_PAGE}`,
      [...bindings, after],
    );
    for (const row of rows) facts.push(toFact(row));
    const last = rows.at(-1);
    const isEnd = !last || rows.length < ROWS_PER_PAGE;
    if (isEnd || facts.length >= ITEMS_MAX) {
      reading.sources.push({ name: source, isWhole: isEnd });
      return facts;
    }
    after = (last as Record<string, unknown>)[key];
  }
}
