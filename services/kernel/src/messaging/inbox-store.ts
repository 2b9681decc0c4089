import { execute, select, type Connection, type Database, type Transaction } from '../database/database';
import { isDuplicateKey } from '../errors';
import type { TopicPartition } from './broker';

const IDS_PER_INSERT = 500;

/**
 * Notes event ids as received by a group, in the transaction of their effects.
 * @returns those that the group had not received before
 */
export async function receive(trx: Transaction, group: string, ids: readonly string[]): Promise<Set<string>> {
  const fresh = new Set<string>();
  for (let from = 0; from < ids.length; from += IDS_PER_INSERT) {
    const chunk = ids.slice(from, from + IDS_PER_INSERT);
    try {
      await insert(trx, group, chunk);
      chunk.forEach((id) => fresh.add(id));
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const known = await received(trx, group, chunk);
      const missing = chunk.filter((id) => !known.has(id));
      if (missing.length > 0) await insert(trx, group, missing);
      missing.forEach((id) => fresh.add(id));
    }
  }
  return fresh;
}

async function insert(trx: Transaction, group: string, ids: readonly string[]): Promise<void> {
  await execute(
    trx,
    `INSERT INTO inbox (consumer_group, event_id) VALUES ${ids.map(() => '(?, ?)').join(', ')}`,
    ids.flatMap((id) => [group, id]),
  );
}

/** Those of the ids that the group has received. */
export async function received(
  trx: Transaction,
  group: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await select<{ event_id: string }>(
    trx,
    `SELECT event_id FROM inbox WHERE consumer_group = ? AND event_id IN (${ids.map(() => '?').join(', ')})`,
    [group, ...ids],
  );
  return new Set(rows.map((row) => row.event_id));
}

/** Takes an event id out of what the group has received: should the event come again, it is handled. */
export async function forget(trx: Transaction, group: string, id: string): Promise<void> {
  await execute(trx, 'DELETE FROM inbox WHERE consumer_group = ? AND event_id = ?', [group, id]);
}

/** The next offset of a partition by the group's own database, or undefined when it never read it. */
export async function progressOf(
  connection: Connection,
  group: string,
  { topic, partition }: TopicPartition,
) {
  const rows = await select<{ next_offset: number | string }>(
    connection,
    'SELECT next_offset FROM consumer_progress WHERE consumer_group = ? AND topic = ? AND partition_number = ?',
    [group, topic, partition],
  );
  return rows[0] && BigInt(rows[0].next_offset);
}

/** What a partition's row of `consumer_progress` tells. */
export interface Progress {
  readonly next: bigint;
  /** False only when no key of the partition is parked; saves looking for parked keys with each batch. */
  readonly mayHaveParked: boolean;
}

/**
 * Locks the partition's progress: two processes that believe to own it take turns, and what one has done is
 * not done again by the other.
 */
export async function lockProgress(
  trx: Transaction,
  group: string,
  { topic, partition }: TopicPartition,
): Promise<Progress> {
  const rows = await select<{ next_offset: number | string; may_have_parked: number }>(
    trx,
    `SELECT next_offset, may_have_parked FROM consumer_progress
     WHERE consumer_group = ? AND topic = ? AND partition_number = ? FOR UPDATE`,
    [group, topic, partition],
  );
  return { next: BigInt(rows[0]?.next_offset ?? 0), mayHaveParked: rows[0]?.may_have_parked !== 0 };
}

/** Moves a partition's next offset forward, never back. */
export async function saveProgress(
  connection: Connection,
  group: string,
  { topic, partition }: TopicPartition,
  next: bigint,
): Promise<void> {
  await execute(
    connection,
    `INSERT INTO consumer_progress (consumer_group, topic, partition_number, next_offset) VALUES (?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE next_offset = GREATEST(next_offset, VALUES(next_offset)), updated_at = CURRENT_TIMESTAMP(6)`,
    [group, topic, partition, String(next)],
  );
}

/** Deletes inbox rows older than the retention, at most one small batch. @returns how many */
export async function purgeInbox(database: Database, retention_s: number, limit: number): Promise<number> {
  const sql =
    'DELETE FROM inbox WHERE received_at < CURRENT_TIMESTAMP(6) - INTERVAL ? SECOND ORDER BY received_at LIMIT ?';
  return (await execute(database, sql, [retention_s, limit])).affectedRows;
}
