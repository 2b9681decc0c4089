import type { Log } from '../log';
import { pause } from '../wait';
import { laneOf, type TopicPartition } from './broker';

export interface Committer {
  /** All before this offset is done. Committed soon, together with what else is due. */
  add(generation: number, partition: TopicPartition, next: bigint): void;
  /** Resolves when nothing is left to commit, or the last try failed. */
  flush(): Promise<void>;
}

interface Due {
  readonly partition: TopicPartition;
  readonly next: bigint;
}

type Commit = (generation: number, offsets: ReadonlyMap<TopicPartition, bigint>) => Promise<void> | undefined;

const RETRY_MS = 500;
/** Tries of one commit in a row; after that it waits for the next record, or the next owner. */
const TRIES_MAX = 20;

/**
 * Tells Kafka how far a group is, one request at a time and always with the newest offsets. A commit that fails is
 * no loss, for the database has the progress; it is tried again so that lag is not shown where there is none.
 */
export function createCommitter(commit: Commit, log: Log, retry_ms = RETRY_MS): Committer {
  const flushing = new AbortController();
  let due = new Map<string, Due>();
  /** The newest offset of each lane: effects of several keys finish in any order, and so may tell of them. */
  let newest = new Map<string, bigint>();
  let dueGeneration = 0;
  let committing: Promise<void> | null = null;

  function note(generation: number, { partition, next }: Due) {
    if (generation < dueGeneration) return;
    if (generation > dueGeneration) {
      due = new Map();
      newest = new Map();
    }
    dueGeneration = generation;
    const lane = laneOf(partition);
    if (next < (newest.get(lane) ?? next)) return;
    newest.set(lane, next);
    due.set(lane, { partition, next });
  }

  async function run() {
    for (let tries = 0; due.size > 0 && tries < TRIES_MAX;) {
      const offsets = [...due.values()];
      const generation = dueGeneration;
      due = new Map();
      try {
        await commit(generation, new Map(offsets.map(({ partition, next }) => [partition, next])));
        tries = 0;
      } catch (error) {
        tries++;
        log.debug({ error: String(error), tries }, 'offsets not committed');
        offsets.forEach((offset) => note(generation, offset));
        if (flushing.signal.aborted) return;
        await pause(retry_ms, flushing.signal);
      }
    }
  }

  const start = () => run().finally(() => (committing = null));

  return {
    add(generation, partition, next) {
      note(generation, { partition, next });
      committing ??= start();
    },
    async flush() {
      flushing.abort();
      await (committing ?? start());
    },
  };
}
