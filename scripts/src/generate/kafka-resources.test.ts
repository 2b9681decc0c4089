import { services, topics, type ServiceName, type TopicDeclaration } from '@naru/contracts';
import { parseAllDocuments } from 'yaml';
import { accessOf, topicsYaml, usersYaml } from './kafka-resources';

const declared = Object.entries<TopicDeclaration>(topics);
const names = Object.keys(services) as ServiceName[];

interface Resource {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly authorization: { readonly acls: readonly { readonly operations: string[] }[] } };
}

/** The resource of a name in a generated file, and how many there are. */
function resourceIn(file: string, name: string) {
  const resources = parseAllDocuments(file).map((document) => document.toJS() as Resource);
  const resource = resources.find(({ metadata }) => metadata.name === name) as Resource;
  return { resource, count: resources.length };
}

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
  const { resource, count } = resourceIn(topicsYaml(), 'payment.events.v1');
  expect(count).toBe(2 * declared.length);
  expect(resource.spec).toMatchObject({
    partitions: 1,
    replicas: 3,
    config: { 'min.insync.replicas': '2' },
  });
});

test('the operator reads everything and writes nothing', () => {
  const { resource } = resourceIn(usersYaml(), 'naru-operator');
  const operations = resource.spec.authorization.acls.flatMap((rule) => rule.operations);
  expect(operations).toContain('Read');
  expect(operations).not.toContain('Write');
  expect(operations).not.toContain('All');
});
