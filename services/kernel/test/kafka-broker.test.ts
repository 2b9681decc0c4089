import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker, type TopicPartition } from '@naru/kernel';
import { startPlatform, type Platform } from '@naru/scripts';
import { testLog, uniqueName } from '@naru/testing';
import { Kafka, logLevel } from 'kafkajs';
import { brokerConformance } from './broker-conformance';

/** As the local platform sets offsets.topic.num.partitions. */
const OFFSETS_PARTITIONS = 6;

let platform: Platform;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-brokers-'));
  platform = await startPlatform({ directory, portOffset: 'free', parts: ['kafka'] });
}, 120_000);
afterAll(async () => {
  await platform.stop();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const addresses = () => platform.urls.kafkaBrokers.split(',');

describe('the kafkajs adapter', () => {
  brokerConformance(() => ({
    broker: () =>
      createKafkaBroker({ clientId: uniqueName('conformance'), brokers: addresses(), log: testLog }),
    async topic() {
      const name = uniqueName('conformance');
      await platform.createTopics([
        { name, partitions: 3, replication: 3, config: { 'min.insync.replicas': '2' } },
      ]);
      return name;
    },
    leader,
    preferredLeader: async (partition) => (await described(partition))?.replicas[0] ?? -1,
    // Kafka's GroupMetadataManager.partitionFor: the non-negative Java hash of the group's name, modulo partitions.
    coordinatorOf: (group) => ({
      topic: '__consumer_offsets',
      partition: (javaHash(group) & 0x7fffffff) % OFFSETS_PARTITIONS,
    }),
    async killLeader(partition) {
      const handle = platform.brokers[(await leader(partition)) - 1];
      if (!handle) throw new Error('no such broker');
      await handle.kill('SIGKILL');
      return () => handle.start();
    },
  }));
});

async function leader(partition: TopicPartition): Promise<number> {
  return (await described(partition))?.leader ?? -1;
}

async function described({ topic, partition }: TopicPartition) {
  const admin = new Kafka({ brokers: addresses(), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).finally(() => admin.disconnect());
  return topics[0]?.partitions.find(({ partitionId }) => partitionId === partition);
}

function javaHash(text: string): number {
  return [...text].reduce((hash, character) => (Math.imul(31, hash) + character.charCodeAt(0)) | 0, 0);
}
