import { decodeHeaders, select, type Database } from '@naru/kernel';
import type { OutboxRow, Parked, ServiceFacts } from '../facts';
import { laneOf } from '../views';
import { digestOf } from './digest';
import { rowsOf, type Reading } from './pages';

interface OutboxColumns {
  id: number;
  event_id: string;
  topic: string;
  partition_number: number;
  record_key: Buffer | null;
  payload: Buffer | null;
  headers: Buffer;
  ordering_key: Buffer;
  outbox_status: OutboxRow['status'];
  published_at_s: string | null;
  last_error: string | null;
}

/** The outbox in the order of its rows. */
export function readOutbox(database: Database, service: string, reading: Reading): Promise<OutboxRow[]> {
  const query = {
    source: `${service}.outbox`,
    table: 'outbox',
    key: 'id',
    columns: `id, event_id, topic, partition_number, record_key, payload, headers, ordering_key, outbox_status,
      IF(outbox_status = 'PUBLISHED', UNIX_TIMESTAMP(published_at), NULL) AS published_at_s, last_error`,
  };
  return rowsOf(database, query, toRow, reading);
}

function toRow(row: OutboxColumns): OutboxRow {
  const { topic, partition_number: partition, record_key: key, payload: value, last_error: lastError } = row;
  const headers = decodeHeaders(row.headers);
  return {
    id: row.id,
    eventId: row.event_id,
    topic,
    partition,
    orderingKey: row.ordering_key.toString('latin1'),
    status: row.outbox_status,
    publishedAt_ms: row.published_at_s === null ? null : Number(row.published_at_s) * 1_000,
    lastError: row.outbox_status === 'PUBLISHED' ? null : lastError,
    fingerprint: digestOf({ key, value, headers }, laneOf({ topic, partition })),
  };
}

/** Services whose groups have effects outside the database keep a log of these in place of the inbox. */
const effectLogs: Readonly<Record<string, string>> = { email: 'emails', notification: 'deliveries' };

/** Ids of the events that the service's group has received. */
export async function readReceived(database: Database, service: string, group: string, reading: Reading) {
  const toId = ({ event_id }: { event_id: string }) => event_id;
  const inbox = {
    source: `${service}.inbox`,
    table: 'inbox',
    key: 'event_id',
    isText: true,
    columns: 'event_id',
    condition: 'consumer_group = ?',
    bindings: [group],
  };
  const received = new Set(await rowsOf(database, inbox, toId, reading));
  const table = effectLogs[service];
  if (table === undefined) return received;
  const effects = {
    source: `${service}.${table}`,
    table,
    key: 'event_id',
    isText: true,
    columns: 'event_id',
  };
  return new Set([...received, ...(await rowsOf(database, effects, toId, reading))]);
}

/** Next offsets of a group by the service's own database, by lane. */
export async function readProgress(database: Database, group: string): Promise<ServiceFacts['progress']> {
  const rows = await select<{ topic: string; partition_number: number; next_offset: number }>(
    database,
    'SELECT topic, partition_number, next_offset FROM consumer_progress WHERE consumer_group = ?',
    [group],
  );
  return new Map(
    rows.map(({ topic, partition_number: partition, next_offset }) => [
      laneOf({ topic, partition }),
      next_offset,
    ]),
  );
}

/** Rows that the relay has not published yet. */
export async function pendingCount(database: Database): Promise<number> {
  const sql = "SELECT COUNT(*) AS pending FROM outbox WHERE outbox_status = 'PENDING'";
  const [row] = await select<{ pending: number }>(database, sql);
  return row?.pending ?? 0;
}

interface ParkedColumns {
  topic: string;
  partition_number: number;
  record_offset: number;
}

/** What a group has parked; a database of before there was such a table has none. */
export async function readParked(
  database: Database,
  service: string,
  group: string,
  reading: Reading,
): Promise<Parked[]> {
  const there = await select(
    database,
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'parked_records'",
  );
  if (there.length === 0) return [];
  const query = {
    source: `${service}.parked_records`,
    table: 'parked_records',
    key: 'id',
    columns: 'id, topic, partition_number, record_offset',
    condition: 'consumer_group = ?',
    bindings: [group],
  };
  return rowsOf(
    database,
    query,
    ({ topic, partition_number: partition, record_offset: offset }: ParkedColumns) => ({
      topic,
      partition,
      offset,
    }),
    reading,
  );
}
