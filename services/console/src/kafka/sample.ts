import { consumerGroup, topicSpecifications, topics, type TopicDeclaration } from '@naru/contracts';
import type { GroupState, KafkaObserver, PartitionState } from '@naru/kernel';

/** Kafka at one moment, as far as it answered. Offsets are by lane, `topic[partition]`. */
export interface KafkaSample {
  readonly at_ms: number;
  readonly problems: readonly string[];
  readonly brokers: readonly { readonly id: number; readonly address: string; readonly isUp: boolean }[];
  readonly controller: number | null;
  /** Of Naru's own topics. */
  readonly partitions: readonly PartitionState[];
  readonly starts: ReadonlyMap<string, bigint>;
  readonly ends: ReadonlyMap<string, bigint>;
  readonly groups: ReadonlyMap<string, GroupState>;
  /** By group; one that did not answer is not there. */
  readonly committed: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
}

export interface Subscription {
  readonly service: string;
  readonly group: string;
  readonly topics: readonly string[];
}

/** The groups of topology.ts and what they read. */
export const subscriptions: readonly Subscription[] = subscribed();

function subscribed(): Subscription[] {
  const byService = new Map<string, string[]>();
  for (const [topic, { consumers }] of Object.entries<TopicDeclaration>(topics))
    for (const service of Object.keys(consumers))
      byService.set(service, [...(byService.get(service) ?? []), topic]);
  return [...byService].map(([service, read]) => ({ service, group: consumerGroup(service), topics: read }));
}

const declared = new Set(topicSpecifications().map(({ name }) => name));
const groupNames = subscriptions.map(({ group }) => group);

/** Reads a sample; never throws, and takes no longer than the observer's deadlines one after the other. */
export function createSampler(observer: KafkaObserver, clock: () => number): () => Promise<KafkaSample> {
  let last: KafkaSample | undefined;

  return async () => {
    const problems: string[] = [];
    const note = (reason: unknown) => void problems.push((reason as Error).message);
    const state = await observer.cluster().catch(note);
    if (!state) return (last = nothing(clock(), problems, last));
    const partitions = state.partitions.filter(({ topic }) => declared.has(topic));
    const led = partitions.filter(({ leader }) => leader >= 0);
    const [controller, starts, ends, groups, ...committed] = await Promise.all([
      observer.controller().catch(note),
      observer.offsets(led, 'start'),
      observer.offsets(led, 'end'),
      observer.groups(groupNames),
      ...subscriptions.map(({ group, topics: read }) =>
        observer
          .committed(
            group,
            partitions.filter(({ topic }) => read.includes(topic)),
          )
          .catch(note),
      ),
    ]);
    problems.push(...starts.problems, ...ends.problems, ...groups.problems);
    const silent = new Set([...starts.silent, ...ends.silent]);
    last = {
      at_ms: clock(),
      problems: [...new Set(problems)],
      brokers: state.brokers.map(({ id, address, isMember }) => ({
        ...{ id, address, isUp: isMember && !silent.has(id) },
      })),
      controller: controller ?? null,
      partitions,
      starts: starts.values,
      ends: ends.values,
      groups: groups.values,
      committed: new Map(
        subscriptions.flatMap(({ group }, index) => {
          const offsets = committed[index];
          return offsets ? [[group, offsets] as const] : [];
        }),
      ),
    };
    return last;
  };
}

/** Nobody answered: what is known of the brokers is that they are down. */
function nothing(at_ms: number, problems: readonly string[], last: KafkaSample | undefined): KafkaSample {
  const none = new Map<string, never>();
  return {
    at_ms,
    problems,
    brokers: (last?.brokers ?? []).map((broker) => ({ ...broker, isUp: false })),
    controller: null,
    partitions: [],
    starts: none,
    ends: none,
    groups: none,
    committed: none,
  };
}
