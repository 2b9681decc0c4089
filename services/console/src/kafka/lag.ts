import { laneOf, type KafkaObserver } from '@naru/kernel';
import { subscriptions, type KafkaSample } from './sample';

/** Of one group on one partition. */
export interface LaneLag {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Null while the group has committed nothing. */
  readonly committed: bigint | null;
  readonly end: bigint;
  readonly lag: number;
}

/** Lags of all groups; lanes whose end did not answer are left out, as are groups that did not. */
export function lagsOf(sample: KafkaSample): LaneLag[] {
  return subscriptions.flatMap(({ group, topics }) => {
    const offsets = sample.committed.get(group);
    if (!offsets) return [];
    return sample.partitions
      .filter(({ topic }) => topics.includes(topic))
      .flatMap(({ topic, partition }) => {
        const lane = laneOf({ topic, partition });
        const end = sample.ends.get(lane);
        if (end === undefined) return [];
        const committed = offsets.get(lane) ?? null;
        const start = sample.starts.get(lane) ?? 0n;
        // Who has committed nothing begins at the first record; what retention took is nobody's lag.
        const next = committed === null || committed < start ? start : committed;
        const lag = end > next ? Number(end - next) : 0;
        return [{ group, topic, partition, committed, end, lag }];
      });
  });
}

/** Reads at most so many timestamps a round; the others are as old as they were plus what has passed. */
const READS_MAX = 24;
/** Room for a record; a batch is given whole, whatever its size. */
const READ_BYTES = 4_096;

interface Known {
  readonly offset: bigint;
  readonly timestamp_ms: number;
}

/** How old the oldest record is that a group has yet to commit. */
export interface LagAges {
  /** Ages in seconds by `group lane`, 0 without lag; lanes whose record could not be read are as they were. */
  read(sample: KafkaSample, lags: readonly LaneLag[]): Promise<ReadonlyMap<string, number>>;
}

export function ageKey({ group, topic, partition }: Pick<LaneLag, 'group' | 'topic' | 'partition'>): string {
  return `${group} ${laneOf({ topic, partition })}`;
}

/** Reads a record's timestamp once for each committed offset. */
export function createLagAges(observer: Pick<KafkaObserver, 'fetch'>): LagAges {
  const known = new Map<string, Known>();

  async function look(sample: KafkaSample, lag: LaneLag, offset: bigint): Promise<void> {
    const state = sample.partitions.find(
      ({ topic, partition, leader }) => topic === lag.topic && partition === lag.partition && leader >= 0,
    );
    if (!state) return;
    const [record] = await observer.fetch(state, offset, READ_BYTES).catch(() => []);
    if (record) known.set(ageKey(lag), { offset, timestamp_ms: record.timestamp_ms });
  }

  return {
    async read(sample, lags) {
      const behind = lags.filter(({ lag }) => lag > 0);
      const isNew = (lag: LaneLag) => known.get(ageKey(lag))?.offset !== nextOf(sample, lag);
      // Those unknown first, then those that were read longest ago.
      const due = behind
        .filter(isNew)
        .sort(
          (one, other) =>
            (known.get(ageKey(one))?.timestamp_ms ?? 0) - (known.get(ageKey(other))?.timestamp_ms ?? 0),
        )
        .slice(0, READS_MAX);
      await Promise.all(due.map((lag) => look(sample, lag, nextOf(sample, lag))));
      for (const lag of lags) if (lag.lag === 0) known.delete(ageKey(lag));
      return new Map(
        lags.map((lag) => [
          ageKey(lag),
          lagAge_s(lag.lag, known.get(ageKey(lag))?.timestamp_ms, sample.at_ms),
        ]),
      );
    },
  };
}

function nextOf(sample: KafkaSample, { topic, partition, committed }: LaneLag): bigint {
  const start = sample.starts.get(laneOf({ topic, partition })) ?? 0n;
  return committed === null || committed < start ? start : committed;
}

/** Age in seconds of a record of this time; 0 without lag, or for one that is dated later than now. */
export function lagAge_s(lag: number, timestamp_ms: number | undefined, now_ms: number): number {
  if (lag === 0 || timestamp_ms === undefined) return 0;
  return Math.max(0, now_ms - timestamp_ms) / 1_000;
}
