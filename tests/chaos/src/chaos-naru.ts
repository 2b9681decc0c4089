import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { services as declared, topicSpecifications, type ServiceName } from '@naru/contracts';
import { createDatabase, createKafkaBroker, createLog, type Broker, type Database } from '@naru/kernel';
import { startPlatform, type PartHandle, type Platform } from '@naru/scripts';
import { createTcpProxy, type TcpProxy } from '@naru/testing';
import { createCluster, type Cluster } from './cluster';

/** Not the console, which no event depends on. */
const names = (Object.keys(declared) as ServiceName[]).filter((name) => !declared[name].isOperator);
const CONNECTIONS_MAX = 10;
/** A handle waits up to 90 s for its part to be ready, which can be too short on a busy machine. */
const START_ATTEMPTS_MAX = 4;

/**
 * What is set differently from a Naru that people use, so that the load tests the messaging and not argon2 and limits.
 * Told in the report.
 */
export const settings = {
  PASSWORD_MEMORY_KIB: '64',
  PASSWORD_PASSES: '1',
  TOKEN_TTL_S: String(24 * 60 * 60),
  RATE_LIMIT_POINTS: '1000000000',
  // Sagas that a fault holds up end in time for the audit.
  SAGA_DEADLINE_S: '15',
} as const;

/** A whole Naru of a chaos run's own. Its services reach database, Redis and mail through proxies. */
export interface ChaosNaru {
  readonly platform: Platform;
  readonly services: readonly PartHandle[];
  readonly proxies: { readonly database: TcpProxy; readonly redis: TcpProxy; readonly smtp: TcpProxy };
  readonly cluster: Cluster;
  /** For records of our own: poison, duplicates. */
  readonly broker: Broker;
  /** Root on the database server, not through the proxy; tables are named `naru_<service>.<table>`. */
  readonly database: Database;
  databaseUrl(service: ServiceName): string;
  /** Starts what does not run and waits until all is ready and every partition has all its replicas in sync. */
  recover(timeout_ms: number): Promise<void>;
  stop(keep: boolean): Promise<void>;
}

/** @param extra environment of every service */
export async function startChaosNaru(
  directory: string,
  extra: Readonly<Record<string, string>>,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<ChaosNaru> {
  // Filled in below: an instance's environment is read when it is made, and passwords are known only then.
  const serviceEnv: Partial<Record<ServiceName | '*', Record<string, string>>> = {
    '*': { ...settings, ...extra },
  };
  const platform = await startPlatform({
    directory,
    portOffset: 'free',
    topics: topicSpecifications(),
    serviceEnv,
    supervise: true,
    signal,
    onProgress: ({ part, phase, detail }) => {
      if (phase === 'restarting' || phase === 'dead') say(`${part} ${detail ?? phase}`);
    },
  });
  try {
    const { ports, urls } = platform;
    const [database, redis, smtp] = await Promise.all(
      [ports.database, ports.redis, ports.smtp].map(createTcpProxy),
    );
    const proxies = { database: database!, redis: redis!, smtp: smtp! };
    Object.assign(serviceEnv, proxiedEnvironment(platform, proxies));
    const services = names.flatMap((name) =>
      Array.from({ length: declared[name].instances }, (_, index) => platform.service(name, index + 1)),
    );
    await Promise.all(services.map((service) => service.start()));
    const log = createLog('gateway', 'chaos', 'silent');
    const broker = createKafkaBroker({ clientId: 'chaos', brokers: urls.kafkaBrokers.split(','), log });
    const root = createDatabase(urls.databaseRoot, CONNECTIONS_MAX);
    const cluster = createCluster(
      urls.kafkaBrokers.split(','),
      platform.brokers,
      join(directory, 'data', 'kafka'),
    );
    return {
      platform,
      services,
      proxies,
      cluster,
      broker,
      database: root,
      databaseUrl: (service) => onDatabase(urls.databaseRoot, `naru_${service}`),
      recover: (timeout_ms) => recover(platform, cluster, timeout_ms),
      async stop(keep) {
        await Promise.allSettled([broker.disconnect(), cluster.disconnect(), root.destroy()]);
        await platform.stop();
        await Promise.allSettled(Object.values(proxies).map((proxy) => proxy.close()));
        if (!keep) rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await platform.stop();
    throw error;
  }
}

function proxiedEnvironment(platform: Platform, proxies: ChaosNaru['proxies']) {
  const common = {
    REDIS_URL: `redis://127.0.0.1:${proxies.redis.port}`,
    SMTP_URL: `smtp://127.0.0.1:${proxies.smtp.port}`,
  };
  return Object.fromEntries(
    names.map((name) => {
      const url = platform.environment(name)['DATABASE_URL'];
      return [name, { ...common, ...(url && { DATABASE_URL: throughPort(url, proxies.database.port) }) }];
    }),
  );
}

function throughPort(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.toString();
}

function onDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.toString();
}

/** @throws Error naming what did not come back in time */
async function recover(platform: Platform, cluster: Cluster, timeout_ms: number): Promise<void> {
  // An instance that was made for a moment and stopped is not missed.
  const wanted = platform.parts.filter(({ state }) => state !== 'stopped');
  await Promise.all(
    wanted.map(async (part) => {
      if (part.state === 'paused') part.resume();
      for (let attempt = 1; ; attempt++) {
        try {
          return await part.start();
        } catch (error) {
          if (attempt === START_ATTEMPTS_MAX) throw error;
        }
      }
    }),
  );
  await cluster.inSync(timeout_ms);
}
