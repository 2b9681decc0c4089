import { consumerGroup, services, topics, type ServiceName, type Topics } from '@naru/contracts';
import {
  createCodec,
  createDatabase,
  createKafkaObserver,
  createLog,
  createOperatorSchemas,
  createOutbox,
  naruContracts,
  type Codec,
  type Database,
  type KafkaAccess,
  type KafkaObserver,
  type Outbox,
} from '@naru/kernel';

const POOL_MAX = 2;

/** The services that have a database, in the order of topology.ts. */
export const servicesWithDatabase: readonly ServiceName[] = (Object.keys(services) as ServiceName[]).filter(
  (name) => services[name].database,
);

const serviceOfGroup = new Map(servicesWithDatabase.map((name) => [consumerGroup(name), name]));

/** The consumer groups of services that have a database. */
export const groups: readonly string[] = [...serviceOfGroup.keys()];
export const topicNames: readonly string[] = Object.keys(topics);

/** Where a running Naru is. */
export interface OperationSources {
  kafka(): KafkaAccess;
  /** A mysql:// URL that may read and write the service's database. */
  databaseUrl(service: ServiceName): string;
  /** Where schemas are that no service has kept; undefined where there is no registry. */
  schemaRegistryUrl?(): string | undefined;
}

/** What an operator looks at a running Naru by, and mends it. */
export interface Connections {
  /** Reads topics, without a group; connects when first asked. */
  readonly broker: KafkaObserver;
  readonly topics: Topics;
  /** Reads what the services write, in either encoding; writes JSON. */
  readonly codec: Codec;
  /** The services' own relays publish what is written here; they look at their outbox all the time. */
  readonly outbox: Outbox;
  /** @throws Error for a service that has no database */
  database(service: ServiceName): Database;
  /** Undefined for a group that is none of Naru's. */
  databaseOf(group: string): Database | undefined;
  close(): Promise<void>;
}

/**
 * Connects to a running Naru, as far as the work needs it.
 * @param name tells the brokers, and who reads an event that is written here, who it was
 */
export function openConnections(sources: OperationSources, name: string): Connections {
  const databases = new Map<ServiceName, Database>();
  let observer: KafkaObserver | undefined;
  const database = (service: ServiceName) => {
    if (!services[service].database) throw new Error(`${service} has no database`);
    const known = databases.get(service) ?? createDatabase(sources.databaseUrl(service), POOL_MAX);
    databases.set(service, known);
    return known;
  };
  const schemas = createOperatorSchemas(
    () => servicesWithDatabase.map(database),
    sources.schemaRegistryUrl?.(),
  );
  const codec = createCodec(naruContracts, { schemas });
  return {
    get broker() {
      const log = createLog(name, name, 'silent');
      return (observer ??= createKafkaObserver({ ...sources.kafka(), clientId: `naru-${name}`, log }));
    },
    topics,
    codec,
    outbox: createOutbox(naruContracts, codec, `/naru/${name}`, () => undefined),
    database,
    databaseOf: (group) => {
      const service = serviceOfGroup.get(group);
      return service && database(service);
    },
    async close() {
      await observer?.disconnect();
      await Promise.all([...databases.values()].map((open) => open.destroy()));
    },
  };
}

/** The topics that are meant, with the groups that read them. */
export function lanes(
  topic: string | undefined,
  group: string | undefined,
): { topic: string; groups: string[] }[] {
  return Object.entries<Topics[string]>(topics)
    .filter(([name]) => topic === undefined || name === topic)
    .map(([name, declaration]) => ({
      topic: name,
      groups: Object.keys(declaration.consumers)
        .map(consumerGroup)
        .filter((reader) => group === undefined || reader === group),
    }))
    .filter((lane) => lane.groups.length > 0);
}
