import {
  decodeHeaders,
  encodeHeaders,
  execute,
  select,
  type Connection,
  type Database,
  type IncomingRecord,
  type Transaction,
} from '@naru/kernel';

const ROWS_PER_INSERT = 100;
const REASON_LENGTH_MAX = 500;

/** An event as it was heard, before it is applied. */
export interface Heard {
  readonly eventId: string;
  readonly type: string;
  /** In whose order it is applied. */
  readonly aggregateId: string;
  readonly occurred_ms: number;
  readonly record: IncomingRecord;
}

/** A heard event that waits to be applied. */
export interface HeardRow {
  /** The order of arrival. */
  readonly sequence: number;
  readonly eventId: string;
  readonly aggregateId: string;
  /** Failed ones so far. */
  readonly attempts: number;
  readonly record: IncomingRecord;
}

/** Stores events and says that their keys have work. One that was given up, and comes again, is new again. */
export async function storeHeard(trx: Transaction, events: readonly Heard[]): Promise<void> {
  for (let from = 0; from < events.length; from += ROWS_PER_INSERT) {
    const chunk = events.slice(from, from + ROWS_PER_INSERT);
    // The status last, for an assignment sees the values that those before it have left.
    await execute(
      trx,
      `INSERT INTO heard_events (event_id, aggregate_id, event_type, occurred_at, topic, partition_number, record_offset,
         timestamp_ms, record_key, payload, headers) VALUES ${rows(chunk, 11)}
       ON DUPLICATE KEY UPDATE ${replacedIfFailed.join(', ')},
         attempts = IF(status = 'FAILED', 0, attempts), status = IF(status = 'FAILED', 'NEW', status)`,
      chunk.flatMap(columns),
    );
  }
  // Sorted, so that two listeners never wait for each other's keys.
  const keys = [...new Set(events.map(({ aggregateId }) => aggregateId))].sort();
  for (let from = 0; from < keys.length; from += ROWS_PER_INSERT) {
    const chunk = keys.slice(from, from + ROWS_PER_INSERT);
    const sql = `INSERT INTO heard_keys (aggregate_id) VALUES ${rows(chunk, 1)}
      ON DUPLICATE KEY UPDATE aggregate_id = VALUES(aggregate_id)`;
    await execute(trx, sql, chunk);
  }
}

const replacedIfFailed = [
  'topic',
  'partition_number',
  'record_offset',
  'timestamp_ms',
  'record_key',
  'payload',
  'headers',
].map((column) => `${column} = IF(status = 'FAILED', VALUES(${column}), ${column})`);

function columns({ eventId, aggregateId, type, occurred_ms, record }: Heard): unknown[] {
  const { topic, partition, offset, timestamp_ms, key, value, headers } = record;
  const occurred = sqlTime(occurred_ms);
  const place = [topic, partition, String(offset), timestamp_ms];
  return [eventId, aggregateId, type, occurred, ...place, key, value, encodeHeaders(headers)];
}

/**
 * Locks keys whose events are due, the longest due first, until the transaction ends; one that another process has
 * locked, or that a listener is adding to, is passed over.
 * @param only looks at this key alone
 */
export async function lockDueKeys(trx: Transaction, limit: number, only?: string): Promise<string[]> {
  const found = await select<{ aggregate_id: string }>(
    trx,
    `SELECT aggregate_id FROM heard_keys WHERE due_at <= CURRENT_TIMESTAMP(6)
       ${only === undefined ? '' : 'AND aggregate_id = ?'} ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED`,
    only === undefined ? [limit] : [only, limit],
  );
  return found.map((row) => row.aggregate_id);
}

/** Keys whose events are due, the longest due first; whether they are locked is not asked. */
export async function dueKeys(connection: Connection, limit: number): Promise<string[]> {
  const sql = `SELECT aggregate_id FROM heard_keys WHERE due_at <= CURRENT_TIMESTAMP(6) ORDER BY due_at LIMIT ?`;
  return (await select<{ aggregate_id: string }>(connection, sql, [limit])).map((row) => row.aggregate_id);
}

interface Columns {
  sequence: number;
  event_id: string;
  aggregate_id: string;
  attempts: number;
  topic: string;
  partition_number: number;
  record_offset: number | string;
  timestamp_ms: number;
  record_key: Buffer | null;
  payload: Buffer | null;
  headers: Buffer;
}

/**
 * The oldest events of locked keys that are to be applied, in order of arrival. By the keys' index: for the sake of that
 * order the server might read all that was ever applied.
 */
export async function oldestHeard(trx: Transaction, keys: readonly string[], limit: number) {
  const found = await select<Columns>(
    trx,
    `SELECT sequence, event_id, aggregate_id, attempts, topic, partition_number, record_offset, timestamp_ms, record_key,
       payload, headers
     FROM heard_events FORCE INDEX (heard_queue)
     WHERE status = 'NEW' AND aggregate_id IN (${marks(keys)}) ORDER BY sequence LIMIT ?`,
    [...keys, limit],
  );
  return found.map(toRow);
}

