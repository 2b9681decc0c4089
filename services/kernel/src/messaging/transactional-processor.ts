import { transaction, type Transaction } from '../database/database';
import { classify } from '../errors';
import type { Outcome } from '../telemetry/names';
import { withDeadline } from '../wait';
import { attemptOrBury } from './attempt-or-bury';
import type { Event } from './codec';
import { deadLetter, writeDeadLetter } from './dead-letter';
import type { TransactionalHandler } from './handlers';
import { lockProgress, receive, saveProgress } from './inbox-store';
import { createParking, noKeys } from './parking';
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
import { report, reportAll, type Report } from './record-report';

/**
 * A batch is one transaction: inbox ids, effects, outbox rows, dead letters of poison, and the partition's progress.
 * If it fails for a reason that is not infrastructure, its records are taken one by one, so that one bad
 * record does not fail its neighbours. Records of a parked key are put behind the one that stopped it.
 */
export function transactionalProcessor(parts: GroupParts, policy: RetryPolicy): Processor {
  const { group, database, outbox, contracts } = parts;
  const parking = createParking(parts);

  /** @returns what became of each record; those that are not named are duplicates */
  async function write(trx: Transaction, sorted: readonly Sorted[]): Promise<Map<Sorted, Outcome>> {
    const { partition, next } = lastOf(sorted.map(recordOf));
    const { next: done, mayHaveParked } = await lockProgress(trx, group, partition);
    const ahead = sorted.filter((entry) => recordOf(entry).offset >= done);
    const parked = mayHaveParked ? await parking.lockKeys(trx, partition, ahead) : noKeys;
    const { free, aside } = parking.divide(ahead, parked);
    const fresh = await handleFresh(parts, trx, free);
    for (const entry of free) {
      if (entry.kind !== 'poison') continue;
      const letter = deadLetter(contracts.topics, group, entry.record, entry.error, 1);
      await writeDeadLetter(trx, outbox, group, letter);
    }
    const outcomes = await parking.putAside(trx, partition, aside, parked);
    await saveProgress(trx, group, partition, next);
    fresh.forEach((entry) => outcomes.set(entry, 'processed'));
    for (const entry of free) if (entry.kind === 'poison') outcomes.set(entry, 'dead-lettered');
    return outcomes;
  }

  async function apply(sorted: readonly Sorted[]): Promise<void> {
    const { topic } = lastOf(sorted.map(recordOf)).partition;
    const labels = { messaging_destination_name: topic, messaging_consumer_group_name: group };
    const endTimer = parts.metrics.processDuration.startTimer(labels);
    const outcomes = await transaction(database, (trx) => write(trx, sorted));
    endTimer();
    const reports = sorted.map((entry): Report => {
      const outcome = entry.kind === 'skipped' ? 'skipped' : (outcomes.get(entry) ?? 'duplicate');
      return { entry, outcome, error: entry.kind === 'poison' ? entry.error : undefined };
    });
    reportAll(parts, reports);
  }

  async function bury(entry: Sorted, error: unknown, attempts: number): Promise<void> {
    const record = recordOf(entry);
    const { partition, next } = lastOf([record]);
    const outcome = await transaction(database, async (trx): Promise<Outcome> => {
      // Whoever took the partition over meanwhile may have got past the record, which then has its effect.
      if ((await lockProgress(trx, group, partition)).next > record.offset) return 'duplicate';
      let buried: Outcome = 'dead-lettered';
      if (parking.parks(entry)) buried = await parking.park(trx, partition, entry, { error, attempts });
      else
        await writeDeadLetter(
          trx,
          outbox,
          group,
          deadLetter(contracts.topics, group, record, error, attempts),
        );
      await saveProgress(trx, group, partition, next);
      return buried;
    });
    report(parts, entry, outcome, outcome === 'duplicate' ? undefined : error);
  }

  async function applyOne(entry: Sorted, until: Until): Promise<void> {
    await attemptOrBury(parts, policy, entry, until, () => apply([entry]), bury);
    until.done(recordOf(entry).offset + 1n);
  }

  return {
    async process(records, until) {
      await until.available(async () => prepareRecords(parts, records));
      const sorted = records.map((record) => sortRecord(parts, record));
      try {
        await until.available(() => apply(sorted));
        until.done(lastOf(records).next);
      } catch (error) {
        if (classify(error) === 'cancelled') throw error;
        parts.log.warn(
          { records: records.length, error: String(error) },
          'batch failed, taking its records one by one',
        );
        for (const entry of sorted) {
          if (until.ending.aborted) throw new CancelledError();
          await applyOne(entry, until);
        }
      }
    },
  };
}

type EventEntry = Extract<Sorted, { kind: 'event' }>;

/**
 * Notes the events among some records as received and handles those that the group had not received before.
 * The deadline is inside the transaction, so that a late handler is rolled back before it is tried again.
 * @returns the events that were handled
 */
export async function handleFresh(
  parts: GroupParts,
  trx: Transaction,
  entries: readonly Sorted[],
): Promise<EventEntry[]> {
  const events = distinct(entries.flatMap((entry) => (entry.kind === 'event' ? [entry] : [])));
  const ids = events.map(({ event }) => event.id);
  const freshIds = await receive(trx, parts.group, ids);
  const fresh = events.filter(({ event }) => freshIds.has(event.id));
  await withDeadline(parts.handlerDeadline_ms, async () => {
    for (const run of runsOfOneHandler(fresh)) await run.handler.handle(trx, run.events);
  });
  return fresh;
}

/** The first of each event id; a doubled id within one batch is a duplicate like any other. */
function distinct(entries: readonly EventEntry[]): EventEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ event }) => !seen.has(event.id) && seen.add(event.id));
}

/** Neighbouring events of one handler together, so that order across types of a key holds. */
function runsOfOneHandler(
  entries: readonly EventEntry[],
): { handler: TransactionalHandler; events: Event[] }[] {
  const runs: { handler: TransactionalHandler; events: Event[] }[] = [];
  for (const { handler, event } of entries) {
    const last = runs[runs.length - 1];
    if (last && last.handler === handler) last.events.push(event);
    else runs.push({ handler: handler as TransactionalHandler, events: [event] });
  }
  return runs;
}
