import { deadLetterHeaders, eventHeaders, type ServiceName } from '@naru/contracts';
import {
  createDatabase,
  createLog,
  migrate,
  startHttpService,
  type Database,
  type Migration,
  type OutgoingRecord,
} from '@naru/kernel';
import { servicesWithDatabase } from '@naru/operations';
import { emptyDatabase, infrastructure } from '@naru/testing';
import { migrations as board } from '../../board/src/migrations';
import { migrations as catalog } from '../../catalog/src/migrations';
import { migrations as email } from '../../email/src/migrations';
import { migrations as notification } from '../../notification/src/migrations';
import { migrations as order } from '../../order/src/migrations';
import { migrations as payment } from '../../payment/src/migrations';
import { migrations as point } from '../../point/src/migrations';
import { migrations as product } from '../../product/src/migrations';
import { migrations as user } from '../../user/src/migrations';
import { composeConsole } from '../src/compose';
import { consoleConfig, databaseVariable } from '../src/config';

export const TOKEN = 'a-token-for-tests-only';
const POOL_MAX = 3;

const migrations: Readonly<Partial<Record<ServiceName, readonly Migration[]>>> = {
  ...{ board, catalog, email, notification, order, payment, point, product, user },
};

/** The databases of all services, empty, with their tables. */
export interface Databases {
  readonly urls: ReadonlyMap<ServiceName, string>;
  of(service: ServiceName): Database;
  destroy(): Promise<void>;
}

export async function makeDatabases(): Promise<Databases> {
  const urls = new Map<ServiceName, string>();
  const open = new Map<ServiceName, Database>();
  for (const service of servicesWithDatabase) {
    const url = await emptyDatabase();
    const database = createDatabase(url, POOL_MAX);
    await migrate(database, migrations[service] ?? []);
    urls.set(service, url);
    open.set(service, database);
  }
  return {
    urls,
    of: (service) => open.get(service) as Database,
    async destroy() {
      await Promise.all([...open.values()].map((database) => database.destroy()));
    },
  };
}

export interface TestConsole {
  readonly running: Awaited<ReturnType<typeof startHttpService>>;
  readonly url: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** With the operator's token. */
  post(path: string, body?: object): Promise<Response>;
}

/** The console in this process, on the run's brokers and these databases. */
export async function startConsole(
  { urls }: Pick<Databases, 'urls'>,
  env: Readonly<Record<string, string>> = {},
): Promise<TestConsole> {
  const config = consoleConfig({
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    INSTANCE: 'console-test',
    LOG_LEVEL: 'silent',
    KAFKA_BROKERS: infrastructure().kafkaBrokers,
    OPERATOR_TOKEN: TOKEN,
    ...Object.fromEntries([...urls].map(([service, url]) => [databaseVariable(service), url])),
    ...env,
  });
  const log = createLog('console', 'test', 'silent');
  const running = await startHttpService('console', config, log, (kernel) => composeConsole(config, kernel));
  const url = `http://127.0.0.1:${running.port}`;
  return {
    running,
    url,
    get: (path, headers = {}) => fetch(`${url}${path}`, { headers }),
    post: (path, body = {}) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
}

/** A record of a topic, as its producer would write it. */
export function recordOf(type: string, key: string, id: string, data: object): OutgoingRecord {
  return {
    key: Buffer.from(key),
    value: Buffer.from(JSON.stringify(data)),
    headers: headers({
      [eventHeaders.id]: id,
      [eventHeaders.type]: type,
      [eventHeaders.specVersion]: '1.0',
      [eventHeaders.contentType]: 'application/json',
    }),
  };
}

/** A record of a dead-letter topic, of a record at that offset. */
export function letterOf(
  record: OutgoingRecord,
  at: { topic: string; partition: number; offset: number; group: string },
): OutgoingRecord {
  const added = headers({
    [deadLetterHeaders.topic]: at.topic,
    [deadLetterHeaders.partition]: String(at.partition),
    [deadLetterHeaders.offset]: String(at.offset),
    [deadLetterHeaders.consumerGroup]: at.group,
    [deadLetterHeaders.exceptionName]: 'PoisonError:schema',
    [deadLetterHeaders.exceptionMessage]: 'userId is not long',
  });
  return { ...record, headers: [...record.headers, ...added] };
}

function headers(texts: Readonly<Record<string, string>>) {
  return Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const);
}
