import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { consumerGroup, services, topics, type ServiceName } from '@naru/contracts';
import { createDatabase, type Database } from '@naru/kernel';
import { eventually } from './eventually';
import { emptyDatabase, infrastructure } from './infrastructure';
import { withAdmin } from './kafka';

const READY_MS = 30_000;
const STOP_MS = 30_000;
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';
const repository = join(__dirname, '../..');

/** A service of the checkout (compiled), running as a process of its own on a database of its own. */
export interface TestService {
  readonly url: string;
  readonly database: Database;
  /** Given to another process as DATABASE_URL, that one continues with the same database. */
  readonly databaseUrl: string;
  readonly process: ChildProcess;
  /** All that it logged so far. */
  log(): string;
  /** SIGTERM, and waits. @returns the exit code */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/**
 * Starts a service on an empty database, as if its group had read all that is in its topics up to now.
 * @param env added to, or in place of, its usual environment; DATABASE_URL of an earlier run continues that one
 */
export async function testService(name: ServiceName, env: Record<string, string> = {}): Promise<TestService> {
  const port = await freePort();
  const databaseUrl = env['DATABASE_URL'] ?? (await emptyDatabase());
  const database = createDatabase(databaseUrl, 5);
  const environment = {
    ...usualEnvironment(name),
    ...env,
    DATABASE_URL: databaseUrl,
    HTTP_PORT: String(port),
  };
  const main = join(repository, 'services', name, 'dist/main.js');
  if (!env['DATABASE_URL']) {
    const [code] = (await once(
      spawn(process.execPath, [main, 'migrate'], { env: environment, stdio: 'inherit' }),
      'exit',
    )) as [number];
    if (code !== 0) throw new Error(`${name} could not migrate its database`);
    await startFromNow(name, database);
  }
  const child = spawn(process.execPath, [main], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.on('data', (data: Buffer) => (log += data.toString()));
  child.stderr.on('data', (data: Buffer) => (log += data.toString()));
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    `${name} ready`,
    async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended:\n${log}`);
      return (await fetch(`${url}/health/ready`)).ok;
    },
    READY_MS,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${log}`);
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  return {
    url,
    database,
    databaseUrl,
    process: child,
    log: () => log,
    async stop() {
      const code = await end('SIGTERM');
      await database.destroy();
      return code;
    },
    async kill() {
      await end('SIGKILL');
    },
  };
}

function usualEnvironment(name: ServiceName): Record<string, string> {
  const { kafkaBrokers, redisUrl, smtpUrl, jwtKeysFile } = infrastructure();
  return {
    PATH: process.env['PATH'] ?? '',
    HTTP_HOST: '127.0.0.1',
    INSTANCE: `${name}-test`,
    ROLES: services[name].roles.join(','),
    KAFKA_BROKERS: kafkaBrokers,
    REDIS_URL: redisUrl,
    SMTP_URL: smtpUrl,
    JWT_KEYS_FILE: jwtKeysFile,
    HMAC_SECRET: '00'.repeat(32),
    LOG_LEVEL: 'info',
    ...Object.fromEntries(
      Object.keys(services).map((peer) => [`${peer.toUpperCase()}_SERVICE_URL`, NOWHERE]),
    ),
  };
}

/** Other tests' records are not this one's: the group's progress starts at the end of each topic it reads. */
async function startFromNow(name: ServiceName, database: Database): Promise<void> {
  const group = consumerGroup(name);
  await withAdmin(async (admin) => {
    await admin.deleteGroups([group]).catch(() => undefined);
    for (const [topic, declaration] of Object.entries(topics)) {
      if (!Object.hasOwn(declaration.consumers, name)) continue;
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
        await database('consumer_progress').insert({
          consumer_group: group,
          topic,
          partition_number: partition,
          next_offset: high,
        });
      }
    }
  });
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
