import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

interface Member {
  readonly memberId: string;
  readonly topics: ReadonlySet<string>;
}

type Assignment = Record<string, Record<string, number[]>>;

/**
 * Spreads partitions evenly over the members that subscribe to their topic. kafkajs's own assigner takes every
 * member to subscribe to every topic (#1679, #1040), so that a rolling update that adds a topic strands partitions.
 * @param partitions topic → partition numbers
 * @returns member → topic → partitions; a topic that nobody subscribes to is left out
 */
export function spread(
  members: readonly Member[],
  partitions: ReadonlyMap<string, readonly number[]>,
): Assignment {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const assignment: Assignment = Object.fromEntries(sorted.map(({ memberId }) => [memberId, {}]));
  const load = new Map(sorted.map(({ memberId }) => [memberId, 0]));
  for (const topic of [...partitions.keys()].sort()) {
    const eligible = sorted.filter((member) => member.topics.has(topic)).map(({ memberId }) => memberId);
    if (eligible.length === 0) continue;
    const ofTopic = new Map(eligible.map((memberId) => [memberId, 0]));
    for (const partition of partitions.get(topic) ?? []) {
      const least = eligible.reduce((best, candidate) =>
        weight(candidate) < weight(best) ? candidate : best,
      );
      ((assignment[least] as Record<string, number[]>)[topic] ??= []).push(partition);
      load.set(least, (load.get(least) ?? 0) + 1);
      ofTopic.set(least, (ofTopic.get(least) ?? 0) + 1);
    }
    // A topic's own spread comes first, so that each consumer of three owns one of three partitions.
    function weight(memberId: string): number {
      return (ofTopic.get(memberId) ?? 0) * 10_000 + (load.get(memberId) ?? 0);
    }
  }
  return assignment;
}

const VERSION = 0;

export const subscriptionAwareAssigner: PartitionAssigner = ({ cluster }) => ({
  name: 'naru-subscription-aware',
  version: VERSION,
  async assign({ members }) {
    const subscribed = members.map(({ memberId, memberMetadata }) => ({
      memberId,
      topics: new Set(AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? []),
    }));
    const topics = new Set(subscribed.flatMap((member) => [...member.topics]));
    for (const topic of topics) await cluster.addTargetTopic(topic);
    const partitions = new Map(
      [...topics].map((topic) => [
        topic,
        cluster
          .findTopicPartitionMetadata(topic)
          .map((p) => p.partitionId)
          .sort(),
      ]),
    );
    return Object.entries(spread(subscribed, partitions)).map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: VERSION,
        assignment,
        userData: Buffer.alloc(0),
      }),
    }));
  },
  protocol({ topics }) {
    return {
      name: this.name,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.alloc(0),
      }),
    };
  },
});
