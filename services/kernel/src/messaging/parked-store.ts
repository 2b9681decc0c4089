import { execute, select, type Connection, type Transaction } from '../database/database';
import type { IncomingRecord, TopicPartition } from './broker';
import type { ExceptionText } from './dead-letter';
import { decodeHeaders, encodeHeaders } from './outbox';

/** Longer keys cannot be indexed whole. */
export const PARKED_KEY_BYTES_MAX = 1_024;
/** Few, for one record may have a megabyte. */
const RECORDS_PER_INSERT = 10;

export type ParkingState = 'PARKED' | 'RELEASING';

/** A key of one partition that is stopped for one group. */
export interface ParkedKey extends TopicPartition {
  readonly group: string;
  readonly key: Buffer;
}

export interface ParkedRecord {
  readonly record: IncomingRecord & { readonly key: Buffer };
  /** Undefined when the record could not be read. */
  readonly eventId: string | undefined;
}

const OF_PARTITION = 'consumer_group = ? AND topic = ? AND partition_number = ?';
const OF_KEY = `${OF_PARTITION} AND record_key = ?`;
const valuesOf = ({ group, topic, partition, key }: ParkedKey) => [group, topic, partition, key];
const marks = (values: readonly unknown[]) => values.map(() => '?').join(', ');

/**
 * Locks those of the keys that are parked, so that a release and the partition's consumer take turns. Keys are
 * parked only under the lock of the partition's progress; who holds that sees no key appear.
 * @returns by key (latin1) how many records it has
 */
export async function lockParkedKeys(
  trx: Transaction,
  group: string,
  { topic, partition }: TopicPartition,
  keys: readonly Buffer[],
): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  const rows = await select<{ record_key: Buffer; records: number }>(
    trx,
    `SELECT record_key, records FROM parked_keys WHERE ${OF_PARTITION} AND record_key IN (${marks(keys)}) FOR UPDATE`,
    [group, topic, partition, ...keys],
  );
  return new Map(rows.map((row) => [row.record_key.toString('latin1'), row.records]));
}

export async function lockParkedKey(trx: Transaction, key: ParkedKey) {
  const rows = await select<{ parking_state: ParkingState; attempts: number } & ExceptionColumns>(
    trx,
    `SELECT parking_state, attempts, exception_name, exception_message, exception_stack
     FROM parked_keys WHERE ${OF_KEY} FOR UPDATE`,
    valuesOf(key),
  );
  const [row] = rows;
  return row && { state: row.parking_state, attempts: row.attempts, exception: exceptionOf(row) };
}

interface ExceptionColumns {
  exception_name: string;
  exception_message: string;
  exception_stack: string;
}

function exceptionOf(row: ExceptionColumns): ExceptionText {
  return { name: row.exception_name, message: row.exception_message, stack: row.exception_stack };
}

/** The caller holds the partition's progress. */
export async function hasParkedKeys(
  trx: Transaction,
  group: string,
  { topic, partition }: TopicPartition,
): Promise<boolean> {
  const sql = `SELECT 1 FROM parked_keys WHERE ${OF_PARTITION} LIMIT 1`;
  return (await select(trx, sql, [group, topic, partition])).length > 0;
}

/** The caller holds the partition's progress. */
export async function noteMayHaveParked(
  trx: Transaction,
  group: string,
  { topic, partition }: TopicPartition,
  mayHaveParked: boolean,
): Promise<void> {
  const sql = `UPDATE consumer_progress SET may_have_parked = ? WHERE ${OF_PARTITION}`;
  await execute(trx, sql, [mayHaveParked ? 1 : 0, group, topic, partition]);
}

export async function insertParkedKey(
  trx: Transaction,
  key: ParkedKey,
  records: number,
  attempts: number,
  { name, message, stack }: ExceptionText,
): Promise<void> {
  await execute(
    trx,
    `INSERT INTO parked_keys (consumer_group, topic, partition_number, record_key, records, attempts,
       exception_name, exception_message, exception_stack) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [...valuesOf(key), records, attempts, name.slice(0, 255), message, stack],
  );
}

export async function addToParkedKey(trx: Transaction, key: ParkedKey, records: number): Promise<void> {
  const sql = `UPDATE parked_keys SET records = records + ? WHERE ${OF_KEY}`;
  await execute(trx, sql, [records, ...valuesOf(key)]);
}

export async function insertParkedRecords(
  trx: Transaction,
  group: string,
  parked: readonly ParkedRecord[],
): Promise<void> {
  for (let from = 0; from < parked.length; from += RECORDS_PER_INSERT) {
    const chunk = parked.slice(from, from + RECORDS_PER_INSERT);
    await execute(
      trx,
      `INSERT INTO parked_records (consumer_group, topic, partition_number, record_offset, record_key, event_id,
         payload, headers, timestamp_ms) VALUES ${chunk.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
      chunk.flatMap(({ record, eventId }) => [
        group,
        record.topic,
        record.partition,
        String(record.offset),
        record.key,
        eventId ?? null,
        record.value,
        encodeHeaders(record.headers),
        record.timestamp_ms,
      ]),
    );
  }
}

