import { topicOf } from '@naru/contracts';
import type { Broker, Consumption, IncomingRecord, TopicPartition } from './broker';
import { laneOf } from './broker';
import { createCommitter } from './committer';
import { effectProcessor } from './effect-processor';
import type { AnyHandler } from './handlers';
import { createParkRelease } from './park-release';
import { createPartitionWorker, type PartitionWorker } from './partition-worker';
import { blockingPolicy, type RetryPolicy } from './policy';
import type { GroupParts, Processor } from './processor';
import { describe, startingOffsets, type Start } from './starting-offsets';
import { transactionalProcessor } from './transactional-processor';

/** What `trouble()` begins with until partitions were assigned for the first time. */
export const JOINING = 'joining the group';
const HANDLER_DEADLINE_MS = 30_000;
/** Longer than a handler's deadline, so that a slow handler is not taken for a stall. */
const STALL_MS = 60_000;

export interface Consumer {
  start(): Promise<void>;
  /** Stops fetching, lets the records at hand finish, commits, and leaves the group. */
  stop(): Promise<void>;
  /** Why this consumer is not ready, or null. */
  trouble(): string | null;
  /** Whether it has been without progress for so long that the process should be replaced. */
  isDead(): boolean;
  assigned(): TopicPartition[];
}

export interface ConsumerParts extends Omit<GroupParts, 'handlerDeadline_ms'> {
  readonly broker: Broker;
  readonly policy?: RetryPolicy;
  readonly handlerDeadline_ms?: number;
  /** Without progress for this long a consumer is not ready; for twice as long, it is dead. */
  readonly stall_ms?: number;
}

/** Consumes the topics that a group's handlers are for, each partition by a worker of its own. */
export function createConsumer(parts: ConsumerParts): Consumer {
  const { group, broker, database, log, metrics, policy = blockingPolicy, stall_ms = STALL_MS } = parts;
  const groupParts: GroupParts = { handlerDeadline_ms: HANDLER_DEADLINE_MS, ...parts };
  const topics = processors(groupParts, policy);
  const release = createParkRelease(groupParts, () =>
    [...workers.values()].map(({ partition }) => partition),
  );
  let workers = new Map<string, PartitionWorker>();
  const endings = new Set<Promise<void>>();
  let consumption: Consumption | null = null;
  let joined = false;
  let halted: string | null = null;
  /** Of the newest assignment; null while there is none. */
  let current: number | null = null;
  let stopped = false;
  const committer = createCommitter(async (generation, offsets) => {
    await consumption?.commit(generation, offsets);
    if (generation === current && !stopped) for (const lane of offsets.keys()) noteProgress(lane);
  }, log);

  const labelsOf = ({ topic, partition }: TopicPartition) => ({
    messaging_destination_name: topic,
    messaging_consumer_group_name: group,
    messaging_destination_partition_id: String(partition),
  });
  const noteProgress = (partition: TopicPartition) =>
    metrics.lastProgress.setToCurrentTime(labelsOf(partition));

  function startWorker(partition: TopicPartition, { done }: Start, generation: number): PartitionWorker {
    const labels = {
      messaging_destination_name: partition.topic,
      messaging_destination_partition_id: String(partition.partition),
    };
    let waitingFor: string | null = null;
    return createPartitionWorker({
      partition,
      processor: topics.get(partition.topic) as Processor,
      log,
      pauseFetching: () => consumption?.pause(partition),
      resumeFetching: () => consumption?.resume(partition),
      // Repeats at the start are not committed one by one: an earlier owner may have committed what lies beyond them.
      onDone: (next) => committer.add(generation, partition, next > done ? next : done),
      onWaiting: (dependency) => {
        if (waitingFor) metrics.consumerPaused.remove({ ...labels, dependency: waitingFor });
        if (dependency) metrics.consumerPaused.set({ ...labels, dependency }, 1);
        waitingFor = dependency;
      },
    });
  }

  function halt(reason: string) {
    halted = reason;
    log.fatal(
      { group, reason },
      'HALTED: a partition cannot go on without a decision; see docs/operations.md',
    );
  }

  /** Ends all workers. @returns when they have ended, and those that were revoked before */
  async function endWorkers(): Promise<void> {
    for (const worker of workers.values()) {
      metrics.lastProgress.remove(labelsOf(worker.partition));
      const end = worker.end().finally(() => endings.delete(end));
      endings.add(end);
    }
    workers = new Map();
    await Promise.all(endings);
  }

  return {
    async start() {
      consumption = await broker.consume({
        group,
        topics: [...topics.keys()],
        async onAssigned(partitions, generation) {
          current = generation;
          const { starts, outOfRange } = await startingOffsets(database, broker, group, partitions);
          // A slow answer may come after the next assignment, whose workers must not be replaced by these.
          if (stopped || generation !== current) return new Map();
          if (outOfRange.length > 0) halt(outOfRange.map(describe).join('; '));
          workers = new Map(
            [...starts].map(([lane, start]) => [laneOf(lane), startWorker(lane, start, generation)]),
          );
          workers.forEach(({ partition }) => noteProgress(partition));
          joined = true;
          log.info({ group, partitions: partitions.map(laneOf), generation }, 'partitions assigned');
          return new Map([...starts].map(([lane, { next }]) => [lane, next]));
        },
        onRevoked() {
          current = null;
          void endWorkers();
        },
        onRecords(records: readonly IncomingRecord[]) {
          const first = records[0];
          if (first) workers.get(laneOf(first))?.push(records);
        },
        onOutOfRange: (partition, next) =>
          halt(`${laneOf(partition)}: offset ${next} is no longer in the log`),
      });
      release.start();
    },
    async stop() {
      stopped = true;
      await Promise.all([endWorkers(), release.stop()]);
      await committer.flush();
      await consumption?.stop();
    },
    trouble() {
      if (halted) return `halted: ${halted}`;
      if (!joined) return `${JOINING} (${consumption?.trouble() ?? 'starting'})`;
      const stalled = stalledLane();
      return stalled && `no progress in ${stalled}`;
    },
    isDead: () => stalledLane(2) !== null,
    assigned: () => [...workers.values()].map(({ partition }) => partition),
  };

  /** A lane, or the fetch loop, that should move and does not. Waiting for a named dependency counts as progress. */
  function stalledLane(times = 1): string | null {
    for (const [lane, worker] of workers) if (worker.stalled_ms() > times * stall_ms) return lane;
    const idle_ms = performance.now() - (consumption?.lastActivity_ms() ?? performance.now());
    return joined && consumption?.trouble() === null && idle_ms > times * stall_ms ? 'the fetch loop' : null;
  }
}

/** Topic → how its records are processed. A topic is wholly transactional or wholly external. */
export function processors(parts: GroupParts, policy: RetryPolicy): Map<string, Processor> {
  const kinds = new Map<string, AnyHandler['kind']>();
  for (const [type, handler] of parts.handlers) {
    const topic = topicOf(type, parts.contracts.topics);
    const kind = kinds.get(topic) ?? handler.kind;
    if (kind !== handler.kind) throw new Error(`${topic} has handlers of both kinds in ${parts.group}`);
    kinds.set(topic, kind);
  }
  const byKind = {
    transactional: transactionalProcessor(parts, policy),
    effect: effectProcessor(parts, policy),
  };
  return new Map([...kinds].map(([topic, kind]) => [topic, byKind[kind]]));
}
