import type { Broker, IncomingRecord, TopicPartition } from './broker';

export interface BrokerNode {
  readonly id: number;
  /** host:port */
  readonly address: string;
  /** Whether the cluster counts it among its members. */
  readonly isMember: boolean;
}

export interface PartitionState extends TopicPartition {
  /** -1 while nobody leads. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface ClusterState {
  /** Those that were ever seen, by id; one that is gone keeps its address. */
  readonly brokers: readonly BrokerNode[];
  /** Of all topics that are not Kafka's own. */
  readonly partitions: readonly PartitionState[];
}

export interface GroupState {
  readonly group: string;
  /** As Kafka names it: Stable, Empty, PreparingRebalance, CompletingRebalance, Dead. */
  readonly state: string;
  readonly members: readonly {
    readonly id: string;
    readonly clientId: string;
    readonly host: string;
    readonly partitions: readonly TopicPartition[];
  }[];
}

/** What was read, by `laneOf` or by group, and what went unanswered, in words. */
export interface Observed<T> {
  readonly values: ReadonlyMap<string, T>;
  readonly problems: readonly string[];
  /** Ids of brokers that did not answer, where that is what went wrong. */
  readonly silent: readonly number[];
}

/**
 * Looks at a cluster without being part of any group. Every question is answered within seconds, in part where a
 * broker does not answer.
 */
export interface KafkaObserver extends Pick<Broker, 'read' | 'offsetRange'> {
  /** @throws InfrastructureError when no broker answers */
  cluster(): Promise<ClusterState>;
  /** The active controller's id. @throws InfrastructureError */
  controller(): Promise<number>;
  /**
   * Offsets of partitions: where they begin, where they end, or the first record at or after a time, in milliseconds
   * since the epoch (the end where there is none).
   */
  offsets(
    partitions: readonly PartitionState[],
    at: 'start' | 'end' | { readonly since_ms: number },
  ): Promise<Observed<bigint>>;
  groups(names: readonly string[]): Promise<Observed<GroupState>>;
  /** Committed offsets of one group; partitions without one are left out. @throws InfrastructureError */
  committed(group: string, partitions: readonly TopicPartition[]): Promise<Map<string, bigint>>;
  /** Records of one partition from an offset on, as many as fit into the bytes, at least one if there is one. */
  fetch(partition: PartitionState, from: bigint, bytesMax: number): Promise<IncomingRecord[]>;
  disconnect(): Promise<void>;
}
