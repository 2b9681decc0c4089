import { AssignerProtocol } from 'kafkajs';
import { laneOf, type TopicPartition } from './broker';
import type { WireGroup } from './kafka-wire';
import type { GroupState, PartitionState } from './observer';

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

export function byLeader(partitions: readonly PartitionState[]): Map<number, PartitionState[]> {
  return grouped(partitions, ({ leader }) => leader);
}

/** A topic with its partitions, as requests have them. */
export function byTopic<T>(partitions: readonly TopicPartition[], of: (partition: TopicPartition) => T) {
  return [...grouped(partitions, ({ topic }) => topic)].map(([topic, all]) => ({
    topic,
    partitions: all.map(of),
  }));
}

/**
 * Offsets by lane; negative ones mean "none" and are left out.
 * @param keepNone keeps them
 */
export function toOffsets(
  responses: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[],
  keepNone = false,
): Map<string, bigint> {
  return new Map(
    responses.flatMap(({ topic, partitions }) =>
      partitions
        .map(({ partition, offset }) => [laneOf({ topic, partition }), BigInt(offset)] as const)
        .filter(([, offset]) => keepNone || offset >= 0n),
    ),
  );
}

export function groupOf({ groupId, state, members }: WireGroup): GroupState {
  return {
    group: groupId,
    state,
    members: members.map(({ memberId, clientId, clientHost, memberAssignment }) => {
      const assigned =
        memberAssignment.length > 0 ? AssignerProtocol.MemberAssignment.decode(memberAssignment) : null;
      return {
        id: memberId,
        clientId,
        host: clientHost.replace(/^\//, ''),
        partitions: Object.entries(assigned?.assignment ?? {}).flatMap(([topic, numbers]) =>
          numbers.map((partition) => ({ topic, partition })),
        ),
      };
    }),
  };
}
