import { hostname } from 'node:os';
import {
  consumerGroup,
  eventSchemas,
  services,
  topics,
  type EventType,
  type ServiceName,
} from '@naru/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { HttpAssembly, Kernel, MessagingAssembly, MessagingKernel } from './composition';
import { kafkaAccess, type BaseConfig, type MessagingConfig } from './config';
import { createDatabase, type Database } from './database/database';
import { migrate } from './database/migrate';
import type { Migration } from './database/migration';
import { classify } from './errors';
import { createHttpServer } from './http';
import { keepTidy } from './janitor';
import { runUntilSignal, type Running } from './lifecycle';
import { createLog, STDERR, type Log } from './log';
import type { Broker } from './messaging/broker';
import { createCodec, type Codec, type EventContracts } from './messaging/codec';
import { createConsumer, JOINING, type Consumer } from './messaging/consumer';
import type { AnyHandler } from './messaging/handlers';
import { createKafkaBroker } from './messaging/kafka-broker';
import { createOutbox, type Outbox } from './messaging/outbox';
import { createRelay } from './messaging/relay';
import { serviceSchemas, startSchemas } from './messaging/service-schemas';
import { replayProcess } from './replay/process';
import { createMetrics, type Metrics } from './telemetry/metrics';
import { startTracing } from './telemetry/tracing';
import { backoff_ms, pause } from './wait';

const DATABASE_WAIT_MS = 60_000;
const RELAY_DRAIN_MS = 5_000;
const WATCHDOG_INTERVAL_MS = 5_000;
/** A process that also serves HTTP is ready after this long even if its consumer has not joined: Kafka may be down. */
const JOIN_GRACE_MS = 30_000;

/** The event contracts of Naru itself. */
export const naruContracts: EventContracts = { topics, schemas: eventSchemas };

/** Runs a service that only speaks HTTP, until it is told to stop. */
export function runService(name: ServiceName, config: BaseConfig, compose: (kernel: Kernel) => HttpAssembly) {
  const log = createLog(name, instanceOf(config), config.LOG_LEVEL);
  return runUntilSignal(log, () => startHttpService(name, config, log, compose));
}

/**
 * Runs a service with a database, an outbox and, in the role `consumer`, a consumer group. With the argument
 * `migrate` it only brings the database to its newest schema and ends: for an init container. With `replay` it handles
 * records from stdin and tells on stdout what they lead to, without Kafka: for `npm run replay`.
 */
export async function runMessagingService(
  name: ServiceName,
  config: MessagingConfig,
  migrations: readonly Migration[],
  compose: (kernel: MessagingKernel) => MessagingAssembly,
): Promise<void> {
  if (process.argv[2] === 'replay') {
    const log = createLog(name, instanceOf(config), config.LOG_LEVEL, STDERR);
    const byType = (handlers: readonly AnyHandler[]) => handlersByType(name, handlers);
    const codecOf = (database: Database) =>
      createCodec(naruContracts, {
        schemas: serviceSchemas(naruContracts, name, config.SCHEMA_REGISTRY_URL, { database, log }),
      });
    return replayProcess({
      name,
      config,
      contracts: naruContracts,
      migrations,
      log,
      codecOf,
      compose,
      byType,
    });
  }
  const log = createLog(name, instanceOf(config), config.LOG_LEVEL);
  if (process.argv[2] === 'migrate') {
    const database = createDatabase(config.DATABASE_URL, config.DATABASE_POOL_MAX);
    return whenAvailable(log, () => migrate(database, migrations)).finally(() => database.destroy());
  }
  await runUntilSignal(log, (fail) =>
    startMessagingService({ name, config, migrations, compose, log, fail }),
  );
}

export async function startHttpService(
  name: ServiceName,
  config: BaseConfig,
  log: Log,
  compose: (kernel: Kernel) => HttpAssembly,
): Promise<Running> {
  const stopTracing = startTracing(name, instanceOf(config), config.OTEL_EXPORTER_OTLP_ENDPOINT, log);
  const metrics = createMetrics(name);
  const { routes, parts = [] } = compose({ name, log, metrics });
  let state: string | null = 'starting';
  const { server, port } = await listen(config, { routes, log, metrics, isReady: () => state });
  await Promise.all(parts.map(async (part) => part.start?.()));
  state = null;
  log.info({ port }, 'ready');
  return {
    port,
    async stop() {
      state = 'draining';
      for (const part of parts) part.drain?.();
      await server.stop();
      await Promise.allSettled(parts.map((part) => part.stop()));
      await stopTracing();
    },
  };
}

interface MessagingService {
  readonly name: ServiceName;
  readonly config: MessagingConfig;
  readonly migrations: readonly Migration[];
  readonly compose: (kernel: MessagingKernel) => MessagingAssembly;
  readonly log: Log;
  readonly fail: (reason: string) => void;
}

