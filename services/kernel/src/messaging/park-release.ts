import { transaction, type Transaction } from '../database/database';
import { classify } from '../errors';
import type { Outcome } from '../telemetry/names';
import { backoff_ms, pause } from '../wait';
import type { TopicPartition } from './broker';
import { exceptionText } from './dead-letter';
import { parkedCounts, releasingKeys } from './parked-lookup';
import { lockParkedKey, noteFailedRelease, oldestParked, removeParked, type ParkedKey } from './parked-store';
import { prepareRecords, sortRecord, type GroupParts, type Sorted } from './processor';
import { report, reportAll } from './record-report';
import { handleFresh } from './transactional-processor';

const POLL_MS = 500;
const BACKOFF_MS_MAX = 5_000;
const COUNT_INTERVAL_MS = 5_000;
const KEYS_PER_LOOK = 20;
/** Records of a key that are handled in one transaction, while live records of that key wait for it. */
const RECORDS_PER_TRANSACTION = 100;

export interface ParkRelease {
  start(): void;
  /** Ends after the transaction at hand. */
  stop(): Promise<void>;
}

interface FailedHead {
  readonly head: Sorted;
  readonly error: unknown;
}

/**
 * Handles the records of keys that are to be released, oldest first, as the partition's consumer would have: inbox,
 * effects and removal in one transaction. The key's row is locked meanwhile, so that a live record of the key either
 * queues behind what is left or is handled after the last of it. A record that fails leaves its key parked.
 * @param assigned the partitions that this process consumes
 */
export function createParkRelease(
  parts: GroupParts,
  assigned: () => readonly TopicPartition[],
  poll_ms = POLL_MS,
): ParkRelease {
  const { group, database, log, metrics } = parts;
  const ending = new AbortController();
  const isTransactional = [...parts.handlers.values()].some(({ kind }) => kind === 'transactional');
  let counted_ms = -Infinity;
  let loop: Promise<void> = Promise.resolve();

  async function run() {
    for (let failure = 0; !ending.signal.aborted;) {
      try {
        const isBusy = await look();
        failure = 0;
        if (!isBusy) await pause(poll_ms, ending.signal);
      } catch (error) {
        log.debug({ group, error: String(error) }, 'releasing parked keys is put off');
        await pause(backoff_ms(failure++, poll_ms, BACKOFF_MS_MAX), ending.signal);
      }
    }
  }

  /** Takes one transaction's worth of each key. @returns whether some key has more */
  async function look(): Promise<boolean> {
    const partitions = assigned();
    await count(partitions);
    if (partitions.length === 0) return false;
    const keys = await releasingKeys(database, group, partitions, KEYS_PER_LOOK);
    const results: boolean[] = [];
    const troubles: unknown[] = [];
    for (const key of keys) {
      if (ending.signal.aborted) return false;
      // A key whose dependency does not answer holds up no other.
      await release(key).then(
        (hasMore) => results.push(hasMore),
        (error: unknown) => troubles.push(error),
      );
    }
    if (troubles.length > 0) throw troubles[0];
    return results.includes(true);
  }

  async function count(partitions: readonly TopicPartition[]) {
    if (performance.now() - counted_ms < COUNT_INTERVAL_MS) return;
    counted_ms = performance.now();
    const counts = partitions.length > 0 ? await parkedCounts(database, group, partitions) : [];
    metrics.parkedKeys.reset();
    metrics.parkedRecords.reset();
    for (const topic of new Set(partitions.map((partition) => partition.topic))) {
      const found = counts.find((entry) => entry.topic === topic);
      const labels = { messaging_destination_name: topic, messaging_consumer_group_name: group };
      metrics.parkedKeys.set(labels, found?.keys ?? 0);
      metrics.parkedRecords.set(labels, found?.records ?? 0);
    }
  }

  /** @returns whether the key has more records to release */
  async function release(key: ParkedKey): Promise<boolean> {
    const together = await releaseOldest(key, RECORDS_PER_TRANSACTION);
    if (typeof together === 'boolean') return together;
    // One bad record does not fail those before it.
    for (let taken = 0; taken < RECORDS_PER_TRANSACTION && !ending.signal.aborted; taken++) {
      const alone = await releaseOldest(key, 1);
      if (alone === false) return false;
      if (alone !== true) {
        await keepParked(key, alone);
        return false;
      }
    }
    return true;
  }

  /** @throws what is not the records' own fault: it is tried again */
  async function releaseOldest(key: ParkedKey, limit: number): Promise<boolean | FailedHead> {
    let head: Sorted | undefined;
    try {
      const { outcomes, hasMore } = await transaction(database, async (trx) => {
        const sorted = await lockedRecords(trx, key, limit);
        head = sorted[0];
        return handleReadable(trx, key, sorted);
      });
      reportAll(
        parts,
        [...outcomes].map(([entry, outcome]) => ({ entry, outcome })),
      );
      return hasMore;
    } catch (error) {
      const failure = classify(error);
      if (!head || (failure !== 'permanent' && failure !== 'poison')) throw error;
      return { head, error };
    }
  }

  async function lockedRecords(trx: Transaction, key: ParkedKey, limit: number): Promise<Sorted[]> {
    if ((await lockParkedKey(trx, key))?.state !== 'RELEASING') return [];
    const records = await oldestParked(trx, key, limit);
    await prepareRecords(parts, records);
    return records.map((record) => sortRecord(parts, record));
  }

  /** Handles records up to the first that cannot be read. @throws PoisonError when that is the first of all */
  async function handleReadable(trx: Transaction, key: ParkedKey, sorted: readonly Sorted[]) {
    const outcomes = new Map<Sorted, Outcome>();
    const [head] = sorted;
    if (!head) return { outcomes, hasMore: false };
    if (head.kind === 'poison') throw head.error;
    const poison = sorted.findIndex(({ kind }) => kind === 'poison');
    const readable = poison < 0 ? sorted : sorted.slice(0, poison);
    const fresh = new Set<Sorted>(await handleFresh(parts, trx, readable));
    for (const entry of readable) {
      const passedOver = entry.kind === 'skipped' ? 'skipped' : 'duplicate';
      outcomes.set(entry, fresh.has(entry) ? 'processed' : passedOver);
    }
    const records = readable.map((entry) => (entry.kind === 'event' ? entry.event.record : entry.record));
    return { outcomes, hasMore: await removeParked(trx, key, records) };
  }

  async function keepParked(key: ParkedKey, { head, error }: FailedHead) {
    const { offset } = head.kind === 'event' ? head.event.record : head.record;
    const isKept = await transaction(database, async (trx) => {
      if ((await lockParkedKey(trx, key))?.state !== 'RELEASING') return false;
      // Another process may have released it meanwhile; then the failure is of no record that is here.
      if ((await oldestParked(trx, key, 1))[0]?.offset !== offset) return false;
      await noteFailedRelease(trx, key, exceptionText(error));
      return true;
    });
    if (isKept) report(parts, head, 'parked', error);
  }

  return {
    start() {
      if (isTransactional) loop = run();
    },
    async stop() {
      ending.abort();
      await loop;
    },
  };
}
