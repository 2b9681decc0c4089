import { select, type Connection } from '../database/database';
import type { RecordHeaders, TopicPartition } from './broker';
import { decodeHeaders } from './outbox';
import type { ParkedKey, ParkingState } from './parked-store';

/** Keys of some partitions that are to be released, longest parked first. */
export async function releasingKeys(
  connection: Connection,
  group: string,
  partitions: readonly TopicPartition[],
  limit: number,
): Promise<ParkedKey[]> {
  const rows = await select<{ topic: string; partition_number: number; record_key: Buffer }>(
    connection,
    `SELECT topic, partition_number, record_key FROM parked_keys
     WHERE consumer_group = ? AND parking_state = 'RELEASING' AND (${among(partitions)}) ORDER BY parked_at LIMIT ?`,
    [group, ...partitions.flatMap(({ topic, partition }) => [topic, partition]), limit],
  );
  return rows.map((row) => ({
    group,
    topic: row.topic,
    partition: row.partition_number,
    key: row.record_key,
  }));
}

/** How many keys are parked in some partitions, and how many records they hold, by topic. */
export async function parkedCounts(
  connection: Connection,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<{ topic: string; keys: number; records: number }[]> {
  const rows = await select<{ topic: string; parked: number | string; records: number | string }>(
    connection,
    `SELECT topic, COUNT(*) AS parked, SUM(records) AS records FROM parked_keys
     WHERE consumer_group = ? AND (${among(partitions)}) GROUP BY topic`,
    [group, ...partitions.flatMap(({ topic, partition }) => [topic, partition])],
  );
  return rows.map(({ topic, parked, records }) => ({
    topic,
    keys: Number(parked),
    records: Number(records),
  }));
}

function among(partitions: readonly TopicPartition[]): string {
  return partitions.map(() => '(topic = ? AND partition_number = ?)').join(' OR ');
}

/** Which parked keys: all that fit what is given. */
export interface ParkedSelection {
  readonly group?: string | undefined;
  readonly topic?: string | undefined;
  readonly key?: string | undefined;
}

/** A condition on `parked_keys` and its values. */
export function parkedWhere({ group, topic, key }: ParkedSelection): { sql: string; values: unknown[] } {
  const conditions: [string, unknown][] = [
    ['consumer_group = ?', group],
    ['topic = ?', topic],
    ['record_key = ?', key === undefined ? undefined : Buffer.from(key)],
  ];
  const given = conditions.filter(([, value]) => value !== undefined);
  return {
    sql: given.map(([condition]) => condition).join(' AND ') || 'TRUE',
    values: given.map(([, value]) => value),
  };
}

export interface ParkedKeyRow extends ParkedKey {
  readonly state: ParkingState;
  readonly records: number;
  readonly attempts: number;
  readonly exception: string;
  readonly message: string;
  /** UTC, as the database writes it. */
  readonly parkedAt: string;
  readonly headOffset: bigint;
  readonly headHeaders: RecordHeaders;
}

/** Parked keys with the record that stops each, by topic, partition and key. */
export async function parkedKeyRows(
  connection: Connection,
  selection: ParkedSelection,
  limit: number,
  offset: number,
): Promise<ParkedKeyRow[]> {
  const { sql, values } = parkedWhere(selection);
  const rows = await select<{
    consumer_group: string;
    topic: string;
    partition_number: number;
    record_key: Buffer;
    parking_state: ParkingState;
    records: number;
    attempts: number;
    exception_name: string;
    exception_message: string;
    parked_at: string;
    record_offset: number | string;
    headers: Buffer;
  }>(
    connection,
    `SELECT k.consumer_group, k.topic, k.partition_number, k.record_key, k.parking_state, k.records, k.attempts,
       k.exception_name, k.exception_message, k.parked_at, head.record_offset, head.headers
     FROM (SELECT * FROM parked_keys WHERE ${sql}
       ORDER BY consumer_group, topic, partition_number, record_key LIMIT ? OFFSET ?) k
     JOIN parked_records head ON head.consumer_group = k.consumer_group AND head.topic = k.topic
       AND head.partition_number = k.partition_number AND head.record_offset = (
         SELECT MIN(r.record_offset) FROM parked_records r WHERE r.consumer_group = k.consumer_group
           AND r.topic = k.topic AND r.partition_number = k.partition_number AND r.record_key = k.record_key)
     ORDER BY k.consumer_group, k.topic, k.partition_number, k.record_key`,
    [...values, limit, offset],
  );
  return rows.map((row) => ({
    group: row.consumer_group,
    topic: row.topic,
    partition: row.partition_number,
    key: row.record_key,
    state: row.parking_state,
    records: row.records,
    attempts: row.attempts,
    exception: row.exception_name,
    message: row.exception_message,
    parkedAt: row.parked_at,
    headOffset: BigInt(row.record_offset),
    headHeaders: decodeHeaders(row.headers),
  }));
}

/** The key of the record at a position, if that is parked. */
export async function parkedKeyAt(
  connection: Connection,
  group: string,
  { topic, partition }: TopicPartition,
  offset: bigint,
): Promise<ParkedKey | undefined> {
  const [row] = await select<{ record_key: Buffer }>(
    connection,
    `SELECT record_key FROM parked_records
     WHERE consumer_group = ? AND topic = ? AND partition_number = ? AND record_offset = ?`,
    [group, topic, partition, String(offset)],
  );
  return row && { group, topic, partition, key: row.record_key };
}