/** Which of these events and offsets of a partition are parked. */
export async function parkedAlready(
  trx: Transaction,
  group: string,
  { topic, partition }: TopicPartition,
  eventIds: readonly string[],
  offsets: readonly bigint[],
): Promise<{ eventIds: Set<string>; offsets: Set<bigint> }> {
  const sql = `SELECT event_id FROM parked_records WHERE consumer_group = ? AND event_id IN (${marks(eventIds)})`;
  const byEvent =
    eventIds.length === 0 ? [] : await select<{ event_id: string }>(trx, sql, [group, ...eventIds]);
  const byOffset = await select<{ record_offset: number | string }>(
    trx,
    `SELECT record_offset FROM parked_records WHERE ${OF_PARTITION} AND record_offset IN (${marks(offsets)})`,
    [group, topic, partition, ...offsets.map(String)],
  );
  return {
    eventIds: new Set(byEvent.map((row) => row.event_id)),
    offsets: new Set(byOffset.map((row) => BigInt(row.record_offset))),
  };
}

/** A key's oldest records, in the order of the partition. */
export async function oldestParked(
  connection: Connection,
  key: ParkedKey,
  limit: number,
): Promise<IncomingRecord[]> {
  const rows = await select<{
    record_offset: number | string;
    payload: Buffer | null;
    headers: Buffer;
    timestamp_ms: number | string;
  }>(
    connection,
    `SELECT record_offset, payload, headers, timestamp_ms FROM parked_records
     WHERE ${OF_KEY} ORDER BY record_offset LIMIT ?`,
    [...valuesOf(key), limit],
  );
  return rows.map((row) => ({
    topic: key.topic,
    partition: key.partition,
    offset: BigInt(row.record_offset),
    key: key.key,
    value: row.payload,
    headers: decodeHeaders(row.headers),
    timestamp_ms: Number(row.timestamp_ms),
  }));
}

/**
 * Removes a key's oldest records, and the key with its last one; the next record becomes the head, which nobody has
 * tried yet. The caller holds the key. @returns whether the key is still there
 */
export async function removeParked(
  trx: Transaction,
  key: ParkedKey,
  records: readonly IncomingRecord[],
): Promise<boolean> {
  const offsets = records.map(({ offset }) => String(offset));
  await execute(trx, `DELETE FROM parked_records WHERE ${OF_KEY} AND record_offset IN (${marks(offsets)})`, [
    ...valuesOf(key),
    ...offsets,
  ]);
  if ((await oldestParked(trx, key, 1)).length === 0) {
    await execute(trx, `DELETE FROM parked_keys WHERE ${OF_KEY}`, valuesOf(key));
    return false;
  }
  await execute(
    trx,
    `UPDATE parked_keys SET records = records - ?, attempts = 0, exception_name = '', exception_message = '',
       exception_stack = '' WHERE ${OF_KEY}`,
    [offsets.length, ...valuesOf(key)],
  );
  return true;
}

export async function startRelease(trx: Transaction, key: ParkedKey): Promise<void> {
  await execute(trx, `UPDATE parked_keys SET parking_state = 'RELEASING' WHERE ${OF_KEY}`, valuesOf(key));
}

/** Notes that the head failed again; the key stays parked until it is released once more. */
export async function noteFailedRelease(
  trx: Transaction,
  key: ParkedKey,
  { name, message, stack }: ExceptionText,
): Promise<void> {
  await execute(
    trx,
    `UPDATE parked_keys SET parking_state = 'PARKED', attempts = attempts + 1, exception_name = ?,
       exception_message = ?, exception_stack = ? WHERE ${OF_KEY}`,
    [name.slice(0, 255), message, stack, ...valuesOf(key)],
  );
}
