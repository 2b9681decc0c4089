import { pause, type Database, type Log, type Part } from '@naru/kernel';
import { backlog, purgeApplied } from './heard-store';
import type { CatalogMetrics } from './metrics';

const INTERVAL_MS = 2_000;
const BATCH_ROWS = 500;
const BATCHES_MAX = 40;

export interface UpkeepParts {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: CatalogMetrics;
  /** Applied events are kept this long, in seconds. */
  readonly retention_s: number;
}

/** Tells of the backlog, and deletes what was applied long ago, in small batches. */
export function createUpkeep({ database, log, metrics, retention_s }: UpkeepParts): Part {
  const ending = new AbortController();
  let loop = Promise.resolve();

  async function run() {
    while (!ending.signal.aborted) {
      try {
        await measure();
        await purge();
      } catch (error) {
        log.debug({ error: String(error) }, 'upkeep is put off');
      }
      await pause(INTERVAL_MS, ending.signal);
    }
  }

  async function measure() {
    const { rows, oldestAge_s } = await backlog(database);
    metrics.unapplied.set(rows);
    metrics.oldestUnappliedAge.set(oldestAge_s);
  }

  async function purge() {
    for (let batch = 0; batch < BATCHES_MAX && !ending.signal.aborted; batch++) {
      if ((await purgeApplied(database, retention_s, BATCH_ROWS)) < BATCH_ROWS) break;
    }
  }

  return {
    async start() {
      loop = run();
    },
    async stop() {
      ending.abort();
      await loop;
    },
  };
}
