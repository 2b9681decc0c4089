import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UMBRELLA } from '../../scripts/src/kubernetes/charts';
import { HelmError, render, type Values } from './helm';
import { servicePolicies } from './policies';
import { violationsOf } from './policy';
import { nameOf, parseResources, type Resource } from './resources';
import { kubernetesVersions, schemaCheck } from './schema-check';

/** What the checks are worth: each mistake that is put in must be found, and named. */

/** A resource that a test may change in ways that its type would forbid. */
/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-return */
type Changeable = any;

const checks = kubernetesVersions.map(schemaCheck);
let rendered: readonly Resource[];

beforeAll(async () => {
  rendered = await render(UMBRELLA, { 'global.monitoring.enabled': true });
});

/** Faults of the charts' resources with one of them changed; `change` may answer what replaces it. */
function faultsWith(name: string, change: (resource: Changeable) => void): string[] {
  const resources = structuredClone(rendered) as Changeable[];
  const found = resources.find((resource) => nameOf(resource) === name);
  if (!found) throw new Error(`there is no ${name}`);
  change(found);
  return faultsOf(resources.filter(({ kind }) => kind !== 'Removed'));
}

function faultsOf(resources: readonly Resource[]): string[] {
  return [
    ...checks.flatMap((check) => resources.flatMap(check)),
    ...violationsOf(servicePolicies, resources),
  ];
}

const pod = (resource: Changeable) => resource.spec.template.spec;
const container = (resource: Changeable) => pod(resource).containers[0];
const trigger = (resource: Changeable) => resource.spec.triggers[0].metadata;

test('without a mistake nothing is found', () => {
  expect(faultsOf(rendered)).toEqual([]);
});

