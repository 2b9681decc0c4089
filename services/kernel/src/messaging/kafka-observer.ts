import { InfrastructureError } from '../errors';
import type { Log } from '../log';
import { pause } from '../wait';
import { laneOf, type TopicPartition } from './broker';
import { byLeader, byTopic, groupOf, toOffsets } from './kafka-answers';
import { createKafkaClient, type KafkaAccess } from './kafka-client';
import { fromKafkaMessage, kafkaLog } from './kafka-records';
import { createWire, describeQuorum, type WireBroker } from './kafka-wire';
import type { ClusterState, GroupState, KafkaObserver, Observed, PartitionState } from './observer';

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 3_000;
/** What a broker does not answer within this is left out. */
const ANSWER_MS = 2_500;
const FETCH_MS = 5_000;
const FETCH_WAIT_MS = 500;
const FETCH_BYTES = 1_048_576;
/** Fetches in a row without a record, while the log says that there are more. */
const EMPTY_FETCHES_MAX = 10;
const AGAIN_MS = 200;
const COORDINATOR_ATTEMPTS_MAX = 2;
/** Who leads a partition is not asked anew for each of many that are read at once. */
const STATE_AGE_MS = 1_000;

const CONSUMER = -1;
const READ_COMMITTED = 1;
const GROUP_COORDINATOR = 0;
/** What ListOffsets takes in place of a time. */
const END = -1;
const START = -2;

export interface KafkaObserverOptions extends KafkaAccess {
  readonly clientId: string;
  readonly log: Log;
}

