import { services, topics, type ServiceName, type TopicDeclaration } from '@naru/contracts';
import { parseAllDocuments } from 'yaml';
import { accessOf, topicsYaml, usersYaml } from './kafka-resources';

const declared = Object.entries<TopicDeclaration>(topics);
const names = Object.keys(services) as ServiceName[];

/** Names of the topics or groups that a service may do something to. */
function allowed(service: ServiceName, type: 'topic' | 'group', operation: string): string[] {
  return accessOf(service)
    .filter((rule) => rule.resource.type === type && rule.operations.includes(operation))
    .map((rule) => rule.resource.name ?? '');
}

test.each(names)('%s reads what it consumes, in its own group, and no more', (service) => {
  const consumed = declared.filter(([, topic]) => topic.consumers[service]).map(([name]) => name);
  expect(allowed(service, 'topic', 'Read')).toEqual(consumed);
  expect(allowed(service, 'group', 'Read')).toEqual(
    services[service].roles.includes('consumer') ? [`${service}-consumer-group`] : [],
  );
});

test.each(names)('%s writes what it produces, what it redrives, and its dead letters', (service) => {
  const written = declared.flatMap(([name, topic]) => {
    if (topic.consumers[service]) return [name, topic.deadLetterTopic];
    return topic.producer === service ? [name] : [];
  });
  expect(allowed(service, 'topic', 'Write')).toEqual(written);
});

test('every topic and dead-letter topic is a resource with its partitions and replicas', () => {
  const resources = parseAllDocuments(topicsYaml()).map((document) => document.toJS());
  expect(resources).toHaveLength(2 * declared.length);
  const payments = resources.find((resource) => resource.metadata.name === 'payment.events.v1');
  expect(payments.spec).toMatchObject({ partitions: 1, replicas: 3, config: { 'min.insync.replicas': '2' } });
});

test('the operator reads everything and writes nothing', () => {
  const users = parseAllDocuments(usersYaml()).map((document) => document.toJS());
  const operator = users.find((user) => user.metadata.name === 'naru-operator');
  const operations = operator.spec.authorization.acls.flatMap(
    (rule: { operations: string[] }) => rule.operations,
  );
  expect(operations).toContain('Read');
  expect(operations).not.toContain('Write');
  expect(operations).not.toContain('All');
});
