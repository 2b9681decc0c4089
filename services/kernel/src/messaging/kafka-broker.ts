import type { Admin, Producer } from 'kafkajs';
import { InfrastructureError } from '../errors';
import type { Log } from '../log';
import {
  laneOf,
  type Broker,
  type Consumption,
  type IncomingRecord,
  type OffsetRange,
  type OutgoingRecord,
  type Subscription,
  type TopicPartition,
} from './broker';
import { createKafkaClient, type KafkaAccess } from './kafka-client';
import { startKafkaConsumption } from './kafka-consumption';
import { readRange } from './kafka-read';
import { brokerError, kafkaLog, toKafkaHeaders } from './kafka-records';

const CONNECTION_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 5_000;
const PRODUCE_TIMEOUT_MS = 5_000;
const RETRIES = 10;
const RETRY_TIME_MS_MAX = 1_000;
const RETRY_TIME_MS_INITIAL = 50;
const METADATA_AGE_MS = 5_000;

export interface KafkaBrokerOptions extends KafkaAccess {
  readonly clientId: string;
  readonly log: Log;
  /** After this long without a heartbeat a member's partitions go to the others. */
  readonly sessionTimeout_ms?: number;
}

/** The broker port on kafkajs 2.2.4; what it must not be asked to do is in docs/kafkajs.md. */
export function createKafkaBroker(options: KafkaBrokerOptions): Broker {
  const { clientId, log, sessionTimeout_ms, ...access } = options;
  const kafka = createKafkaClient(access, {
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: RETRIES, initialRetryTime: RETRY_TIME_MS_INITIAL, maxRetryTime: RETRY_TIME_MS_MAX },
    logCreator: kafkaLog(log),
  });
  const producer: Producer = kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    metadataMaxAge: METADATA_AGE_MS,
  });
  const admin: Admin = kafka.admin();
  const inFlight = new Set<string>();
  const connected = once(() => producer.connect());
  const administered = once(() => admin.connect());

  return {
    async produce(topic, partition, records) {
      const lane = laneOf({ topic, partition });
      if (inFlight.has(lane)) throw new Error(`a send to ${lane} is in flight already`);
      inFlight.add(lane);
      try {
        return await guarded(async () => {
          await connected();
          return send(producer, topic, partition, records);
        });
      } finally {
        inFlight.delete(lane);
      }
    },

    consume: (subscription: Subscription): Promise<Consumption> =>
      startKafkaConsumption(kafka, subscription, log, sessionTimeout_ms),

    async committed(group, partitions) {
      const topics = [...new Set(partitions.map(({ topic }) => topic))];
      const fetched = await guarded(async () => {
        await administered();
        return admin.fetchOffsets({ groupId: group, topics });
      });
      const offsets = new Map<TopicPartition, bigint>();
      for (const wanted of partitions) {
        const found = fetched
          .find(({ topic }) => topic === wanted.topic)
          ?.partitions.find(({ partition }) => partition === wanted.partition);
        if (found && Number(found.offset) >= 0) offsets.set(wanted, BigInt(found.offset));
      }
      return offsets;
    },

    async offsetRange({ topic, partition }): Promise<OffsetRange> {
      const offsets = await guarded(async () => {
        await administered();
        return admin.fetchTopicOffsets(topic);
      });
      const found = offsets.find((entry) => entry.partition === partition);
      if (!found) throw new InfrastructureError('broker', `${laneOf({ topic, partition })} is not there`);
      return { low: BigInt(found.low), high: BigInt(found.high) };
    },

    read: (partition: TopicPartition, from: bigint, to: bigint): AsyncIterable<IncomingRecord> =>
      readRange(kafka, partition, from, to),

    async disconnect() {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    },
  };
}

/**
 * One partition a send: with several, kafkajs loses acknowledged records when a broker dies
 * (tulios/kafkajs#1303, #1798). A partition that is absent from the answer is not acknowledged.
 */
async function send(
  producer: Producer,
  topic: string,
  partition: number,
  records: readonly OutgoingRecord[],
) {
  const answers = await producer.send({
    topic,
    acks: -1,
    timeout: PRODUCE_TIMEOUT_MS,
    messages: records.map(({ key, value, headers }) => ({
      partition,
      key,
      value,
      headers: toKafkaHeaders(headers),
    })),
  });
  const answer = answers.find((entry) => entry.topicName === topic && entry.partition === partition);
  if (!answer || answer.errorCode !== 0 || answer.baseOffset === undefined) {
    throw new InfrastructureError('broker', `${laneOf({ topic, partition })} was not acknowledged`);
  }
  const base = BigInt(answer.baseOffset);
  return records.map((_, index) => base + BigInt(index));
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw brokerError(error);
  }
}

/** Connects on first use, and again after a failure; a service starts and takes requests while the broker is down. */
function once(connect: () => Promise<void>): () => Promise<void> {
  let connecting: Promise<void> | null = null;
  return () =>
    (connecting ??= connect().catch((error: unknown) => {
      connecting = null;
      throw error;
    }));
}
