import { transaction } from '../database/database';
import { classify, InfrastructureError } from '../errors';
import { callSpan, withinSpan } from '../telemetry/tracing';
import { DeadlineError, pause, withDeadline } from '../wait';
import { attemptOrBury } from './attempt-or-bury';
import type { IncomingRecord } from './broker';
import type { Event } from './codec';
import { deadLetter, writeDeadLetter } from './dead-letter';
import type { EffectHandler } from './handlers';
import { progressOf, saveProgress } from './inbox-store';
import { CancelledError, type RetryPolicy } from './policy';
import {
  lastOf,
  prepareRecords,
  recordOf,
  sortRecord,
  type GroupParts,
  type Processor,
  type Sorted,
  type Until,
} from './processor';
import { report } from './record-report';

/** Keys whose effects are made at once, per partition. */
const KEYS_AT_ONCE = 8;
const HELD_POLL_MS = 500;

/**
 * Effects outside the database, record by record: claim, call, mark. Keys run side by side, a key's records in order;
 * the partition's progress moves past a contiguous prefix of finished records only.
 */
export function effectProcessor(parts: GroupParts, policy: RetryPolicy): Processor {
  const { group, database, outbox, contracts } = parts;

  async function perform(entry: Extract<Sorted, { kind: 'event' }>, until: Until): Promise<void> {
    const handler = entry.handler as EffectHandler;
    const { event } = entry;
    const { topic } = event.record;
    const labels = { messaging_destination_name: topic, messaging_consumer_group_name: group };
    const endTimer = parts.metrics.processDuration.startTimer(labels);
    for (;;) {
      const claim = await handler.claim(database, event);
      if (claim === 'done') return report(parts, entry, 'duplicate');
      if (claim === 'claimed') break;
      until.alive();
      await pause(HELD_POLL_MS, until.ending);
      if (until.ending.aborted) throw new CancelledError();
    }
    await call(handler, event);
    await until.available(() => transaction(database, (trx) => handler.mark(trx, event)));
    endTimer();
    report(parts, entry, 'processed');
  }

  async function bury(
    entry: Exclude<Sorted, { kind: 'skipped' }>,
    error: unknown,
    attempts: number,
  ): Promise<void> {
    const record = recordOf(entry);
    await transaction(database, async (trx) => {
      if (entry.kind === 'event') await (entry.handler as EffectHandler).fail(trx, entry.event, error);
      await writeDeadLetter(trx, outbox, group, deadLetter(contracts.topics, group, record, error, attempts));
    });
    report(parts, entry, 'dead-lettered', error);
  }

  async function processOne(record: IncomingRecord, until: Until): Promise<void> {
    // A batch may take long; what was found out at its beginning may have to be asked again.
    await until.available(async () => prepareRecords(parts, [record]));
    const entry = sortRecord(parts, record);
    if (entry.kind === 'skipped') return report(parts, entry, 'skipped');
    if (entry.kind === 'poison') return until.available(() => bury(entry, entry.error, 1));
    await attemptOrBury(parts, policy, entry, until, () => perform(entry, until), bury);
  }

  return {
    async process(records, until) {
      await until.available(async () => prepareRecords(parts, records));
      const { partition, next } = lastOf(records);
      const progress = await until.available(() => progressOf(database, group, partition));
      const ahead = (record: IncomingRecord) => record.offset >= (progress ?? 0n);
      const todo = records.filter(ahead);
      for (const record of records) if (!ahead(record)) report(parts, sortRecord(parts, record), 'duplicate');
      const finished = new Set<bigint>();
      let prefix = 0;
      const settle = async (record: IncomingRecord) => {
        finished.add(record.offset);
        const before = prefix;
        while (prefix < todo.length && finished.has((todo[prefix] as IncomingRecord).offset)) prefix++;
        if (prefix === before) return;
        const saved = (todo[prefix - 1] as IncomingRecord).offset + 1n;
        await until.available(() => saveProgress(database, group, partition, saved));
        until.done(saved);
      };
      const queues = byKey(todo);
      const runner = async () => {
        for (let queue = queues.shift(); queue; queue = queues.shift()) {
          for (const record of queue) {
            if (until.ending.aborted) throw new CancelledError();
            await processOne(record, until);
            await settle(record);
          }
        }
      };
      const runs = await Promise.allSettled(Array.from({ length: KEYS_AT_ONCE }, runner));
      const broken = runs.find((run) => run.status === 'rejected');
      if (broken) throw classify(broken.reason) === 'cancelled' ? new CancelledError() : broken.reason;
      until.done(next);
    },
  };
}

/** A call that does not come back in time says nothing of the event: what it depends on does not answer. */
async function call(handler: EffectHandler, event: Event): Promise<void> {
  try {
    await withinSpan(
      () => callSpan('call', handler.dependency, event.traceparent),
      () => withDeadline(handler.deadline_ms, (signal) => handler.call(event, signal)),
    );
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new InfrastructureError(handler.dependency, error.message, { cause: error });
  }
}

/** Records without a key are one queue: so is what they lead to in the outbox, where their order is the topic's. */
function byKey(records: readonly IncomingRecord[]): IncomingRecord[][] {
  const queues = new Map<string | null, IncomingRecord[]>();
  for (const record of records) {
    const key = record.key && record.key.toString('latin1');
    const queue = queues.get(key);
    if (queue) queue.push(record);
    else queues.set(key, [record]);
  }
  return [...queues.values()];
}
