import type { Broker, TopicPartition } from '@naru/kernel';
import type { Topics } from '@naru/contracts';
import type { Subscription } from '../facts';
import { laneOf } from '../views';

/** Partitions that a group reads. */
export function partitionsOf(
  group: string,
  subscriptions: readonly Subscription[],
  topics: Topics,
): TopicPartition[] {
  return subscriptions
    .filter((subscription) => subscription.group === group)
    .flatMap(({ topic }) =>
      Array.from({ length: topics[topic]?.partitions ?? 0 }, (_, partition) => ({ topic, partition })),
    );
}

/** Next offsets of a group by Kafka, by lane. */
export async function readCommitted(
  broker: Broker,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<Map<string, number>> {
  if (partitions.length === 0) return new Map();
  const committed = await broker.committed(group, partitions);
  return new Map([...committed].map(([partition, offset]) => [laneOf(partition), Number(offset)]));
}
