export interface ReplicaAssignment {
  readonly partition: number;
  /** The first one is the preferred leader. */
  readonly replicas: number[];
}

/**
 * Places the replicas of a topic: partition p is led by the broker p places after `shift`, its followers are the
 * next ones. As many partitions as brokers so have one leader on each. `shift` differs from topic to topic, or
 * all topics of one partition would have the same leader.
 */
export function assignReplicas(
  partitions: number,
  replication: number,
  brokers: readonly number[],
  shift: number,
): ReplicaAssignment[] {
  if (brokers.length === 0) throw new RangeError('there is no broker to place replicas on');
  const copies = Math.min(replication, brokers.length);
  return Array.from({ length: partitions }, (_, partition) => ({
    partition,
    replicas: Array.from(
      { length: copies },
      (_, copy) => brokers[(shift + partition + copy) % brokers.length]!,
    ),
  }));
}