function toRow(row: Columns): HeardRow {
  const record: IncomingRecord = {
    topic: row.topic,
    partition: row.partition_number,
    offset: BigInt(row.record_offset),
    timestamp_ms: row.timestamp_ms,
    key: row.record_key,
    value: row.payload,
    headers: decodeHeaders(row.headers),
  };
  const { sequence, attempts } = row;
  return { sequence, eventId: row.event_id, aggregateId: row.aggregate_id, attempts, record };
}

export async function markApplied(trx: Transaction, sequences: readonly number[]): Promise<void> {
  if (sequences.length === 0) return;
  await execute(
    trx,
    `UPDATE heard_events SET status = 'APPLIED', applied_at = CURRENT_TIMESTAMP(6), last_error = NULL
     WHERE sequence IN (${marks(sequences)})`,
    sequences,
  );
}

/** Counts a failed attempt and puts the event's key off. */
export async function noteAttempt(trx: Transaction, row: HeardRow, error: unknown, delay_ms: number) {
  const sql = 'UPDATE heard_events SET attempts = attempts + 1, last_error = ? WHERE sequence = ?';
  await execute(trx, sql, [reasonOf(error), row.sequence]);
  await execute(
    trx,
    'UPDATE heard_keys SET due_at = CURRENT_TIMESTAMP(6) + INTERVAL ? MICROSECOND WHERE aggregate_id = ?',
    [delay_ms * 1_000, row.aggregateId],
  );
}

/** Counts the last failed attempt and gives the event up. */
export async function markFailed(trx: Transaction, { sequence }: HeardRow, error: unknown): Promise<void> {
  const sql = `UPDATE heard_events SET status = 'FAILED', attempts = attempts + 1, last_error = ? WHERE sequence = ?`;
  await execute(trx, sql, [reasonOf(error), sequence]);
}

/** Drops those of the locked keys that have nothing left to apply. */
export async function dropFinishedKeys(trx: Transaction, keys: readonly string[]): Promise<void> {
  // Asked first: as a part of the DELETE it would wait for rows that a listener is adding, and that waits for the keys.
  const left = await select<{ aggregate_id: string }>(
    trx,
    `SELECT DISTINCT aggregate_id FROM heard_events WHERE status = 'NEW' AND aggregate_id IN (${marks(keys)})`,
    keys,
  );
  const unfinished = new Set(left.map((row) => row.aggregate_id));
  const finished = keys.filter((key) => !unfinished.has(key));
  if (finished.length === 0) return;
  await execute(trx, `DELETE FROM heard_keys WHERE aggregate_id IN (${marks(finished)})`, finished);
}

export interface Backlog {
  readonly rows: number;
  /** Seconds; 0 when there are none. */
  readonly oldestAge_s: number;
}

/** What was heard and is not applied yet. */
export async function backlog(connection: Connection): Promise<Backlog> {
  const [row] = await select<{ found: number; age_s: number | null }>(
    connection,
    `SELECT (SELECT COUNT(*) FROM heard_events WHERE status = 'NEW') AS found,
       (SELECT TIMESTAMPDIFF(MICROSECOND, heard_at, CURRENT_TIMESTAMP(6)) / 1e6
        FROM heard_events FORCE INDEX (heard_purge) WHERE status = 'NEW' AND applied_at IS NULL
        ORDER BY sequence LIMIT 1) AS age_s`,
  );
  return { rows: Number(row?.found ?? 0), oldestAge_s: Number(row?.age_s ?? 0) };
}

/** Deletes applied events older than the retention, at most one small batch. @returns how many */
export async function purgeApplied(database: Database, retention_s: number, limit: number): Promise<number> {
  // Looked for first, by index alone: one DELETE would lock what it reads, and sort it.
  const found = await select<{ sequence: number }>(
    database,
    `SELECT sequence FROM heard_events WHERE status = 'APPLIED'
       AND applied_at < CURRENT_TIMESTAMP(6) - INTERVAL ? SECOND ORDER BY applied_at LIMIT ?`,
    [retention_s, limit],
  );
  if (found.length === 0) return 0;
  const sequences = found.map(({ sequence }) => sequence);
  const sql = `DELETE FROM heard_events WHERE status = 'APPLIED' AND sequence IN (${marks(sequences)})`;
  return (await execute(database, sql, sequences)).affectedRows;
}

/** Milliseconds since the epoch as a DATETIME in UTC. */
function sqlTime(at_ms: number): string {
  return new Date(at_ms).toISOString().replace('T', ' ').replace('Z', '');
}

function reasonOf(error: unknown): string {
  return String(error).slice(0, REASON_LENGTH_MAX);
}

function rows(values: readonly unknown[], width: number): string {
  const row = `(${Array(width).fill('?').join(', ')})`;
  return values.map(() => row).join(', ');
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