describe('by the schemas', () => {
  const mistakes: [string, string, (resource: Changeable) => void, RegExp][] = [
    [
      'a field that does not exist',
      'Deployment user-api',
      (it) => (container(it).readinesProbe = {}),
      /Deployment user-api.*additional properties readinesProbe/,
    ],
    [
      'a field in the wrong place',
      'Deployment user-api',
      (it) => (it.spec.securityContext = {}),
      /Deployment user-api.*securityContext/,
    ],
    ['a number as text', 'Deployment user-api', (it) => (it.spec.replicas = '2'), /replicas.*integer/],
    ['text as a number', 'ConfigMap user', (it) => (it.data.HTTP_PORT = 8084), /HTTP_PORT.*string/],
    ['a list as a map', 'Deployment user-api', (it) => (container(it).env = {}), /env.*array/],
    [
      'a missing field',
      'Deployment user-api',
      (it) => delete it.spec.selector,
      /required property 'selector'/,
    ],
    ['a kind that does not exist', 'Service user', (it) => (it.kind = 'Servce'), /there is no v1\/Servce/],
    [
      'a version that is gone',
      'PodDisruptionBudget user-api',
      (it) => (it.apiVersion = 'policy/v1beta1'),
      /there is no policy\/v1beta1/,
    ],
    [
      'a field of the metadata that does not exist',
      'NetworkPolicy user-api',
      (it) => (it.metadata.label = {}),
      /label/,
    ],
    [
      "a field that KEDA's ScaledObject does not have",
      'ScaledObject user-consumer',
      (it) => (it.spec.maxReplicas = 3),
      /ScaledObject user-consumer.*maxReplicas/,
    ],
    [
      "a number where KEDA's triggers take text",
      'ScaledObject user-consumer',
      (it) => (trigger(it).lagThreshold = 100),
      /lagThreshold.*string/,
    ],
    [
      "an interval that is none in the Prometheus operator's PodMonitor",
      'PodMonitor user',
      (it) => (it.spec.podMetricsEndpoints[0].interval = 'often'),
      /interval.*pattern/,
    ],
  ];

  test.each(mistakes)('%s', (_, name, change, expected) => {
    const faults = faultsWith(name, change);
    expect(faults.join('\n')).toMatch(expected);
  });

  const strimzi: [string, string, (text: string) => string, RegExp][] = [
    [
      'an unknown field of Kafka',
      'kafka.yaml',
      (text) => text.replace('authorization:', 'authorisation:'),
      /authorisation/,
    ],
    [
      'an unknown listener type',
      'kafka.yaml',
      (text) => text.replace('type: internal', 'type: external'),
      /allowed values/,
    ],
    [
      'a role that is none',
      'kafka.yaml',
      (text) => text.replace('[controller, broker]', '[leader]'),
      /roles/,
    ],
    [
      'partitions as text',
      'topics.yaml',
      (text) => text.replace('partitions: 3', "partitions: '3'"),
      /partitions.*integer/,
    ],
    [
      'no partition',
      'topics.yaml',
      (text) => text.replace('partitions: 3', 'partitions: 0'),
      /partitions.*>= 1/,
    ],
    [
      'a right that is none',
      'users.yaml',
      (text) => text.replace('- Write', '- Wirte'),
      /operations.*allowed values/,
    ],
    [
      "Strimzi's old version",
      'users.yaml',
      (text) => text.replace('strimzi.io/v1', 'strimzi.io/v1beta2'),
      /there is no/,
    ],
  ];

  test.each(strimzi)('%s', (_, file, change, expected) => {
    const text = readFileSync(join(__dirname, '../../strimzi', file), 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    const faults = checks.map((check) => parseResources(changed).flatMap(check).join('\n'));
    for (const fault of faults) expect(fault).toMatch(expected);
  });

  test('a key that occurs twice', () => {
    expect(() => parseResources('kind: Pod\nkind: Pod\n')).toThrow(/unique/);
  });
});

describe('by our policies', () => {
  const mistakes: [string, string, (resource: Changeable) => void, string][] = [
    [
      'no limits',
      'Deployment user-api',
      (it) => delete container(it).resources.limits,
      'api no limits.memory',
    ],
    [
      'no requests of the init container',
      'Deployment user-api',
      (it) => delete pod(it).initContainers[0].resources.requests.cpu,
      'migrate no requests.cpu',
    ],
    [
      'no limits of the test pod',
      'Pod user-test',
      (it) => delete it.spec.containers[0].resources,
      'test no limits.cpu',
    ],
    ['a tag that moves', 'Deployment user-api', (it) => (container(it).image = 'naru/user:latest'), 'latest'],
    [
      'no tag, behind a registry with a port',
      'Deployment user-api',
      (it) => (container(it).image = 'registry.example.com:5000/naru/user'),
      'neither tag nor digest',
    ],
    [
      'root',
      'Deployment user-api',
      (it) => (pod(it).securityContext.runAsNonRoot = false),
      'may run as root',
    ],
    [
      'no seccomp profile',
      'Deployment user-api',
      (it) => delete pod(it).securityContext.seccompProfile,
      'seccomp',
    ],
    [
      'capabilities',
      'Deployment user-api',
      (it) => (container(it).securityContext.capabilities.drop = ['NET_RAW']),
      'keeps capabilities',
    ],
    [
      'a root that can be written',
      'Deployment user-api',
      (it) => delete container(it).securityContext.readOnlyRootFilesystem,
      'may write to its image',
    ],
    [
      "a service account's token",
      'Deployment user-api',
      (it) => delete pod(it).automountServiceAccountToken,
      'token of the Kubernetes API',
    ],
    ['no readiness', 'Deployment user-api', (it) => delete container(it).readinessProbe, 'readiness is not'],
    [
      'liveness that asks Kafka and MySQL',
      'Deployment user-api',
      (it) => (container(it).livenessProbe.httpGet.path = '/health/ready'),
      'liveness is not',
    ],
    [
      'no startup probe',
      'Deployment user-api',
      (it) => delete container(it).startupProbe,
      'no startup probe',
    ],
    ['no preStop', 'Deployment user-api', (it) => delete container(it).lifecycle, 'no preStop sleep'],
    [
      'too little time to stop',
      'Deployment user-api',
      (it) => (pod(it).terminationGracePeriodSeconds = 25),
      '25 s is less than 5 + 25 s',
    ],
    [
      'a spread that a single node cannot have',
      'Deployment user-api',
      (it) => (pod(it).topologySpreadConstraints[0].whenUnsatisfiable = 'DoNotSchedule'),
      'does not fit a single node',
    ],
    [
      'no checksum',
      'Deployment user-api',
      (it) => delete it.spec.template.metadata.annotations['checksum/config'],
      'does not restart',
    ],
    [
      'a Service that leads nowhere',
      'Service user',
      (it) => (it.spec.selector['app.kubernetes.io/component'] = 'web'),
      'Service user selects 0',
    ],
    [
      'a Service that leads to the consumer too',
      'Service user',
      (it) => delete it.spec.selector['app.kubernetes.io/component'],
      'Service user selects 2',
    ],
    ['a port that is not there', 'Service user', (it) => (it.spec.ports[0].targetPort = 'web'), 'port web'],
    [
      'no disruption budget',
      'PodDisruptionBudget user-api',
      (it) => (it.kind = 'Removed'),
      'user-api has none',
    ],
    ['no network policy', 'NetworkPolicy user-api', (it) => (it.kind = 'Removed'), 'no policy for Egress'],
    ['no configuration', 'ConfigMap user', (it) => (it.metadata.name = 'usr'), 'there is no ConfigMap user'],
    [
      'a secret in the open',
      'ConfigMap user',
      (it) => (it.data.KAFKA_PASSWORD = 'word'),
      'has KAFKA_PASSWORD',
    ],
    [
      'replicas beside KEDA',
      'Deployment user-consumer',
      (it) => (it.spec.replicas = 2),
      'Deployment user-consumer has replicas, and KEDA too',
    ],
    [
      'neither replicas nor KEDA',
      'Deployment user-api',
      (it) => delete it.spec.replicas,
      'has neither replicas nor KEDA',
    ],
    [
      'more pods than partitions',
      'ScaledObject user-consumer',
      (it) => (it.spec.maxReplicaCount = 4),
      'up to 4 pods for 3 partitions',
    ],
    [
      'none at rest',
      'ScaledObject user-consumer',
      (it) => (it.spec.minReplicaCount = 0),
      'does not keep one pod',
    ],
    [
      'a topic without a trigger',
      'ScaledObject user-consumer',
      (it) => it.spec.triggers.pop(),
      'none for point.deduction-rejected.v1',
    ],
    [
      'a trigger for the topic of others',
      'ScaledObject user-consumer',
      (it) => (trigger(it).topic = 'order.saga.v1'),
      'one trigger a topic: ScaledObject user-consumer order.saga.v1',
    ],
    [
      "another service's group",
      'ScaledObject user-consumer',
      (it) => (trigger(it).consumerGroup = 'board-consumer-group'),
      'consumerGroup is board-consumer-group',
    ],
    [
      'lag from the latest record on',
      'ScaledObject user-consumer',
      (it) => (trigger(it).offsetResetPolicy = 'latest'),
      'offsetResetPolicy is latest',
    ],
    [
      'no protocol version',
      'ScaledObject user-consumer',
      (it) => delete trigger(it).version,
      'protocol version',
    ],
    [
      'persistent lag left out',
      'ScaledObject user-consumer',
      (it) => (trigger(it).excludePersistentLag = 'true'),
      'commits rarely',
    ],
    [
      'a target that is not there',
      'ScaledObject user-consumer',
      (it) => (it.spec.scaleTargetRef.name = 'user'),
      'there is no Deployment user',
    ],
    [
      "another service's password",
      'TriggerAuthentication user-kafka',
      (it) => (it.spec.secretTargetRef[0].name = 'naru-board'),
      "are another service's",
    ],
  ];

  test.each(mistakes)('%s', (_, name, change, expected) => {
    expect(faultsWith(name, change).join('\n')).toContain(expected);
  });
});

describe('in values, by helm', () => {
  const mistakes: [string, string, Values, RegExp][] = [
    ['a key that does not exist', 'user', { replicas: 3 }, /replicas/],
    ['a key that does not exist, for all', UMBRELLA, { 'global.kafkaa.port': 9093 }, /kafkaa/],
    ['a service that does not exist', UMBRELLA, { 'users.enabled': true }, /users/],
    ['a wrong key of a service, through the umbrella', UMBRELLA, { 'user.api.replica': 3 }, /replica/],
    ['a role that the service does not have', 'gateway', { 'consumer.replicas': 2 }, /consumer/],
    ['text for a number', 'user', { 'api.replicas': 'two' }, /replicas/],
    ['no replica', 'user', { 'api.replicas': 0 }, /replicas/],
    ['a tag that moves', 'user', { 'image.tag': 'latest' }, /tag/],
    ['a digest that is none', 'user', { 'image.digest': 'sha256:abc' }, /digest/],
    ['resources without limits', 'user', { 'api.resources.limits': 'none' }, /limits/],
    ['a variable that is none', 'user', { 'env.log-level': 'debug' }, /log-level/],
    ['no pause before the end', 'user', { preStopSeconds: 0 }, /preStopSeconds/],
  ];

  test.each(mistakes)('%s', async (_, chart, values, expected) => {
    const failure = await render(chart, values).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HelmError);
    expect((failure as Error).message).toMatch(expected);
  });
});
