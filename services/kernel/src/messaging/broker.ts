/**
 * The broker port: all that the kernel asks of Kafka. An adapter passes the conformance suite in
 * services/kernel/test/broker-conformance.ts, broker kills included.
 */

/** Record headers in their order; a name may occur more than once. */
export type RecordHeaders = readonly (readonly [name: string, value: Buffer])[];

export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

export interface IncomingRecord extends OutgoingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the epoch, as the producer or the broker set it. */
  readonly timestamp_ms: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** First offset still there, and the one that the next record will get. */
export interface OffsetRange {
  readonly low: bigint;
  readonly high: bigint;
}

export interface Subscription {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Partitions are this member's from now on.
   * @returns for each the offset to start at; leave one out to keep it paused
   */
  onAssigned(partitions: readonly TopicPartition[], generation: number): Promise<Map<TopicPartition, bigint>>;
  /** Partitions are no longer this member's; what is committed for them later is dropped. */
  onRevoked(): void;
  /** Records of one partition in order, without a gap. Must only queue them. */
  onRecords(records: readonly IncomingRecord[], generation: number): void;
  /** The log no longer holds the next offset; the partition stays paused. */
  onOutOfRange(partition: TopicPartition, expected: bigint): void;
}

export interface Consumption {
  pause(partition: TopicPartition): void;
  resume(partition: TopicPartition): void;
  /** Offsets are those of the next record to read. Dropped when the generation is no longer current. */
  commit(generation: number, offsets: ReadonlyMap<TopicPartition, bigint>): Promise<void>;
  /** Monotonic milliseconds (performance.now) of the last sign of life of the fetch loop. */
  lastActivity_ms(): number;
  /** Why nothing is read at the moment, or null. */
  trouble(): string | null;
  /** Leaves the group. */
  stop(): Promise<void>;
}

/** Connects when first used. */
export interface Broker {
  /**
   * Sends records to one partition in one request, acknowledged by all in-sync replicas.
   * At most one call per partition may be in flight in this process.
   * @returns the offset of each record, in order
   * @throws RecordRefusedError when the broker will never take it; InfrastructureError when not acknowledged
   */
  produce(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<bigint[]>;
  consume(subscription: Subscription): Promise<Consumption>;
  /** Committed offsets of a group; partitions without one are left out. */
  committed(group: string, partitions: readonly TopicPartition[]): Promise<Map<TopicPartition, bigint>>;
  offsetRange(partition: TopicPartition): Promise<OffsetRange>;
  /** Reads a range of one partition, [from, to), outside any group. */
  read(partition: TopicPartition, from: bigint, to: bigint): AsyncIterable<IncomingRecord>;
  disconnect(): Promise<void>;
}

/** `topic[partition]`, for maps and logs. */
export function laneOf({ topic, partition }: TopicPartition): string {
  return `${topic}[${partition}]`;
}

/** Header values by name; the last one counts where a name occurs twice. */
export type HeaderIndex = ReadonlyMap<string, Buffer>;

/** For who looks for several headers of one record. */
export function headerIndex(headers: RecordHeaders): HeaderIndex {
  return new Map(headers);
}

/** The value of a header as text, or undefined; the last one counts where a name occurs twice. */
export function headerText(headers: RecordHeaders, name: string): string | undefined {
  return headers.findLast(([header]) => header === name)?.[1].toString('utf8');
}
