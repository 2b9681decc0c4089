import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPLICATION, services, topics } from '@naru/contracts';
import { lint, render, type Values } from './helm';
import { everyPodPolicies } from './pod-policies';
import { violationsOf } from './policy';
import { nameOf, ofKind, parseResources } from './resources';
import { kubernetesVersions, schemaCheck } from './schema-check';

const DATA_STORES = 'k8s/data-stores';
const root = join(__dirname, '../..');
/** Settings that Strimzi makes itself and refuses or ignores elsewhere (its documentation of KafkaClusterSpec.config). */
const FORBIDDEN =
  /^(listeners|advertised\.|broker\.|listener\.|host\.name|port$|inter\.broker\.|sasl\.|ssl\.|security\.|password\.|log\.dir|node\.id|process\.roles|controller|authorizer\.|super\.user)/;

/** Values of operators and kind's own configuration are no resources. */
const files = [
  ...yamlFilesIn('strimzi'),
  ...yamlFilesIn('k8s').filter((file) => !/values-|kind\.yaml$/.test(file)),
];
const resources = files.flatMap((file) => parseResources(readFileSync(join(root, file), 'utf8')));

function yamlFilesIn(directory: string): string[] {
  return readdirSync(join(root, directory))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(directory, file));
}

describe.each(kubernetesVersions)('Kubernetes %s takes', (version) => {
  test.each(files)('%s', (file) => {
    const found = parseResources(readFileSync(join(root, file), 'utf8'));
    expect(found.length).toBeGreaterThan(0);
    expect(found.flatMap(schemaCheck(version))).toEqual([]);
  });
});

test('the pod for the operator is kept as tight as any', () => {
  expect(violationsOf(everyPodPolicies, resources)).toEqual([]);
});

describe('the chart of the data stores', () => {
  test.each<[string, Values]>([
    ['defaults', {}],
    ['a server for each service', { 'mysql.perService': true }],
    ['images by digest', { 'mysql.image.digest': `sha256:${'0'.repeat(64)}` }],
    ['without a mail catcher', { 'mail.enabled': false }],
    ['a schema registry', { 'registry.enabled': true }],
  ])('%s', async (_, values) => {
    const stores = await render(DATA_STORES, values);
    for (const version of kubernetesVersions) expect(stores.flatMap(schemaCheck(version))).toEqual([]);
    expect(violationsOf(everyPodPolicies, stores)).toEqual([]);
  });

  test('has nothing that helm lint minds', async () => {
    await expect(lint(DATA_STORES)).resolves.toContain('0 chart(s) failed');
  });

  test('has a registry for whoever reads or writes events, where that is asked for', async () => {
    const stores = await render(DATA_STORES, { 'registry.enabled': true });
    const policy = ofKind(stores, 'NetworkPolicy').find(({ metadata }) => metadata.name === 'registry');
    const [{ values }] = policy!.spec.ingress[0].from[0].podSelector.matchExpressions;
    const users = Object.entries(services).filter(([, { database, isOperator }]) => database || isOperator);
    expect(values).toEqual([...users.map(([name]) => name), 'tools']);
    expect(
      ofKind(await render(DATA_STORES), 'StatefulSet').map(({ metadata }) => metadata.name),
    ).not.toContain('registry');
  });

  test('has a server for each service that has a database, where that is asked for', async () => {
    const stores = ofKind(await render(DATA_STORES, { 'mysql.perService': true }), 'StatefulSet');
    const servers = stores.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('mysql'));
    const owners = Object.entries(services).filter(([, { database }]) => database);
    expect(servers.sort()).toEqual(owners.map(([name]) => `mysql-${name}`).sort());
  });
});

test('no name is given twice', () => {
  const names = resources.map((resource) => `${resource.apiVersion} ${nameOf(resource)}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test('Kafka keeps each record on two brokers before it is acknowledged, and makes no topic by itself', () => {
  const [kafka] = ofKind(resources, 'Kafka');
  const [pool] = ofKind(resources, 'KafkaNodePool');
  expect(pool?.spec.replicas).toBe(REPLICATION);
  expect(kafka?.spec.kafka.config).toMatchObject({
    'auto.create.topics.enable': false,
    'unclean.leader.election.enable': false,
    'default.replication.factor': REPLICATION,
    'min.insync.replicas': 2,
    'offsets.topic.replication.factor': REPLICATION,
    'transaction.state.log.replication.factor': REPLICATION,
  });
  expect(Object.keys(kafka?.spec.kafka.config as object).filter((name) => FORBIDDEN.test(name))).toEqual([]);
});

test('Kafka is spoken to by TLS with a password only, and asks for rights', () => {
  const [kafka] = ofKind(resources, 'Kafka');
  for (const listener of kafka?.spec.kafka.listeners as { tls: boolean; authentication?: { type: string } }[])
    expect(listener).toMatchObject({ tls: true, authentication: { type: 'scram-sha-512' } });
  expect(kafka?.spec.kafka.authorization).toEqual({ type: 'simple' });
});

test('every broker and operator has requests and limits', () => {
  const [kafka] = ofKind(resources, 'Kafka');
  const [pool] = ofKind(resources, 'KafkaNodePool');
  const { entityOperator, kafkaExporter } = kafka?.spec as Record<
    string,
    Record<string, { resources: object }>
  >;
  const amounts = { cpu: expect.anything(), memory: expect.anything() };
  const parts = [
    pool?.spec,
    entityOperator?.['topicOperator'],
    entityOperator?.['userOperator'],
    kafkaExporter,
  ];
  for (const part of parts) expect(part?.resources).toEqual({ requests: amounts, limits: amounts });
});

test('payment events stay in one partition', () => {
  const payments = ofKind(resources, 'KafkaTopic').find(
    ({ metadata }) => metadata.name === 'payment.events.v1',
  );
  expect(payments?.spec.partitions).toBe(topics['payment.events.v1'].partitions);
});
