import { consumerGroup, MIN_IN_SYNC_REPLICAS, topics, type TopicDeclaration } from '@naru/contracts';
import { laneOf } from '@naru/kernel';
import { membersAsInstances, shownServices, type InstanceView } from './instances';
import { ageKey, type LaneLag } from './kafka/lag';
import { subscriptions, type KafkaSample, type Subscription } from './kafka/sample';
import type { LetterCount } from './letters/counts';
import type { StoresState } from './stores';
import type { BrokerView, GroupView, Overview, ServiceView, TopicView } from './views';

/** All that an overview is made of. */
export interface Readings {
  readonly sample: KafkaSample;
  readonly lags: readonly LaneLag[];
  /** Seconds by `ageKey`. */
  readonly ages: ReadonlyMap<string, number>;
  readonly rates: Readonly<Record<string, number>>;
  readonly stores: StoresState;
  readonly letters: readonly LetterCount[];
  readonly instances: ReadonlyMap<string, readonly InstanceView[]> | undefined;
}

/** Puts together what was read; what was not is left out or zero, and `problems` says so. */
export function toOverview({ sample, lags, ages, rates, stores, letters, instances }: Readings): Overview {
  return {
    at: new Date(sample.at_ms).toISOString(),
    problems: [...sample.problems, ...stores.problems],
    services: shownServices.map((name): ServiceView => {
      const group = sample.groups.get(consumerGroup(name));
      return {
        name,
        instances: instances?.get(name) ?? (instances ? [] : membersAsInstances(group)),
        outbox: stores.states.get(name)?.outbox ?? null,
      };
    }),
    topics: Object.entries<TopicDeclaration>(topics).map(([name, topic]) =>
      topicView(name, topic, sample, letters),
    ),
    groups: subscriptions.map((subscription) =>
      groupView(
        subscription,
        sample,
        lags.filter(({ group }) => group === subscription.group),
        ages,
        stores,
      ),
    ),
    brokers: sample.brokers.map((broker) => brokerView(broker, sample)),
    kafka:
      sample.partitions.length === 0 ? null : { controller: sample.controller, ...partitionCounts(sample) },
    rates,
  };
}

function topicView(
  name: string,
  topic: TopicDeclaration,
  { starts, ends }: KafkaSample,
  letters: readonly LetterCount[],
): TopicView {
  const sum = (offsets: ReadonlyMap<string, bigint>) => {
    let total = 0;
    for (let partition = 0; partition < topic.partitions; partition++)
      total += Number(offsets.get(laneOf({ topic: name, partition })) ?? 0n);
    return total;
  };
  const written = sum(ends);
  return {
    name,
    partitions: topic.partitions,
    records: Math.max(0, written - sum(starts)),
    written,
    deadLetters: letters
      .filter((letter) => letter.topic === name)
      .reduce((total, { count }) => total + count, 0),
  };
}

function partitionsOf(names: readonly string[]): number {
  const declared: Readonly<Record<string, TopicDeclaration>> = topics;
  return names.reduce((total, name) => total + (declared[name]?.partitions ?? 0), 0);
}

function groupView(
  { service, group, topics: read }: Subscription,
  sample: KafkaSample,
  lags: readonly LaneLag[],
  ages: ReadonlyMap<string, number>,
  { states }: StoresState,
): GroupView {
  const found = sample.groups.get(group);
  const ageOf = (lag: LaneLag) => ages.get(ageKey(lag)) ?? 0;
  const total = (of: readonly LaneLag[], names: readonly string[]) => ({
    lag: of.length < partitionsOf(names) ? null : of.reduce((sum, { lag }) => sum + lag, 0),
    lag_s: Math.max(0, ...of.map(ageOf)),
  });
  return {
    name: group,
    service,
    state: found?.state ?? 'Unknown',
    members: (found?.members ?? []).map(({ clientId, host, partitions }) => ({
      ...{ id: clientId, host, partitions: partitions.length },
    })),
    ...total(lags, read),
    topics: read.map((topic) => {
      const ofTopic = lags.filter((lag) => lag.topic === topic);
      return {
        topic,
        ...total(ofTopic, [topic]),
        partitions: ofTopic.map(({ partition, committed, end, lag }) => ({
          ...{ partition, lag, end: Number(end) },
          committed: committed === null ? null : Number(committed),
        })),
      };
    }),
    parked: states.get(service as never)?.parkedKeys ?? 0,
  };
}

function brokerView(
  { id, address, isUp }: KafkaSample['brokers'][number],
  { controller, partitions }: KafkaSample,
): BrokerView {
  return {
    ...{ id, address, isUp, isController: id === controller },
    leaders: partitions.filter(({ leader }) => leader === id).length,
    replicas: partitions.filter(({ replicas }) => replicas.includes(id)).length,
    inSync: partitions.filter(({ inSync }) => inSync.includes(id)).length,
  };
}

/** Partitions in trouble: writes refused, fewer copies than there should be, nobody leading. */
export function partitionCounts({ partitions }: Pick<KafkaSample, 'partitions'>) {
  const count = (is: (partition: KafkaSample['partitions'][number]) => boolean) =>
    partitions.filter(is).length;
  return {
    // Where there are fewer replicas, as with one broker, that many are asked for.
    underMinIsr: count(
      ({ inSync, replicas }) => inSync.length < Math.min(MIN_IN_SYNC_REPLICAS, replicas.length),
    ),
    underReplicated: count(({ inSync, replicas }) => inSync.length < replicas.length),
    offline: count(({ leader }) => leader < 0),
  };
}
