import {
  consumerGroup,
  services,
  topicSpecifications,
  topics,
  type ServiceName,
  type TopicDeclaration,
  type TopicSpecification,
} from '@naru/contracts';
import { yamlFile } from './yaml-file';

const API_VERSION = 'kafka.strimzi.io/v1';
const CLUSTER_LABEL = { 'strimzi.io/cluster': 'naru' };
const EVERYTHING = '*';
/** Groups that the commands read with and delete afterwards; see services/kernel/src/messaging/kafka-read.ts. */
const READER_GROUPS = 'naru-reader-';

/** A rule of Kafka's authorizer in Strimzi's form. Read and Write include Describe. */
export interface AccessRule {
  readonly resource: {
    readonly type: 'topic' | 'group' | 'cluster';
    readonly name?: string;
    readonly patternType?: 'literal' | 'prefix';
  };
  readonly operations: readonly string[];
}

/** `strimzi/topics.yaml`: every topic as a KafkaTopic. */
export function topicsYaml(declared: readonly TopicSpecification[] = topicSpecifications()): string {
  return yamlFile(
    declared.map(({ name, partitions, replication, config }) => ({
      apiVersion: API_VERSION,
      kind: 'KafkaTopic',
      metadata: { name, labels: CLUSTER_LABEL },
      spec: { partitions, replicas: replication, config },
    })),
  );
}

/** `strimzi/users.yaml`: a KafkaUser for each service that uses Kafka, and one for the operator's commands. */
export function usersYaml(): string {
  const all = Object.keys(services) as ServiceName[];
  const names = all.filter((name) => services[name].database);
  const operators = all.filter((name) => services[name].isOperator);
  return yamlFile([
    ...names.map((name) => kafkaUser(name, accessOf(name))),
    ...operators.map((name) => kafkaUser(name, operatorAccess)),
    kafkaUser('operator', operatorAccess),
  ]);
}

/**
 * The least that a service needs. It writes what it produces, and the dead letters of what it consumes. It also
 * writes to the topics it consumes: a redriven dead letter goes back to its topic through the outbox of the service
 * that failed, in the transaction that notes the redrive.
 */
export function accessOf(service: ServiceName): AccessRule[] {
  const rules: AccessRule[] = [];
  for (const [name, topic] of Object.entries<TopicDeclaration>(topics)) {
    const consumes = topic.consumers[service] !== undefined;
    if (consumes) {
      rules.push(onTopic(name, ['Read', 'Write']), onTopic(topic.deadLetterTopic, ['Write']));
    } else if (topic.producer === service) {
      rules.push(onTopic(name, ['Write']));
    }
  }
  const isConsumer = services[service].roles.includes('consumer');
  return isConsumer ? [...rules, onGroup(consumerGroup(service), 'literal', ['Read'])] : rules;
}

/** Sees all and writes nothing: what the commands change, they change in the services' databases. */
const operatorAccess: readonly AccessRule[] = [
  onTopic(EVERYTHING, ['Read', 'DescribeConfigs']),
  onGroup(EVERYTHING, 'literal', ['Describe']),
  onGroup(READER_GROUPS, 'prefix', ['Read', 'Delete']),
  { resource: { type: 'cluster' }, operations: ['Describe', 'DescribeConfigs'] },
];

function onTopic(name: string, operations: readonly string[]): AccessRule {
  return { resource: { type: 'topic', name, patternType: 'literal' }, operations };
}

function onGroup(name: string, patternType: 'literal' | 'prefix', operations: readonly string[]): AccessRule {
  return { resource: { type: 'group', name, patternType }, operations };
}

function kafkaUser(name: string, acls: readonly AccessRule[]) {
  return {
    apiVersion: API_VERSION,
    kind: 'KafkaUser',
    metadata: { name: `naru-${name}`, labels: CLUSTER_LABEL },
    spec: { authentication: { type: 'scram-sha-512' }, authorization: { type: 'simple', acls } },
  };
}
