import {
  consumerGroup,
  eventSchemas,
  services,
  topics as naruTopics,
  type ServiceName,
  type Topics,
} from '@naru/contracts';
import {
  createCodec,
  createDatabase,
  createKafkaBroker,
  createLog,
  createOperatorSchemas,
  select,
  type Broker,
  type Codec,
  type Database,
} from '@naru/kernel';
import type { Subscription } from '../facts';
import type { AuditSources } from '../types';

const CONNECTIONS_MAX = 2;
/** ER_BAD_DB_ERROR, ER_DBACCESS_DENIED_ERROR: an account that sees its own database only is told the second. */
const databaseMissing = new Set(['ER_BAD_DB_ERROR', 'ER_DBACCESS_DENIED_ERROR']);

/** A running Naru, connected to. */
export interface System {
  readonly broker: Broker;
  readonly topics: Topics;
  /** What the codec of the services makes of a record: they and the audit must not differ in what is poison. */
  readonly codec: Codec;
  /** By service, those whose database is there. */
  readonly databases: ReadonlyMap<string, Database>;
  /** What the groups of these services listen to. */
  readonly subscriptions: readonly Subscription[];
  close(): Promise<void>;
}

/** @throws Error when no database is there */
export async function openSystem(sources: AuditSources): Promise<System> {
  const topics = sources.topics ?? naruTopics;
  const databases = new Map<string, Database>();
  const broker = createKafkaBroker({
    ...sources.kafka,
    clientId: 'naru-audit',
    log: createLog('audit', `${process.pid}`, 'silent'),
  });
  const close = async () => {
    await Promise.all([...databases.values()].map((database) => database.destroy()));
    await broker.disconnect();
  };
  try {
    for (const service of sources.services ?? servicesWithDatabase()) {
      const database = createDatabase(sources.databaseUrl(service), CONNECTIONS_MAX);
      if (await hasKernelTables(database)) databases.set(service, database);
      else await database.destroy();
    }
    if (databases.size === 0) throw new Error('there is no database of any service to audit');
  } catch (error) {
    await close();
    throw error;
  }
  const schemas = createOperatorSchemas(() => databases.values(), sources.schemaRegistryUrl);
  const codec = createCodec({ topics, schemas: eventSchemas }, { schemas });
  return { broker, topics, codec, databases, subscriptions: subscriptionsOf(topics, databases), close };
}

function servicesWithDatabase(): ServiceName[] {
  return (Object.keys(services) as ServiceName[]).filter((name) => services[name].database);
}

async function hasKernelTables(database: Database): Promise<boolean> {
  const sql =
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN ('outbox', 'inbox')";
  try {
    return (await select(database, sql)).length === 2;
  } catch (error) {
    await database.destroy();
    if (databaseMissing.has(String((error as { code?: unknown }).code))) return false;
    throw error;
  }
}

function subscriptionsOf(topics: Topics, databases: ReadonlyMap<string, Database>): Subscription[] {
  return Object.entries(topics).flatMap(([topic, { consumers }]) =>
    Object.entries(consumers)
      .filter(([service]) => databases.has(service))
      .map(([service, types]) => ({ service, group: consumerGroup(service), topic, types })),
  );
}
