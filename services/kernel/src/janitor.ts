import type { Database } from './database/database';
import { purgeIdempotencyKeys } from './http';
import type { Log } from './log';
import { purgeInbox } from './messaging/inbox-store';
import { purgeOutbox } from './messaging/outbox-store';
import { pause } from './wait';

const INTERVAL_MS = 10_000;
const BATCH_ROWS = 500;
const BATCHES_MAX = 40;
/** At least twice the longest limited retention of a topic (7 days): a redelivery never finds its id gone. */
const INBOX_RETENTION_S = 15 * 24 * 60 * 60;

/** Deletes what has served its time, in small batches, until the signal aborts. */
export async function keepTidy(database: Database, outboxRetention_s: number, log: Log, signal: AbortSignal) {
  const jobs = [
    () => purgeOutbox(database, outboxRetention_s, BATCH_ROWS),
    () => purgeInbox(database, INBOX_RETENTION_S, BATCH_ROWS),
  ];
  while (!signal.aborted) {
    try {
      for (const job of jobs) {
        for (let batch = 0; batch < BATCHES_MAX && !signal.aborted; batch++) {
          if ((await job()) < BATCH_ROWS) break;
        }
      }
      await purgeIdempotencyKeys(database);
    } catch (error) {
      log.debug({ error: String(error) }, 'tidying up is put off');
    }
    await pause(INTERVAL_MS, signal);
  }
}
