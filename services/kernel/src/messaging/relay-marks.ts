import type { Database } from '../database/database';
import type { Log } from '../log';
import type { Metrics } from '../telemetry/metrics';
import { backoff_ms, pause } from '../wait';
import { markPublished, type PendingRow } from './outbox-store';

const ROWS_MAX = 1_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 5_000;

export interface Marks {
  /** The broker has acknowledged these rows. Marked soon, together with what else is acknowledged by then. */
  add(rows: readonly PendingRow[]): void;
  /** Resolves when nothing is left to mark, or marking was given up. */
  settled(): Promise<void>;
}

export interface MarksParts {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What is not marked by then is published again by whoever relays next. */
  readonly stopping: AbortSignal;
  onMarked(rows: readonly PendingRow[]): void;
}

/**
 * Marks acknowledged rows as published, one statement at a time: while one is under way the next one grows. The sends
 * do not wait for it. A crash before a mark publishes rows again, in the same order; the inbox drops the repeats.
 */
export function createMarks({ database, log, metrics, stopping, onMarked }: MarksParts): Marks {
  let due: PendingRow[] = [];
  let marking: Promise<void> | null = null;

  async function run() {
    for (let failure = 0; due.length > 0;) {
      const rows = due.slice(0, ROWS_MAX);
      try {
        await markPublished(
          database,
          rows.map(({ id }) => id),
        );
      } catch (error) {
        if (stopping.aborted) break;
        log.warn({ rows: rows.length, failure, error: String(error) }, 'published, but not marked yet');
        await pause(backoff_ms(failure++, BACKOFF_MS, BACKOFF_MS_MAX), stopping);
        continue;
      }
      failure = 0;
      due = due.slice(rows.length);
      count(rows);
      onMarked(rows);
    }
    marking = null;
  }

  function count(rows: readonly PendingRow[]) {
    const counts = new Map<string, number>();
    for (const { topic } of rows) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    for (const [topic, rowsOfIt] of counts)
      metrics.published.inc({ messaging_destination_name: topic }, rowsOfIt);
  }

  return {
    add(rows) {
      due = due.concat(rows);
      marking ??= run();
    },
    settled: async () => marking ?? undefined,
  };
}
