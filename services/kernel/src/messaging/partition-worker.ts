import { classify, dependencyOf } from '../errors';
import type { Log } from '../log';
import { backoff_ms, pause } from '../wait';
import { laneOf, type IncomingRecord, type TopicPartition } from './broker';
import { CancelledError } from './policy';
import type { Processor, Until } from './processor';

const BATCH_RECORDS_MAX = 500;
/** Fetching stops above, and goes on below, what is queued for a partition. */
const QUEUE_RECORDS_HIGH = 2_000;
const QUEUE_RECORDS_LOW = 500;
const QUEUE_BYTES_HIGH = 4 * 1_048_576;
const QUEUE_BYTES_LOW = 1_048_576;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 5_000;

export interface PartitionWorker {
  readonly partition: TopicPartition;
  push(records: readonly IncomingRecord[]): void;
  /** Ends after the record at hand; what is queued is dropped. */
  end(): Promise<void>;
  /** Milliseconds since work was last seen to move; 0 while there is none, or between two tries of what is not available. */
  stalled_ms(): number;
}

export interface PartitionWorkerParts {
  readonly partition: TopicPartition;
  readonly processor: Processor;
  readonly log: Log;
  pauseFetching(): void;
  resumeFetching(): void;
  /** All before this offset is done and saved in the database. */
  onDone(next: bigint): void;
  /** The dependency that the partition waits for, or null. */
  onWaiting(dependency: string | null): void;
}

/** Works through one partition's records in order, in batches, apart from every other partition. */
export function createPartitionWorker(parts: PartitionWorkerParts): PartitionWorker {
  const { partition, processor, log } = parts;
  const ending = new AbortController();
  let queue: IncomingRecord[] = [];
  let queuedBytes = 0;
  let paused = false;
  let waitingFor: string | null = null;
  /** Waits between two tries; several keys of the partition may be at it. */
  let pauses = 0;
  let movedAt_ms = performance.now();
  let loop: Promise<void> | null = null;

  const until: Until = {
    available,
    ending: ending.signal,
    done: parts.onDone,
    alive: () => (movedAt_ms = performance.now()),
  };

  function waitFor(dependency: string | null) {
    if (dependency === waitingFor) return;
    if (dependency) log.warn({ ...partition, dependency }, 'partition waits for a dependency');
    else log.info({ ...partition, dependency: waitingFor }, 'partition goes on');
    waitingFor = dependency;
    parts.onWaiting(dependency);
  }

  /** Infrastructure and contention are waited out for ever; nothing else is caught. */
  async function available<T>(work: () => Promise<T>): Promise<T> {
    for (let failure = 0; ; failure++) {
      try {
        const result = await work();
        until.alive();
        waitFor(null);
        return result;
      } catch (error) {
        const kind = classify(error);
        if (kind !== 'infrastructure' && kind !== 'contention') throw error;
        if (kind === 'infrastructure') waitFor(dependencyOf(error));
        log.debug({ ...partition, failure, error: String(error) }, 'not available');
        pauses++;
        await pause(backoff_ms(failure, BACKOFF_MS, BACKOFF_MS_MAX), ending.signal);
        pauses--;
        until.alive();
        if (ending.signal.aborted) throw new CancelledError();
      }
    }
  }

  async function run() {
    for (let failure = 0; queue.length > 0 && !ending.signal.aborted;) {
      const batch = queue.slice(0, BATCH_RECORDS_MAX);
      until.alive();
      try {
        await processor.process(batch, until);
      } catch (error) {
        if (ending.signal.aborted) break;
        // A fault of the kernel's own, or an abort that a handler let out while nothing ends: the partition must not
        // go on past it, and must not go silent either.
        log.error({ ...partition, error }, 'batch could not be processed, trying again');
        await pause(backoff_ms(failure++, BACKOFF_MS, BACKOFF_MS_MAX), ending.signal);
        continue;
      }
      failure = 0;
      queue = queue.slice(batch.length);
      queuedBytes -= sizeOf(batch);
      const low = queue.length < QUEUE_RECORDS_LOW && queuedBytes < QUEUE_BYTES_LOW;
      if (paused && low && !ending.signal.aborted) {
        paused = false;
        parts.resumeFetching();
      }
    }
    waitFor(null);
    loop = null;
  }

  return {
    partition,
    push(records) {
      if (ending.signal.aborted) return;
      queue = queue.length === 0 ? [...records] : queue.concat(records);
      queuedBytes += sizeOf(records);
      if (!paused && (queue.length > QUEUE_RECORDS_HIGH || queuedBytes > QUEUE_BYTES_HIGH)) {
        paused = true;
        parts.pauseFetching();
      }
      loop ??= run();
    },
    async end() {
      ending.abort();
      await loop;
      log.debug({ lane: laneOf(partition) }, 'partition let go');
    },
    stalled_ms: () => (loop === null || pauses > 0 ? 0 : performance.now() - movedAt_ms),
  };
}

function sizeOf(records: readonly IncomingRecord[]): number {
  return records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
}