async function startMessagingService(service: MessagingService): Promise<Running> {
  const { name, config, migrations, compose, log, fail } = service;
  const instance = instanceOf(config);
  const stopTracing = startTracing(name, instance, config.OTEL_EXPORTER_OTLP_ENDPOINT, log);
  const metrics = createMetrics(name);
  const database = createDatabase(config.DATABASE_URL, config.DATABASE_POOL_MAX);
  const broker = createKafkaBroker({ ...kafkaAccess(config), clientId: instance, log });
  const owner = `${instance.slice(0, 24)}:${uuidv7()}`;
  const relay = createRelay({ database, broker, owner, log, metrics });
  const schemas = serviceSchemas(naruContracts, name, config.SCHEMA_REGISTRY_URL, { database, log });
  const codec = createCodec(naruContracts, { encoding: config.EVENT_ENCODING, schemas });
  const outbox = createOutbox(naruContracts, codec, `/naru/${name}`, () => relay.wake());
  const { routes, handlers, parts = [] } = compose({ name, log, metrics, database, outbox, codec });

  const ending = new AbortController();
  const roles = config.ROLES.split(',');
  const consumer = roles.includes('consumer')
    ? createNaruConsumer(name, handlers, { database, outbox, codec, broker, log, metrics })
    : undefined;
  let state: string | null = 'starting';
  let joinBy_ms = Infinity;
  const isReady = () => {
    const trouble = consumer?.trouble() ?? null;
    const forgiven = trouble?.startsWith(JOINING) && roles.includes('api') && performance.now() > joinBy_ms;
    return state ?? (forgiven ? null : trouble);
  };
  const served = roles.includes('api') || !services[name].roles.includes('api') ? routes : [];
  const more = { routes: served, log, metrics, isReady, database, hmacSecret: config.HMAC_SECRET };
  const { server, port } = await listen(config, more);

  if (config.MIGRATE_ON_START) await whenAvailable(log, () => migrate(database, migrations));
  if (config.EVENT_ENCODING === 'avro') await startSchemas(schemas, { log, fail, signal: ending.signal });
  await Promise.all(parts.map(async (part) => part.start?.()));
  relay.start();
  await consumer?.start();
  joinBy_ms = performance.now() + JOIN_GRACE_MS;
  const tidying = keepTidy(database, config.OUTBOX_RETENTION_S, log, ending.signal);
  const watchdog = setInterval(() => {
    if (consumer?.isDead()) fail('the consumer makes no progress');
  }, WATCHDOG_INTERVAL_MS);
  state = null;
  log.info({ port, roles }, 'started');

  return {
    port,
    async stop() {
      state = 'draining';
      clearInterval(watchdog);
      ending.abort();
      for (const part of parts) part.drain?.();
      await Promise.allSettled([consumer?.stop(), server.stop()]);
      // Parts write to the outbox too; the relay takes what they wrote last.
      await Promise.allSettled(parts.map((part) => part.stop()));
      await relay.stop(RELAY_DRAIN_MS);
      await Promise.allSettled([tidying, broker.disconnect()]);
      await database.destroy();
      await stopTracing();
    },
  };
}

interface ConsumerNeeds {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly codec: Codec;
  readonly broker: Broker;
  readonly log: Log;
  readonly metrics: Metrics;
}

function createNaruConsumer(
  name: ServiceName,
  handlers: readonly AnyHandler[],
  needs: ConsumerNeeds,
): Consumer {
  const byType = handlersByType(name, handlers);
  return createConsumer({ ...needs, group: consumerGroup(name), contracts: naruContracts, handlers: byType });
}

/** @throws Error when the handlers are not exactly those that topology.ts declares for the service */
function handlersByType(name: ServiceName, handlers: readonly AnyHandler[]): Map<EventType, AnyHandler> {
  const byType = new Map(
    handlers.flatMap((handler) => handler.types.map((type) => [type, handler] as const)),
  );
  const declared = Object.values(naruContracts.topics).flatMap((topic) => topic.consumers[name] ?? []);
  const difference = [...declared.filter((type) => !byType.has(type)), ...unknown(byType, declared)];
  if (difference.length > 0)
    throw new Error(`${name}: handlers and topology.ts differ in ${difference.join(', ')}`);
  return byType;
}

function unknown(handled: ReadonlyMap<EventType, unknown>, declared: readonly EventType[]): EventType[] {
  return [...handled.keys()].filter((type) => !declared.includes(type));
}

type ListenOptions = Omit<Parameters<typeof createHttpServer>[0], 'host' | 'port' | 'isLive'>;

async function listen(config: BaseConfig, options: ListenOptions) {
  const { HTTP_HOST: host, HTTP_PORT: port } = config;
  const server = createHttpServer({ ...options, host, port, isLive: () => true });
  return { server, ...(await server.start()) };
}

async function whenAvailable(log: Log, work: () => Promise<void>): Promise<void> {
  const giveUp_ms = performance.now() + DATABASE_WAIT_MS;
  for (let failure = 0; ; failure++) {
    try {
      return await work();
    } catch (error) {
      if (classify(error) !== 'infrastructure' || performance.now() > giveUp_ms) throw error;
      log.warn({ error: String(error) }, 'waiting for the database');
      await pause(backoff_ms(failure, 200, 2_000));
    }
  }
}

function instanceOf({ INSTANCE }: BaseConfig): string {
  return INSTANCE ?? `${hostname()}-${process.pid}`;
}
