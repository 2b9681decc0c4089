import type { Batch, Consumer, EachBatchPayload, Kafka, OffsetsByTopicPartition } from 'kafkajs';
import type { Log } from '../log';
import { backoff_ms, pause } from '../wait';
import { subscriptionAwareAssigner } from './assigner';
import { laneOf, type Consumption, type Subscription, type TopicPartition } from './broker';
import { fromKafkaMessage } from './kafka-records';
import './kafka-stopped-runner';

const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 1_000;
const REBALANCE_TIMEOUT_MS = 15_000;
const METADATA_AGE_MS = 5_000;
const WAIT_TIME_MS = 100;
const BYTES_PER_PARTITION = 1_048_576;
const RETRIES = 15;
const RETRY_TIME_MS_MAX = 1_000;
const CONCURRENT_BATCHES = 16;
/** kafkajs holds on to a coordinator that has died or moved until its retries run out; we do not wait for that. */
const HEARTBEAT_SILENCE_MS = 4_000;
const WATCH_INTERVAL_MS = 500;
/** More than a rebalance takes in which every member has its full time. */
const JOIN_SILENCE_MS = 20_000;
const RESTART_BACKOFF_MS = 200;
const RESTART_BACKOFF_MS_MAX = 5_000;
/** What a stop grants to a join under way, so that the member can be taken out of the group again. */
const LEAVE_WAIT_MS = 10_000;
const REALIGNMENTS_MAX = 3;

interface Position {
  readonly partition: TopicPartition;
  next: bigint;
  realignments: number;
}

/**
 * A member of a consumer group on kafkajs. What kafkajs would do by itself is taken out of its hands: where a
 * partition starts (the subscription says), silent resets of offsets (#1119), and dying quietly (#1630).
 */
