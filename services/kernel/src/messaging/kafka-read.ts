import { once, EventEmitter } from 'node:events';
import type { Kafka } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';
import { InfrastructureError } from '../errors';
import type { IncomingRecord, TopicPartition } from './broker';
import { fromKafkaMessage } from './kafka-records';

const READ_IDLE_MS_MAX = 30_000;
const QUEUE_LENGTH_MAX = 2_000;

/**
 * Reads [from, to) of one partition through a group of its own, which is deleted afterwards.
 * @throws InfrastructureError when nothing comes for 30 s
 */
export async function* readRange(
  kafka: Kafka,
  partition: TopicPartition,
  from: bigint,
  to: bigint,
): AsyncGenerator<IncomingRecord> {
  if (from >= to) return;
  const groupId = `naru-reader-${uuidv7()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  const queue: IncomingRecord[] = [];
  const arrivals = new EventEmitter();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    for (const [topic, numbers] of Object.entries(payload.memberAssignment)) {
      const others = numbers.filter((number) => number !== partition.partition);
      consumer.pause([{ topic, partitions: others }]);
    }
    consumer.seek({ ...partition, offset: String(from) });
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [partition.topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, pause }) => {
        if (batch.partition !== partition.partition) return;
        for (const message of batch.messages)
          queue.push(fromKafkaMessage(batch.topic, batch.partition, message));
        if (queue.length > QUEUE_LENGTH_MAX) arrivals.once('drained', pause());
        arrivals.emit('records');
      },
    });
    for (let next = from; next < to;) {
      while (queue.length === 0) await nextArrival(arrivals);
      const records = queue.splice(0);
      arrivals.emit('drained');
      for (const record of records) {
        if (record.offset < next) continue;
        if (record.offset >= to) return;
        next = record.offset + 1n;
        yield record;
      }
    }
  } finally {
    await consumer.stop().catch(() => undefined);
    await consumer.disconnect().catch(() => undefined);
    await deleteGroup(kafka, groupId);
  }
}

async function nextArrival(arrivals: EventEmitter): Promise<void> {
  try {
    await once(arrivals, 'records', { signal: AbortSignal.timeout(READ_IDLE_MS_MAX) });
  } catch (error) {
    throw new InfrastructureError('broker', `no record came for ${READ_IDLE_MS_MAX} ms`, { cause: error });
  }
}

async function deleteGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // an empty group expires by itself
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
