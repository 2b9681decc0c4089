import type { Policy } from './policy';
import { containersOf, podsOf, type Container, type PodTemplate, type Resource } from './resources';

/** A service stops within 25 s of being told to: services/kernel/src/lifecycle.ts. */
const STOP_SECONDS = 25;

/** What must hold of every pod, whoever made its image. */
export const everyPodPolicies: readonly Policy[] = [
  eachContainer('requests and limits', ({ resources }) =>
    (['requests', 'limits'] as const).flatMap((side) =>
      (['cpu', 'memory'] as const)
        .filter((amount) => resources?.[side]?.[amount] === undefined)
        .map((amount) => `no ${side}.${amount}`),
    ),
  ),
  eachContainer('fixed image', ({ image }) => {
    const [, tag] = /[^/:]:([^/:@]+)(?:@|$)/.exec(image) ?? [];
    if (tag === 'latest') return ['latest is another image tomorrow'];
    return tag || image.includes('@sha256:') ? [] : ['neither tag nor digest'];
  }),
  eachContainer('restricted container', ({ securityContext }) => [
    ...(securityContext?.allowPrivilegeEscalation === false ? [] : ['may escalate its privileges']),
    ...(securityContext?.capabilities?.drop?.includes('ALL') ? [] : ['keeps capabilities']),
  ]),
  eachPod('restricted pod', ({ spec }) => [
    ...(spec.securityContext?.runAsNonRoot === true ? [] : ['may run as root']),
    ...(spec.securityContext?.seccompProfile?.type === 'RuntimeDefault' ? [] : ['has no seccomp profile']),
    ...(spec.automountServiceAccountToken === false ? [] : ['is given a token of the Kubernetes API']),
  ]),
];

/** What must hold of the pods of services besides. */
export const podPolicies: readonly Policy[] = [
  ...everyPodPolicies,
  eachContainer('read-only root', ({ securityContext }) =>
    securityContext?.readOnlyRootFilesystem === true ? [] : ['may write to its image'],
  ),
  eachWorkload('probes', ({ spec }) =>
    spec.containers.flatMap(({ startupProbe, readinessProbe, livenessProbe }) => [
      ...(startupProbe ? [] : ['no startup probe']),
      ...(readinessProbe?.httpGet?.path === '/health/ready' ? [] : ['readiness is not /health/ready']),
      // Ready depends on Kafka and MySQL, which a restart would not mend.
      ...(livenessProbe?.httpGet?.path === '/health/live' ? [] : ['liveness is not /health/live']),
    ]),
  ),
  eachWorkload('time to stop', ({ spec }) =>
    spec.containers.flatMap(({ lifecycle }) => {
      const sleep = lifecycle?.preStop?.sleep?.seconds;
      if (sleep === undefined) return ['no preStop sleep'];
      const grace = spec.terminationGracePeriodSeconds ?? 30;
      return grace >= sleep + STOP_SECONDS ? [] : [`${grace} s is less than ${sleep} + ${STOP_SECONDS} s`];
    }),
  ),
  eachWorkload('soft spread', ({ spec: { topologySpreadConstraints: constraints = [] } }) => [
    ...(constraints.length > 0 ? [] : ['no topology spread']),
    ...(constraints.every(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway')
      ? []
      : ['does not fit a single node']),
  ]),
  eachWorkload('configuration checksum', ({ annotations }) =>
    annotations['checksum/config'] ? [] : ['does not restart when its configuration changes'],
  ),
];

function eachPod(name: string, faults: (pod: PodTemplate) => string[]): Policy {
  return { name, violations: (resources) => faultsIn(podsOf(resources), faults) };
}

/** As eachPod, but not for pods that run once. */
function eachWorkload(name: string, faults: (pod: PodTemplate) => string[]): Policy {
  const stays = ({ kind }: Resource) => kind === 'Deployment';
  return { name, violations: (resources) => faultsIn(podsOf(resources.filter(stays)), faults) };
}

function eachContainer(name: string, faults: (container: Container) => string[]): Policy {
  return eachPod(name, ({ spec }) =>
    containersOf(spec).flatMap((container) => faults(container).map((fault) => `${container.name} ${fault}`)),
  );
}

function faultsIn(pods: readonly PodTemplate[], faults: (pod: PodTemplate) => string[]): string[] {
  return pods.flatMap((pod) => faults(pod).map((fault) => `${pod.owner} ${fault}`));
}
