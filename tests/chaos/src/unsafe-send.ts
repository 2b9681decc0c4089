import { InfrastructureError, type Broker, type OutgoingRecord } from '@naru/kernel';
import { Kafka, logLevel, type IHeaders, type TopicMessages } from 'kafkajs';
import type { KernelSeams } from './kernel-seams';

/** The relay asks for all idle partitions at once; sends are to be under way as much of the time as can be. */
const COLLECT_MS = 3;
/** A broker that died is replaced as leader after its session of 6 s; by default a send has given up soon after. */
const RETRY = { retries: 10, maxRetryTime: 5_000 };

type SendBatch = (topicMessages: TopicMessages[]) => Promise<unknown>;

/**
 * Replaces the adapter's produce by what most users of kafkajs write: one send over several partitions, patient enough
 * to outlast the election of a leader, and every record counted as sent once it resolves. When a broker dies this
 * loses records (tulios/kafkajs#1303, #1798), which the audit has to find.
 */
export function installUnsafeSend({ broker: kafka }: KernelSeams): void {
  const { createKafkaBroker } = kafka;
  kafka.createKafkaBroker = (options) => {
    const broker = createKafkaBroker(options);
    const { clientId, brokers } = options;
    const client = new Kafka({
      clientId: `${clientId}-unsafe`,
      brokers: [...brokers],
      retry: RETRY,
      logLevel: logLevel.NOTHING,
    });
    const producer = client.producer({ allowAutoTopicCreation: false });
    let connected: Promise<void> | undefined;
    const produce = mergedProduce(async (topicMessages) => {
      connected ??= producer.connect();
      await connected.catch((error: unknown) => {
        connected = undefined;
        throw error;
      });
      await producer.sendBatch({ topicMessages });
    });
    const disconnect = async (): Promise<void> => {
      await Promise.allSettled([producer.disconnect(), broker.disconnect()]);
    };
    return { ...broker, produce, disconnect };
  };
}

interface Call {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
  succeed(offsets: bigint[]): void;
  fail(error: Error): void;
}

/** A `produce` that makes the calls of 3 ms one send. The offsets it answers are all -1: the send does not tell. */
export function mergedProduce(sendBatch: SendBatch): Broker['produce'] {
  let collected: Call[] = [];

  async function sendCollected(): Promise<void> {
    const calls = collected;
    collected = [];
    try {
      await sendBatch(topicMessagesOf(calls));
      for (const { records, succeed } of calls) succeed(records.map(() => -1n));
    } catch (error) {
      for (const { fail } of calls) fail(new InfrastructureError('broker', String(error), { cause: error }));
    }
  }

  return (topic, partition, records) =>
    new Promise((succeed, fail) => {
      if (collected.push({ topic, partition, records, succeed, fail }) === 1) {
        setTimeout(() => void sendCollected(), COLLECT_MS);
      }
    });
}

function topicMessagesOf(calls: readonly Call[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const { topic, partition, records } of calls) {
    const { messages } = topics.get(topic) ?? topics.set(topic, { topic, messages: [] }).get(topic)!;
    for (const { key, value, headers } of records) {
      messages.push({ partition, key, value, headers: headersOf(headers) });
    }
  }
  return [...topics.values()];
}

/** kafkajs takes a name that occurs more than once as a list. */
function headersOf(headers: OutgoingRecord['headers']): IHeaders {
  const named = Object.create(null) as Record<string, Buffer[]>;
  for (const [name, value] of headers) (named[name] ??= []).push(value);
  return named;
}
