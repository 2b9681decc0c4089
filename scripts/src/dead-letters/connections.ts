import { consumerGroup, services, topics, type ServiceName, type Topics } from '@naru/contracts';
import {
  createCodec,
  createDatabase,
  createKafkaBroker,
  createLog,
  createOutbox,
  naruContracts,
  type Broker,
  type Database,
  type Outbox,
} from '@naru/kernel';

import { UsageError } from '../arguments';
import type { Sources } from '../sources';

const POOL_MAX = 2;

/** The service of each consumer group that has a database. */
const serviceOfGroup = new Map<string, ServiceName>(
  (Object.keys(services) as ServiceName[])
    .filter((name) => services[name].database)
    .map((name) => [consumerGroup(name), name]),
);

export const groups: readonly string[] = [...serviceOfGroup.keys()];
const topicNames = Object.keys(topics);

/** What the dead letters of a running Naru are read from and redriven by. */
export interface Connections {
  readonly broker: Broker;
  readonly topics: Topics;
  readonly outbox: Outbox;
  /** Undefined for a group that is none of Naru's. */
  databaseOf(group: string): Database | undefined;
}

/** Connects to a running Naru, as far as the work needs it. */
export async function withConnections<T>(
  sources: Sources,
  work: (connections: Connections) => Promise<T>,
): Promise<T> {
  const databases = new Map<string, Database>();
  const log = createLog('dead-letters', 'dead-letters', 'silent');
  const broker = createKafkaBroker({ ...sources.kafka(), clientId: 'naru-dead-letters', log });
  const open = (group: string) => {
    const service = serviceOfGroup.get(group);
    if (!service) return undefined;
    const database = databases.get(group) ?? createDatabase(sources.databaseUrl(service), POOL_MAX);
    databases.set(group, database);
    return database;
  };
  // The services' own relays publish what is written here; they look at their outbox all the time.
  const outbox = createOutbox(
    naruContracts,
    createCodec(naruContracts),
    '/naru/dead-letters',
    () => undefined,
  );
  try {
    return await work({ broker, topics, outbox, databaseOf: open });
  } finally {
    await broker.disconnect();
    await Promise.all([...databases.values()].map((database) => database.destroy()));
  }
}

/** A consumer group by its name, or by its service's. @throws UsageError */
export function parseGroup(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const group = groups.find((known) => known === text || known === consumerGroup(text));
  if (!group) throw new UsageError(`--group is "${text}": one of ${groups.join(', ')}`);
  return group;
}

/** @throws UsageError */
export function parseTopic(text: string | undefined): string | undefined {
  if (text === undefined || topicNames.includes(text)) return text;
  throw new UsageError(`--topic is "${text}": one of ${topicNames.join(', ')}`);
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
