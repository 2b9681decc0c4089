import { laneOf, pause, select, type Database } from '@naru/kernel';

const IDS_PER_QUERY = 500;
const PUBLISHED_POLL_MS = 200;

/** How far a group has come, by its service's own database: the next offset of each partition, by `laneOf`. */
export async function handledUpTo(database: Database, group: string): Promise<Map<string, bigint>> {
  const rows = await select<{ topic: string; partition_number: number; next_offset: number | string }>(
    database,
    'SELECT topic, partition_number, next_offset FROM consumer_progress WHERE consumer_group = ?',
    [group],
  );
  return new Map(
    rows.map(({ topic, partition_number: partition, next_offset }) => [
      laneOf({ topic, partition }),
      BigInt(next_offset),
    ]),
  );
}

/**
 * When a group took events in, milliseconds since the epoch, by the database's clock. Those that it does not remember,
 * or that are effects outside the database, are left out.
 */
export async function takenInAt(
  database: Database,
  group: string,
  eventIds: readonly string[],
): Promise<Map<string, number>> {
  const at = new Map<string, number>();
  for (let from = 0; from < eventIds.length; from += IDS_PER_QUERY) {
    const ids = eventIds.slice(from, from + IDS_PER_QUERY);
    const rows = await select<{ event_id: string; at: string }>(
      database,
      `SELECT event_id, DATE_FORMAT(received_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS at FROM inbox
       WHERE consumer_group = ? AND event_id IN (${ids.map(() => '?').join(', ')})`,
      [group, ...ids],
    );
    for (const row of rows) at.set(row.event_id, Date.parse(row.at));
  }
  return at;
}

/** Waits until a service has published all that it wrote. @returns how many events still wait after the deadline */
export async function awaitPublished(database: Database, deadline_ms: number): Promise<number> {
  const end_ms = performance.now() + deadline_ms;
  for (;;) {
    const sql = "SELECT COUNT(*) AS waiting FROM outbox WHERE outbox_status = 'PENDING'";
    const [row] = await select<{ waiting: number }>(database, sql);
    const waiting = Number(row?.waiting ?? 0);
    if (waiting === 0 || performance.now() > end_ms) return waiting;
    await pause(PUBLISHED_POLL_MS);
  }
}
