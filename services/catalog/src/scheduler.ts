import { backoff_ms, pause, type Log, type Part } from '@naru/kernel';
import { tellTrace } from './apply-span';
import { applyDue, type Applied, type ApplyParts } from './apply-heard';
import type { CatalogMetrics } from './metrics';

const POLL_MS = 200;
const ROWS_PER_LOOK = 100;
const BACKOFF_MS_MAX = 5_000;

export interface SchedulerParts extends ApplyParts {
  readonly log: Log;
  readonly metrics: CatalogMetrics;
}

/** Applies what was heard to the read model, on a schedule (source E); a backlog is worked through without a rest. */
export function createScheduler(parts: SchedulerParts): Part {
  const { log } = parts;
  const ending = new AbortController();
  let loop = Promise.resolve();

  async function run() {
    for (let failure = 0; !ending.signal.aborted;) {
      try {
        const from_ms = Date.now();
        const results = await applyDue(parts, ROWS_PER_LOOK);
        for (const result of results) tell(parts, result, from_ms);
        failure = 0;
        if (results.length < ROWS_PER_LOOK) await pause(POLL_MS, ending.signal);
      } catch (error) {
        if (failure === 0) log.warn({ error: String(error) }, 'the catalogue waits for its database');
        await pause(backoff_ms(failure++, POLL_MS, BACKOFF_MS_MAX), ending.signal);
      }
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

/** Counts and logs what became of an event, as the kernel does of a record, and puts it into its trace. */
function tell({ log, metrics, group }: SchedulerParts, applied: Applied, from_ms: number): void {
  const { row, outcome, error } = applied;
  metrics.applied.inc({ outcome });
  tellTrace(group, applied, from_ms);
  const { topic, partition, offset } = row.record;
  const fields = { topic, partition, offset: String(offset), eventId: row.eventId };
  if (outcome === 'applied') {
    log.debug(fields, 'applied');
  } else if (outcome === 'retried') {
    log.warn({ ...fields, error: String(error) }, 'not applied, trying again');
  } else {
    const labels = { messaging_destination_name: topic, messaging_consumer_group_name: group };
    metrics.consumed.inc({ ...labels, outcome });
    log.error({ ...fields, error: String(error) }, 'DEAD LETTER');
  }
}
