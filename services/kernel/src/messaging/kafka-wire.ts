import type { Kafka } from 'kafkajs';
import Decoder from 'kafkajs/src/protocol/decoder';
import Encoder from 'kafkajs/src/protocol/encoder';
import { InfrastructureError } from '../errors';
import { withDeadline } from '../wait';

/** One broker's side of the protocol, as kafkajs speaks it. What an answer says of a single partition it throws. */
export interface WireBroker {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Of all topics when none is named. */
  metadata(topics: readonly string[]): Promise<WireMetadata>;
  listOffsets(request: {
    replicaId: number;
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
  findGroupCoordinator(request: {
    groupId: string;
    coordinatorType: number;
  }): Promise<{ coordinator: { nodeId: number; host: string; port: number } }>;
  describeGroups(request: { groupIds: readonly string[] }): Promise<{ groups: WireGroup[] }>;
  offsetFetch(request: {
    groupId: string;
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
  fetch(request: {
    replicaId: number;
    isolationLevel: number;
    maxWaitTime: number;
    maxBytes: number;
    topics: {
      topic: string;
      partitions: { partition: number; fetchOffset: string; maxBytes: number }[];
    }[];
  }): Promise<{ responses: { partitions: { messages: WireMessage[] }[] }[] }>;
  readonly connectionPool: { send(request: WireRequest): Promise<unknown> };
}

export interface WireMetadata {
  readonly brokers: readonly { nodeId: number; host: string; port: number }[];
  readonly topicMetadata: readonly {
    topic: string;
    isInternal: boolean;
    partitionMetadata: readonly {
      partitionId: number;
      leader: number;
      replicas: readonly number[];
      isr: readonly number[];
    }[];
  }[];
}

export interface WireGroup {
  readonly groupId: string;
  readonly state: string;
  readonly members: readonly {
    memberId: string;
    clientId: string;
    clientHost: string;
    memberAssignment: Buffer;
  }[];
}

export type WireMessage = Parameters<typeof import('./kafka-records').fromKafkaMessage>[2] & {
  readonly isControlRecord?: boolean;
};

interface WireRequest {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<Encoder>;
  };
  readonly response: { decode(bytes: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> };
}

/** Connections to single brokers, each made when it is first asked and again after it was lost. */
export interface Wire {
  /** @throws InfrastructureError naming the address, when it does not answer in time */
  ask<T>(address: string, question: (broker: WireBroker) => Promise<T>, deadline_ms: number): Promise<T>;
  close(): Promise<void>;
}

interface BrokerPool {
  readonly rootLogger: unknown;
  readonly connectionPoolBuilder: { build(to: { host: string; port: number }): Promise<unknown> };
  createBroker(options: { logger: unknown; connectionPool: unknown }): WireBroker;
}

/**
 * Requests to chosen brokers, without the retries of kafkajs's clients, which stand still for a broker that is paused
 * while the others would answer at once. Takes how to connect and sign in from a client made as all are.
 */
export function createWire(kafka: Kafka): Wire {
  const pool = brokerPoolOf(kafka);
  const connections = new Map<string, Promise<WireBroker>>();

  async function open(address: string): Promise<WireBroker> {
    const colon = address.lastIndexOf(':');
    const to = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
    const connectionPool = await pool.connectionPoolBuilder.build(to);
    const broker = pool.createBroker({ logger: pool.rootLogger, connectionPool });
    await broker.connect().catch(async (error: unknown) => {
      await broker.disconnect().catch(() => undefined);
      throw error;
    });
    return broker;
  }

  function drop(address: string, connection: Promise<WireBroker>) {
    if (connections.get(address) === connection) connections.delete(address);
    connection.then((broker) => broker.disconnect()).catch(() => undefined);
  }

  return {
    async ask(address, question, deadline_ms) {
      const connection = connections.get(address) ?? open(address);
      connections.set(address, connection);
      let isOpening = true;
      connection.catch(() => undefined).finally(() => (isOpening = false));
      try {
        return await withDeadline(deadline_ms, async () => question(await connection));
      } catch (error) {
        // An error with a type is the broker's answer; without one there was none. A connection that is still being
        // made ends by itself, and the next question may find it there.
        if ((error as { type?: string }).type === undefined && !isOpening) drop(address, connection);
        throw new InfrastructureError('broker', `broker ${address}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
    async close() {
      const open = [...connections.entries()];
      connections.clear();
      for (const [address, connection] of open) drop(address, connection);
    },
  };
}

function brokerPoolOf(kafka: Kafka): BrokerPool {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (!symbol) throw new Error('this is not the kafkajs that kafka-wire.ts was written for');
  const create = (kafka as unknown as Record<symbol, (options: object) => { brokerPool: BrokerPool }>)[
    symbol
  ];
  return create!({ allowAutoTopicCreation: false }).brokerPool;
}

const DESCRIBE_QUORUM = 55;
const METADATA_LOG = '__cluster_metadata';

/** The active controller's id by DescribeQuorum (KIP-595), for Kafka's metadata names any broker. */
export async function describeQuorum(broker: WireBroker): Promise<number> {
  const none = () => new Encoder().writeUVarIntBytes();
  const partition = new Encoder().writeInt32(0).writeUVarIntBytes();
  const topic = new Encoder()
    .writeUVarIntString(METADATA_LOG)
    .writeUVarIntArray([partition])
    .writeUVarIntBytes();
  const answer = await broker.connectionPool.send({
    request: {
      apiKey: DESCRIBE_QUORUM,
      apiVersion: 0,
      apiName: 'DescribeQuorum',
      encode: async () => none().writeUVarIntArray([topic]).writeUVarIntBytes(),
    },
    response: { decode: async (bytes) => leaderIn(new Decoder(bytes)), parse: async (leader) => leader },
  });
  return answer as number;
}

/** The answer is of the one partition that was asked for; what comes behind its leader is not needed. */
function leaderIn(decoder: Decoder): number {
  decoder.readTaggedFields();
  refuse(decoder.readInt16());
  decoder.readUVarInt(); // how many topics
  decoder.readUVarIntString();
  decoder.readUVarInt(); // how many partitions
  decoder.readInt32();
  refuse(decoder.readInt16());
  return decoder.readInt32();
}

function refuse(code: number): void {
  if (code !== 0)
    throw Object.assign(new Error(`DescribeQuorum is answered with ${code}`), { type: String(code) });
}
