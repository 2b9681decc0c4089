import type { Database } from '../database/database';
import { laneOf, type Broker, type OffsetRange, type TopicPartition } from './broker';
import { progressOf, saveProgress } from './inbox-store';

/** The log does not hold the offset that the group is to go on at. */
export interface OutOfRange extends OffsetRange {
  readonly partition: TopicPartition;
  readonly next: bigint;
}

/** Where reading begins, and how far the group is by its database; what lies between the two are repeats. */
export interface Start {
  readonly next: bigint;
  readonly done: bigint;
}

/**
 * Where a group goes on in each partition. The database's own progress is the truth; Kafka's committed offset may
 * only lie behind it. Without progress the group starts at the earliest record there is; nothing is ever skipped.
 * @returns starts, and the partitions whose next offset is no longer (or not yet) in the log
 * @throws InfrastructureError when database or broker do not answer
 */
export async function startingOffsets(
  database: Database,
  broker: Pick<Broker, 'committed' | 'offsetRange'>,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<{ starts: Map<TopicPartition, Start>; outOfRange: OutOfRange[] }> {
  const committed = await broker.committed(group, partitions);
  const starts = new Map<TopicPartition, Start>();
  const outOfRange: OutOfRange[] = [];
  for (const partition of partitions) {
    const range = await broker.offsetRange(partition);
    const progress = await progressOf(database, group, partition);
    const next = startOf(progress, committed.get(partition), range.low);
    if (next < range.low || next > range.high) {
      outOfRange.push({ partition, next, ...range });
      continue;
    }
    await saveProgress(database, group, partition, next);
    starts.set(partition, { next, done: progress ?? next });
  }
  return { starts, outOfRange };
}

/** @param progress the database's row @param committed Kafka's offset @param earliest first offset in the log */
export function startOf(
  progress: bigint | undefined,
  committed: bigint | undefined,
  earliest: bigint,
): bigint {
  if (progress === undefined) return earliest;
  if (committed === undefined) return progress;
  // What the log no longer has is only repeats, as far as the database has it.
  const behind = committed < earliest ? earliest : committed;
  return behind < progress ? behind : progress;
}

export function describe({ partition, next, low, high }: OutOfRange): string {
  return `${laneOf(partition)}: next offset ${next} is outside the log [${low}, ${high}]`;
}
