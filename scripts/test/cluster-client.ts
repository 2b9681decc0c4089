import { Kafka, logLevel } from 'kafkajs';

/** A few questions to a cluster, for tests of the platform. */
export class ClusterClient {
  private readonly kafka: Kafka;

  constructor(brokers: string) {
    this.kafka = new Kafka({
      clientId: 'platform-test',
      brokers: brokers.split(','),
      logLevel: logLevel.NOTHING,
    });
  }

  /** The leader of each partition, in order of partitions. */
  async leaders(topic: string): Promise<number[]> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partitions = [...topics[0]!.partitions].sort((a, b) => a.partitionId - b.partitionId);
      return partitions.map(({ leader }) => leader);
    } finally {
      await admin.disconnect();
    }
  }

  /** Writes one record to each partition, acknowledged by all replicas in sync. */
  async writeToEach(topic: string, partitions: number, value: string): Promise<void> {
    const producer = this.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    try {
      for (let partition = 0; partition < partitions; partition += 1) {
        await producer.send({ topic, acks: -1, messages: [{ partition, value }] });
      }
    } finally {
      await producer.disconnect();
    }
  }

  /** How many records each partition holds, in order of partitions. */
  async counts(topic: string): Promise<number[]> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(topic);
      return [...offsets]
        .sort((a, b) => a.partition - b.partition)
        .map(({ high, low }) => Number(high) - Number(low));
    } finally {
      await admin.disconnect();
    }
  }
}
