import { consumerGroup, topics, type ServiceName, type TopicDeclaration } from '@naru/contracts';
import type { Policy } from './policy';
import { nameOf, ofKind, type Resource } from './resources';

interface Trigger {
  readonly type: string;
  readonly metadata: Readonly<Record<string, string | undefined>>;
  readonly authenticationRef?: { readonly name: string };
}

/** What KEDA is told must fit the topics, the Deployments and Kafka's users. */
export const scalingPolicies: readonly Policy[] = [
  {
    name: 'one owner of the replicas',
    violations: (resources) =>
      ofKind(resources, 'Deployment').flatMap((deployment) => {
        const scaled = scaledBy(resources, deployment);
        const isFixed = deployment.spec.replicas !== undefined;
        if (scaled && isFixed) return [`${nameOf(deployment)} has replicas, and KEDA too`];
        return scaled || isFixed ? [] : [`${nameOf(deployment)} has neither replicas nor KEDA`];
      }),
  },
  eachScaledObject('scale target', (scaled, resources) =>
    ofKind(resources, 'Deployment').some(({ metadata }) => metadata.name === targetOf(scaled))
      ? []
      : [`there is no Deployment ${targetOf(scaled)}`],
  ),
  eachScaledObject('replicas within partitions', (scaled) => {
    const { minReplicaCount: least, maxReplicaCount: most } = scaled.spec as Record<string, number>;
    const partitions = Math.max(...Object.values(consumedTopics(scaled)).map((topic) => topic.partitions));
    return [
      ...(least === 1 ? [] : ['does not keep one pod, which also publishes']),
      ...(most === partitions ? [] : [`up to ${most} pods for ${partitions} partitions`]),
    ];
  }),
  eachScaledObject('one trigger a topic', (scaled) => {
    const declared = Object.keys(consumedTopics(scaled));
    const triggered = triggersOf(scaled).map(({ metadata }) => metadata['topic'] ?? '');
    return [
      ...declared.filter((topic) => !triggered.includes(topic)).map((topic) => `none for ${topic}`),
      ...triggered.filter((topic, at) => !declared.includes(topic) || triggered.indexOf(topic) !== at),
    ];
  }),
  eachTrigger('Kafka trigger', ({ type, metadata }, scaled) => [
    ...(type === 'kafka' ? [] : [`is of type ${type}`]),
    ...wrong(metadata, {
      consumerGroup: consumerGroup(serviceOf(scaled)),
      offsetResetPolicy: 'earliest',
      limitToPartitionsWithLag: 'true',
      sasl: 'scram_sha512',
      tls: 'enable',
    }),
    ...(metadata['version'] ? [] : ['does not say which protocol version it speaks']),
    ...(metadata['excludePersistentLag'] === 'true'
      ? ['leaves out the lag of a group that commits rarely']
      : []),
  ]),
  eachTrigger('trigger credentials', ({ authenticationRef }, scaled, resources) => {
    const found = ofKind(resources, 'TriggerAuthentication').find(
      ({ metadata }) => metadata.name === authenticationRef?.name,
    );
    if (!found) return ['has none'];
    const targets = Object.values(found.spec as Record<string, { parameter: string; name: string }[]>).flat();
    const missing = ['username', 'password', 'ca'].filter(
      (name) => !targets.some(({ parameter }) => parameter === name),
    );
    const password = targets.find(({ parameter }) => parameter === 'password');
    return [
      ...missing.map((parameter) => `lacks ${parameter}`),
      ...(password?.name === `naru-${serviceOf(scaled)}` ? [] : ["are another service's"]),
    ];
  }),
];

function eachScaledObject(
  name: string,
  faults: (scaled: Resource, resources: readonly Resource[]) => string[],
): Policy {
  return {
    name,
    violations: (resources) =>
      ofKind(resources, 'ScaledObject').flatMap((scaled) =>
        faults(scaled, resources).map((fault) => `${nameOf(scaled)} ${fault}`),
      ),
  };
}

function eachTrigger(
  name: string,
  faults: (trigger: Trigger, scaled: Resource, resources: readonly Resource[]) => string[],
): Policy {
  return eachScaledObject(name, (scaled, resources) =>
    triggersOf(scaled).flatMap((trigger) => faults(trigger, scaled, resources)),
  );
}

function scaledBy(resources: readonly Resource[], { metadata }: Resource): boolean {
  return ofKind(resources, 'ScaledObject').some((scaled) => targetOf(scaled) === metadata.name);
}

function targetOf({ spec }: Resource): string {
  return spec.scaleTargetRef.name as string;
}

function triggersOf({ spec }: Resource): readonly Trigger[] {
  return spec.triggers as readonly Trigger[];
}

function serviceOf(scaled: Resource): ServiceName {
  return targetOf(scaled).replace(/-consumer$/, '') as ServiceName;
}

function consumedTopics(scaled: Resource): Readonly<Record<string, TopicDeclaration>> {
  const service = serviceOf(scaled);
  const consumed = Object.entries<TopicDeclaration>(topics).filter(([, topic]) => topic.consumers[service]);
  return Object.fromEntries(consumed);
}

function wrong(given: Trigger['metadata'], expected: Readonly<Record<string, string>>): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => given[name] !== value)
    .map(([name, value]) => `${name} is ${given[name] ?? 'missing'}, not ${value}`);
}