/** The observer on kafkajs's protocol, each broker asked for itself (kafka-wire.ts). */
export function createKafkaObserver({ clientId, log, ...access }: KafkaObserverOptions): KafkaObserver {
  const wire = createWire(
    createKafkaClient(access, {
      clientId,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: { retries: 0 },
      logCreator: kafkaLog(log),
    }),
  );
  const addresses = new Map<number, string>();
  const coordinators = new Map<string, string>();
  let latest: { readonly state: Promise<ClusterState>; readonly at_ms: number } | undefined;

  /** Asks all and takes the first answer: who is slow or gone holds nothing up. */
  async function askAny<T>(question: (broker: WireBroker) => Promise<T>): Promise<T> {
    const known = addresses.size > 0 ? [...addresses.values()] : access.brokers;
    try {
      return await Promise.any(known.map((address) => wire.ask(address, question, ANSWER_MS)));
    } catch (error) {
      const [first] = (error as AggregateError).errors as Error[];
      throw new InfrastructureError('broker', `no broker answers (${first?.message})`, { cause: error });
    }
  }

  async function cluster(): Promise<ClusterState> {
    const { brokers, topicMetadata } = await askAny((broker) => broker.metadata([]));
    const members = new Set(brokers.map(({ nodeId }) => nodeId));
    for (const { nodeId, host, port } of brokers) addresses.set(nodeId, `${host}:${port}`);
    const nodes = [...addresses].map(([id, address]) => ({ id, address, isMember: members.has(id) }));
    return {
      brokers: nodes.sort((one, other) => one.id - other.id),
      partitions: topicMetadata
        .filter(({ isInternal }) => !isInternal)
        .flatMap(({ topic, partitionMetadata }) =>
          partitionMetadata.map(({ partitionId, leader, replicas, isr }) => ({
            ...{ topic, partition: partitionId, leader, replicas, inSync: isr },
          })),
        ),
    };
  }

  /** Asks the leader of each partition for all that it leads. */
  async function askLeaders(
    partitions: readonly PartitionState[],
    question: (broker: WireBroker, led: readonly PartitionState[]) => Promise<Map<string, bigint>>,
  ): Promise<Observed<bigint>> {
    const values = new Map<string, bigint>();
    const problems: string[] = [];
    const silent: number[] = [];
    const asked = [...byLeader(partitions)].map(async ([leader, led]) => {
      try {
        const answer = await askLeader(leader, (broker) => question(broker, led), ANSWER_MS);
        for (const [lane, offset] of answer) values.set(lane, offset);
      } catch (error) {
        problems.push((error as Error).message);
        silent.push(leader);
      }
    });
    await Promise.all(asked);
    return { values, problems, silent };
  }

  function askLeader<T>(leader: number, question: (broker: WireBroker) => Promise<T>, deadline_ms: number) {
    const address = addresses.get(leader);
    if (address === undefined) throw new InfrastructureError('broker', 'partitions without a leader');
    return wire.ask(address, question, deadline_ms);
  }

  async function coordinatorOf(group: string): Promise<string> {
    const known = coordinators.get(group);
    if (known !== undefined) return known;
    const request = { groupId: group, coordinatorType: GROUP_COORDINATOR };
    const { coordinator } = await askAny((broker) => broker.findGroupCoordinator(request));
    const address = `${coordinator.host}:${coordinator.port}`;
    coordinators.set(group, address);
    return address;
  }

  async function askCoordinator<T>(group: string, question: (broker: WireBroker) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const address = await coordinatorOf(group);
      try {
        return await wire.ask(address, question, ANSWER_MS);
      } catch (error) {
        coordinators.delete(group);
        // It may have moved since it was asked; whoever is silent is not asked twice.
        const { type } = (error as Error).cause as { type?: string };
        if (type === undefined || attempt >= COORDINATOR_ATTEMPTS_MAX) throw error;
      }
    }
  }

  async function stateOf({ topic, partition }: TopicPartition): Promise<PartitionState> {
    if (!latest || performance.now() - latest.at_ms > STATE_AGE_MS)
      latest = { state: cluster(), at_ms: performance.now() };
    const { partitions } = await latest.state;
    const found = partitions.find((state) => state.topic === topic && state.partition === partition);
    if (!found) throw new InfrastructureError('broker', `${laneOf({ topic, partition })} is not there`);
    return found;
  }

  async function one(partition: PartitionState, at: 'start' | 'end'): Promise<bigint> {
    const { values, problems } = await observer.offsets([partition], at);
    const offset = values.get(laneOf(partition));
    if (offset === undefined) throw new InfrastructureError('broker', problems[0] ?? 'no offset');
    return offset;
  }

  const observer: KafkaObserver = {
    cluster,
    controller: () => askAny(describeQuorum),

    async offsets(partitions, at) {
      const timestamp = at === 'end' ? END : at === 'start' ? START : at.since_ms;
      const observed = await askLeaders(partitions, (broker, led) => listOffsets(broker, led, timestamp));
      // Kafka says -1 where no record is as young.
      const late = partitions.filter((partition) => observed.values.get(laneOf(partition)) === -1n);
      if (late.length === 0) return observed;
      const ends = await observer.offsets(late, 'end');
      const values = new Map([...observed.values, ...ends.values]);
      const silent = [...observed.silent, ...ends.silent];
      return { values, problems: [...observed.problems, ...ends.problems], silent };
    },

    async groups(names) {
      const values = new Map<string, GroupState>();
      const problems: string[] = [];
      const asked = names.map(async (name) => {
        try {
          const request = { groupIds: [name] };
          const { groups } = await askCoordinator(name, (broker) => broker.describeGroups(request));
          for (const group of groups) values.set(name, groupOf(group));
        } catch (error) {
          problems.push(`${name}: ${(error as Error).message}`);
        }
      });
      await Promise.all(asked);
      return { values, problems, silent: [] };
    },

    async committed(group, partitions) {
      const request = { groupId: group, topics: byTopic(partitions, ({ partition }) => ({ partition })) };
      const { responses } = await askCoordinator(group, (broker) => broker.offsetFetch(request));
      return toOffsets(responses);
    },

    async fetch(partition, from, bytesMax) {
      const { topic, partition: number } = partition;
      const { responses } = await askLeader(
        partition.leader,
        (broker) =>
          broker.fetch({
            replicaId: CONSUMER,
            isolationLevel: READ_COMMITTED,
            maxWaitTime: FETCH_WAIT_MS,
            maxBytes: bytesMax,
            topics: [
              {
                topic,
                partitions: [{ partition: number, fetchOffset: String(from), maxBytes: bytesMax }],
              },
            ],
          }),
        FETCH_MS,
      );
      const messages = responses.flatMap(({ partitions }) => partitions.flatMap((answer) => answer.messages));
      // A batch is given whole, with what is before the offset that was asked for.
      return messages
        .filter(({ isControlRecord, offset }) => !isControlRecord && BigInt(offset) >= from)
        .map((message) => fromKafkaMessage(topic, number, message));
    },

    async offsetRange(partition) {
      const state = await stateOf(partition);
      const [low, high] = await Promise.all([one(state, 'start'), one(state, 'end')]);
      return { low, high };
    },

    async *read(partition, from, to) {
      let state = await stateOf(partition);
      let empty = 0;
      for (let next = from; next < to;) {
        const records = await observer.fetch(state, next, FETCH_BYTES).catch(async (error: unknown) => {
          if (empty >= EMPTY_FETCHES_MAX) throw error;
          // The leader may have changed.
          await pause(AGAIN_MS);
          latest = undefined;
          state = await stateOf(partition);
          return [];
        });
        if (records.length === 0 && ++empty > EMPTY_FETCHES_MAX)
          throw new InfrastructureError('broker', `no record of ${laneOf(partition)} came`);
        for (const record of records) {
          if (record.offset >= to) return;
          empty = 0;
          next = record.offset + 1n;
          yield record;
        }
      }
    },

    disconnect: () => wire.close(),
  };
  return observer;
}

async function listOffsets(
  broker: WireBroker,
  partitions: readonly PartitionState[],
  timestamp: number,
): Promise<Map<string, bigint>> {
  const topics = byTopic(partitions, ({ partition }) => ({ partition, timestamp }));
  const request = { replicaId: CONSUMER, isolationLevel: READ_COMMITTED, topics };
  const { responses } = await broker.listOffsets(request);
  return toOffsets(responses, timestamp >= 0);
}
