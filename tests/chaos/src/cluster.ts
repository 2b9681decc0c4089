import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consumerGroup, topics as declared, topicSpecifications, type Topics } from '@naru/contracts';
import type { PartHandle } from '@naru/scripts';
import { eventually } from '@naru/testing';
import { Kafka, logLevel, type Admin } from 'kafkajs';

export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Broker id, counting from 1; -1 when nobody leads. */
  readonly leader: number;
  readonly inSync: number;
  readonly replicas: number;
}

/** What is to be known of the brokers to hurt the right one. */
export interface Cluster {
  /** The broker that leads a partition. */
  leaderOf(topic: string, partition: number): Promise<PartHandle>;
  /** The active controller. */
  controller(): PartHandle;
  /** Records that groups have yet to commit, over all groups and partitions. @throws when a broker does not answer */
  lag(): Promise<number>;
  /** Waits until every partition has all its replicas in sync. @throws Error naming one that has not */
  inSync(timeout_ms: number): Promise<void>;
  disconnect(): Promise<void>;
}

const QUORUM_STATE = join('log', '__cluster_metadata-0', 'quorum-state');
const ADMIN_SETTINGS = { connectionTimeout: 2_000, requestTimeout: 4_000, retry: { retries: 2 } };
const LEADER_DEADLINE_MS = 30_000;
const topics = topicSpecifications().map(({ name }) => name);

/** @param kafkaDirectory holds a directory for each broker */
export function createCluster(
  bootstrap: readonly string[],
  brokers: readonly PartHandle[],
  kafkaDirectory: string,
): Cluster {
  const kafka = new Kafka({
    clientId: 'chaos-admin',
    brokers: [...bootstrap],
    logLevel: logLevel.NOTHING,
    ...ADMIN_SETTINGS,
  });
  let admin: Admin | undefined;

  /** Connects anew after an error: kafkajs may hold on to a broker that is gone. */
  async function ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      if (!admin) await (admin = kafka.admin()).connect();
      return await question(admin);
    } catch (error) {
      await admin?.disconnect().catch(() => undefined);
      admin = undefined;
      throw error;
    }
  }

  async function partitions(): Promise<PartitionState[]> {
    const metadata = await ask((client) => client.fetchTopicMetadata({ topics }));
    return metadata.topics.flatMap(({ name, partitions: states }) =>
      states.map(({ partitionId, leader, isr, replicas }) => ({
        topic: name,
        partition: partitionId,
        leader,
        inSync: isr.length,
        replicas: replicas.length,
      })),
    );
  }

  return {
    leaderOf(topic, partition) {
      return eventually(
        `a leader of ${topic}[${partition}]`,
        async () => {
          const all = await partitions();
          const found = all.find((state) => state.topic === topic && state.partition === partition);
          return brokers[(found?.leader ?? 0) - 1];
        },
        LEADER_DEADLINE_MS,
      );
    },

    controller() {
      const states = brokers.map(({ name }) => quorumState(join(kafkaDirectory, name, QUORUM_STATE)));
      const newest = states.reduce((best, state) => (state.leaderEpoch > best.leaderEpoch ? state : best));
      // While an election runs the newest epoch has no leader; any broker may be the next one then.
      return (brokers[newest.leaderId - 1] ?? brokers[0]) as PartHandle;
    },

    lag: () => ask(totalLag),

    async inSync(timeout_ms) {
      await eventually(
        'all replicas in sync',
        async () => {
          const behind = (await partitions()).find(({ inSync, replicas }) => inSync < replicas);
          if (behind) throw new Error(`${behind.topic}[${behind.partition}] has ${behind.inSync} in sync`);
          return true;
        },
        timeout_ms,
      );
    },

    async disconnect() {
      await admin?.disconnect();
    },
  };
}

async function totalLag(admin: Admin): Promise<number> {
  let lag = 0;
  for (const [topic, { consumers }] of Object.entries<Topics[string]>(declared)) {
    const ends = await admin.fetchTopicOffsets(topic);
    const groups = await Promise.all(
      Object.keys(consumers).map((service) =>
        admin.fetchOffsets({ groupId: consumerGroup(service), topics: [topic] }),
      ),
    );
    for (const { partitions } of groups.flat()) {
      for (const { partition, offset } of partitions) {
        const end = Number(ends.find((one) => one.partition === partition)?.high ?? 0);
        lag += Math.max(0, end - Math.max(0, Number(offset)));
      }
    }
  }
  return lag;
}

interface QuorumState {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/** Kafka's metadata names any broker as the controller; who leads the quorum is in this file of each voter. */
function quorumState(file: string): QuorumState {
  return JSON.parse(readFileSync(file, 'utf8')) as QuorumState;
}
