import { Kafka, logLevel, type Admin, type Consumer as KafkajsConsumer, type ConsumerConfig } from 'kafkajs';
import { topicSpecifications, type EventType, type TopicDeclaration, type Topics } from '@naru/contracts';
import { createKafkaBroker, createLog, type Broker, type IncomingRecord } from '@naru/kernel';
import { eventually } from './eventually';
import { infrastructure, uniqueName } from './infrastructure';

/** A log that a test can switch on: TEST_LOG=debug npx jest … */
export const testLog = createLog('test', 'test', process.env['TEST_LOG'] ?? 'silent');

export function testBroker(): Broker {
  const brokers = infrastructure().kafkaBrokers.split(',');
  return createKafkaBroker({ clientId: uniqueName('test'), brokers, log: testLog });
}

function testKafka(name: string): Kafka {
  const brokers = infrastructure().kafkaBrokers.split(',');
  return new Kafka({ clientId: uniqueName(name), brokers, logLevel: logLevel.NOTHING });
}

/** Runs work with a kafkajs admin client on the run's brokers. */
export async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = testKafka('admin').admin();
  await admin.connect();
  return work(admin).finally(() => admin.disconnect());
}

/** Runs work while a plain kafkajs member has joined a group, the way most people use kafkajs. */
export async function withKafkajsMember<T>(
  options: ConsumerConfig,
  topic: string,
  work: (member: KafkajsConsumer) => Promise<T>,
): Promise<T> {
  const member = testKafka('member').consumer(options);
  await member.connect();
  await member.subscribe({ topic });
  await member.run({ autoCommit: false, eachMessage: async () => undefined });
  return work(member).finally(() => member.disconnect());
}

/** Declares and creates a topic of its own for a test, with its dead-letter topic. @returns its name and declaration */
export async function testTopic(
  events: readonly EventType[],
  declaration: Partial<TopicDeclaration> = {},
): Promise<{ name: string; topics: Topics }> {
  const name = uniqueName('test.topic');
  const topics: Topics = {
    [name]: {
      partitions: 3,
      retentionMs: -1,
      key: 'userId',
      producer: 'user',
      events,
      consumers: {},
      deadLetterTopic: `${name}.dlt`,
      ...declaration,
    },
  };
  await withAdmin(async (admin) => {
    await admin.createTopics({
      // kafkajs does not wait for a broker that has not heard of the topic yet, it throws.
      waitForLeaders: false,
      topics: topicSpecifications(topics).map(({ name: topic, partitions, replication, config }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      })),
    });
    await eventually('every partition has a leader', async () => {
      for (const specification of topicSpecifications(topics))
        await admin.fetchTopicOffsets(specification.name);
      return true;
    });
  });
  return { name, topics };
}

/** Everything that a topic holds at the moment, partition by partition. */
export async function recordsOf(broker: Broker, topic: string, partitions = 3): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const { low, high } = await broker.offsetRange({ topic, partition });
    for await (const record of broker.read({ topic, partition }, low, high)) records.push(record);
  }
  return records;
}

/** Deletes a partition's records before an offset, as retention would. */
export async function deleteRecordsBefore(topic: string, partition: number, offset: bigint): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.fetchTopicOffsets(topic); // kafkajs deletes only from topics whose metadata it has
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
  });
}
