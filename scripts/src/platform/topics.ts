import type { TopicSpecification } from '@naru/contracts';
import { Kafka, logLevel, type Admin } from 'kafkajs';

import { assignReplicas } from './replica-assignment';
import { waitUntil } from './wait-until';

const REQUEST_TIMEOUT_MS = 15_000;
const BROKERS_TIMEOUT_MS = 30_000;
const LEADERS_TIMEOUT_MS = 60_000;

/** Creates the topics that are missing, with their leaders spread over the brokers. */
export async function createMissingTopics(
  bootstrap: readonly string[],
  topics: readonly TopicSpecification[],
): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    const brokers = await allBrokers(admin, bootstrap.length);
    const existing = new Set(await admin.listTopics());
    const missing = topics
      .map((topic, index) => ({ topic, shift: index }))
      .filter(({ topic }) => !existing.has(topic.name));
    if (missing.length === 0) return;
    await admin.createTopics({
      // kafkajs's own wait gives up when it asks a broker that has not heard of the topic yet.
      waitForLeaders: false,
      timeout: REQUEST_TIMEOUT_MS,
      topics: missing.map(({ topic, shift }) => ({
        topic: topic.name,
        replicaAssignment: assignReplicas(topic.partitions, topic.replication, brokers, shift),
        configEntries: configOf(topic, brokers.length),
      })),
    });
    await awaitLeadersOf(
      admin,
      missing.map(({ topic }) => topic.name),
    );
  });
}

/**
 * Waits until every partition has a leader that knows what is committed: after all brokers were killed that
 * takes longer than their start.
 */
export async function awaitLeaders(bootstrap: readonly string[]): Promise<void> {
  await withAdmin(bootstrap, async (admin) => awaitLeadersOf(admin, await admin.listTopics()));
}

async function awaitLeadersOf(admin: Admin, topics: readonly string[]): Promise<void> {
  await waitUntil({ what: 'a leader of every partition', timeoutMs: LEADERS_TIMEOUT_MS }, async () => {
    for (const topic of topics) await admin.fetchTopicOffsets(topic);
    return true;
  });
}

async function allBrokers(admin: Admin, count: number): Promise<number[]> {
  let brokers: number[] = [];
  await waitUntil({ what: `${count} brokers in the cluster`, timeoutMs: BROKERS_TIMEOUT_MS }, async () => {
    const cluster = await admin.describeCluster();
    brokers = cluster.brokers.map((broker) => broker.nodeId).sort((a, b) => a - b);
    return brokers.length === count;
  });
  return brokers;
}

async function withAdmin(bootstrap: readonly string[], work: (admin: Admin) => Promise<void>): Promise<void> {
  const kafka = new Kafka({
    clientId: 'naru-platform',
    brokers: [...bootstrap],
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A platform with one broker could never satisfy the in-sync replicas that three are asked for. */
function configOf(topic: TopicSpecification, brokers: number): { name: string; value: string }[] {
  return Object.entries(topic.config).map(([name, value]) => {
    const capped = name === 'min.insync.replicas' ? String(Math.min(Number(value), brokers)) : value;
    return { name, value: capped };
  });
}
