import { randomBytes } from 'node:crypto';
import { createDatabase, migrate, type Database, type Migration } from '@naru/kernel';

export interface Infrastructure {
  readonly directory: string;
  /** Comma-separated host:port. */
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
  readonly smtpUrl: string;
  readonly mailWebUrl: string;
  readonly databaseRootUrl: string;
  readonly jwtKeysFile: string;
}

/** Where the run's real brokers, database server, Redis and mail catcher are. */
export function infrastructure(): Infrastructure {
  const text = process.env['NARU_TEST_INFRASTRUCTURE'];
  if (!text) throw new Error('component tests run by `npm test`, which starts what they need');
  return JSON.parse(text) as Infrastructure;
}

/** A short name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`;
}

/** Makes an empty database. @returns its mysql:// URL */
export async function emptyDatabase(): Promise<string> {
  const url = new URL(infrastructure().databaseRootUrl);
  const name = uniqueName('naru_test');
  url.pathname = '/mysql';
  const root = createDatabase(url.toString(), 2);
  await root.raw(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`).finally(() => root.destroy());
  url.pathname = `/${name}`;
  return url.toString();
}

/** A pool on a database of its own with the kernel's tables; `migrations` adds others. The caller destroys it. */
export async function testDatabase(migrations: readonly Migration[] = [], url?: string): Promise<Database> {
  const database = createDatabase(url ?? (await emptyDatabase()), 20);
  await migrate(database, migrations);
  return database;
}