export async function startKafkaConsumption(
  kafka: Kafka,
  subscription: Subscription,
  log: Log,
  sessionTimeout_ms = SESSION_TIMEOUT_MS,
): Promise<Consumption> {
  const stopping = new AbortController();
  const positions = new Map<string, Position>();
  let consumer: Consumer;
  let commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | null = null;
  let lose: (reason: string) => void = () => {};
  let generation = 0;
  let failures = 0;
  let lastActivity_ms = performance.now();
  let lastHeartbeat_ms = Infinity;
  let joiningSince_ms = Infinity;
  let trouble: string | null = 'joining the group';
  let leaving: Promise<void> = Promise.resolve();

  const alive = () => (lastActivity_ms = performance.now());

  function build(): Consumer {
    const built = kafka.consumer({
      groupId: subscription.group,
      partitionAssigners: [subscriptionAwareAssigner],
      sessionTimeout: sessionTimeout_ms,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      metadataMaxAge: METADATA_AGE_MS,
      maxWaitTimeInMs: WAIT_TIME_MS,
      maxBytesPerPartition: BYTES_PER_PARTITION,
      allowAutoTopicCreation: false,
      retry: {
        retries: RETRIES,
        multiplier: 1.5,
        maxRetryTime: RETRY_TIME_MS_MAX,
        restartOnFailure: async () => false,
      },
    });
    built.on(built.events.GROUP_JOIN, ({ payload }) => assigned(built, payload.memberAssignment));
    built.on(built.events.REBALANCING, () => built === consumer && revoke());
    built.on(built.events.FETCH, () => built === consumer && alive());
    built.on(built.events.HEARTBEAT, () => built === consumer && (lastHeartbeat_ms = alive()));
    built.on(built.events.CRASH, ({ payload }) => built === consumer && lose(payload.error.message));
    return built;
  }

  /** A check that comes late itself, because the process was held up, says nothing about the coordinator or the join. */
  let checked_ms = performance.now();
  const watch = setInterval(() => {
    const now_ms = performance.now();
    if (now_ms - checked_ms > 2 * WATCH_INTERVAL_MS) {
      lastHeartbeat_ms = Math.max(lastHeartbeat_ms, now_ms);
      joiningSince_ms = Math.max(joiningSince_ms, now_ms);
    }
    checked_ms = now_ms;
    if (now_ms - lastHeartbeat_ms > HEARTBEAT_SILENCE_MS) lose('the coordinator does not answer');
    if (now_ms - joiningSince_ms > JOIN_SILENCE_MS) lose('the group is not joined');
  }, WATCH_INTERVAL_MS);

  function revoke() {
    generation++;
    positions.clear();
    lastHeartbeat_ms = Infinity;
    joiningSince_ms = performance.now();
    trouble ??= 'rebalancing';
    subscription.onRevoked();
  }

  /** Partitions stay paused until it is known where they start. */
  async function assigned(member: Consumer, assignment: Record<string, number[]>) {
    if (member !== consumer || stopping.signal.aborted) return;
    revoke();
    joiningSince_ms = Infinity;
    lastHeartbeat_ms = alive();
    const current = generation;
    const partitions = Object.entries(assignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    partitions.forEach((partition) => member.pause([asKafka(partition)]));
    for (let failure = 0; current === generation && !stopping.signal.aborted; failure++) {
      try {
        const starts = await subscription.onAssigned(partitions, current);
        if (current !== generation) return;
        for (const [partition, next] of starts) {
          positions.set(laneOf(partition), { partition, next, realignments: 0 });
          member.seek({ ...partition, offset: String(next) });
          member.resume([asKafka(partition)]);
        }
        failures = 0;
        trouble = null;
        return;
      } catch (error) {
        if (current !== generation) return;
        trouble = `starting offsets: ${String(error)}`;
        log.warn({ group: subscription.group, error: String(error) }, 'starting offsets are not known yet');
        await pause(backoff_ms(failure, RESTART_BACKOFF_MS, RESTART_BACKOFF_MS_MAX), stopping.signal);
      }
    }
  }

  function received(member: Consumer, batch: Batch, resolveOffset: (offset: string) => void) {
    const position = positions.get(laneOf(batch));
    if (member !== consumer || !position || stopping.signal.aborted) return;
    const { fetchedOffset } = batch as Batch & { fetchedOffset: string };
    if (BigInt(fetchedOffset) !== position.next) return realign(member, position, fetchedOffset);
    try {
      resolveOffset(batch.lastOffset());
    } catch {
      return; // kafkajs no longer knows the partition: leadership moved, it comes again with the next assignment
    }
    position.next = BigInt(batch.lastOffset()) + 1n;
    position.realignments = 0;
    const records = batch.messages.map((message) => fromKafkaMessage(batch.topic, batch.partition, message));
    subscription.onRecords(records, generation);
  }

  /** kafkajs fetched from elsewhere than we are: go back, and if that does not hold, the offset is out of range. */
  function realign(member: Consumer, position: Position, fetchedOffset: string) {
    const { partition, next } = position;
    log.warn(
      { ...partition, next: String(next), fetchedOffset },
      'fetched from another offset than the next',
    );
    if (++position.realignments > REALIGNMENTS_MAX) {
      member.pause([asKafka(partition)]);
      positions.delete(laneOf(partition));
      subscription.onOutOfRange(partition, next);
    } else {
      member.seek({ ...partition, offset: String(next) });
    }
  }

  /** A member of the group, and when that is lost another: one at a time, for as long as the process runs. */
  async function keepMembership() {
    while (!stopping.signal.aborted) {
      const member = (consumer = build());
      commitOnce = null;
      const lost = new Promise<string>((resolve) => (lose = resolve));
      const joining = join(member);
      const reason = await Promise.race([joining.then(() => lost, String), lost]);
      leaving = leave(member, joining);
      if (stopping.signal.aborted) return;
      log.warn({ group: subscription.group, reason }, 'membership lost, joining anew');
      revoke();
      joiningSince_ms = Infinity;
      trouble = `broker: ${reason}`;
      await pause(backoff_ms(failures++, RESTART_BACKOFF_MS, RESTART_BACKOFF_MS_MAX), stopping.signal);
    }
  }

  async function join(member: Consumer) {
    await member.connect();
    await member.subscribe({ topics: [...subscription.topics], fromBeginning: true });
    if (stopping.signal.aborted) return;
    joiningSince_ms = performance.now();
    await member.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENT_BATCHES,
      eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
        if (member === consumer) commitOnce = commitOffsetsIfNecessary;
        received(member, batch, resolveOffset);
      },
    });
  }

  /**
   * kafkajs cannot be stopped while it joins: it would go on, reconnect, and hold partitions that nobody reads. So a
   * member that was given up leaves only once it has joined or has failed to.
   */
  async function leave(member: Consumer, joining: Promise<void>) {
    await joining.catch(() => undefined);
    await member.disconnect().catch(() => undefined);
  }

  /** kafkajs throws when its member has just crashed; the partition is revoked in a moment, so nothing is missed. */
  function whileMember(act: () => void) {
    try {
      act();
    } catch (error) {
      log.debug({ group: subscription.group, error: String(error) }, 'not a member at the moment');
    }
  }

  const membership = keepMembership();

  return {
    pause: (partition) => whileMember(() => consumer.pause([asKafka(partition)])),
    resume: (partition) => whileMember(() => consumer.resume([asKafka(partition)])),
    async commit(of, offsets) {
      if (of !== generation || offsets.size === 0) return;
      // Not consumer.commitOffsets: kafkajs tries that again by itself, after a rebalance in the name of the new
      // generation, and so takes back what the partition's new owner has committed.
      await commitOnce?.({ topics: byTopic(offsets) });
    },
    lastActivity_ms: () => lastActivity_ms,
    trouble: () => trouble,
    async stop() {
      stopping.abort();
      clearInterval(watch);
      generation++;
      lose('stopping');
      await membership;
      await Promise.race([leaving, pause(LEAVE_WAIT_MS)]);
    },
  };
}

function byTopic(offsets: ReadonlyMap<TopicPartition, bigint>): OffsetsByTopicPartition['topics'] {
  const topics = new Map<string, { partition: number; offset: string }[]>();
  for (const [{ topic, partition }, offset] of offsets) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, [...partitions, { partition, offset: String(offset) }]);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

function asKafka({ topic, partition }: TopicPartition) {
  return { topic, partitions: [partition] };
}
