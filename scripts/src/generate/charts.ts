import {
  calls,
  consumerGroup,
  entrance,
  services,
  topics,
  type ServiceName,
  type TopicDeclaration,
} from '@naru/contracts';
import { yamlFile } from './yaml-file';

/** A JSON schema, as far as it is put together here. */
export interface ObjectSchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly [keyword: string]: unknown;
}

const names = Object.keys(services) as ServiceName[];

/** `charts/<service>/topology.yaml`: what the library chart needs to know of a service and its peers. */
export function chartTopology(service: ServiceName): string {
  const { port, roles, database, uses, isOperator = false } = services[service];
  return yamlFile([
    {
      service,
      port,
      roles,
      // Email and notification have no api; their consumer serves health and internal routes.
      serves: roles.includes('api') ? 'api' : 'consumer',
      isEntrance: service === entrance,
      needs: [...(database || isOperator ? ['kafka', 'mysql'] : []), ...uses],
      ...(isOperator && { databases: names.filter((name) => services[name].database) }),
      calls: (calls[service] ?? []).map((callee) => ({ service: callee, port: services[callee].port })),
      calledBy: names.filter((caller) => calls[caller]?.includes(service)),
      ...(roles.includes('consumer') && {
        consumes: { group: consumerGroup(service), topics: consumedTopics(service) },
      }),
    },
  ]);
}

function consumedTopics(service: ServiceName) {
  return Object.entries<TopicDeclaration>(topics)
    .filter(([, topic]) => topic.consumers[service] !== undefined)
    .map(([name, { partitions }]) => ({ name, partitions }));
}

/**
 * `charts/<service>/values.schema.json`. Helm cannot refer from one chart's schema to another's, so each chart has
 * the library's, without the settings of a role that the service does not have, or of an operator if it is none.
 */
export function chartSchema(service: ServiceName, library: ObjectSchema): string {
  const absent = (['api', 'consumer'] as const).filter((role) => !services[service].roles.includes(role));
  const properties = Object.entries(library.properties).filter(
    ([name]) => !absent.some((role) => role === name) && (name !== 'chaos' || services[service].isOperator),
  );
  return json({ ...library, title: `Values of ${service}`, properties: Object.fromEntries(properties) });
}

/** `charts/naru/values.schema.json`: the settings of all services, and those of each, which its own chart checks. */
export function umbrellaSchema(library: ObjectSchema): string {
  const perService = names.map((name) => [name, { type: 'object' }] as const);
  const properties = { global: library.properties['global'], ...Object.fromEntries(perService) };
  return json({ ...library, title: 'Values of Naru', properties });
}

function json(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
