import { createConnection, type RowDataPacket } from 'mysql2/promise';

import { createDatabase, dropDatabase } from '../platform/parts/database-admin';
import { randomHex } from '../platform/secrets';

const PREFIX = 'replay_';
const LEFT_OVER_AFTER_MS = 24 * 60 * 60 * 1_000;
/** Names a run by when it began: `replay_<base 36 time><hex>_<service>`. */
const NAME = /^replay_([0-9a-z]{8})[0-9a-f]{2}_[a-z_]+$/;
const RANDOM_BYTES = 1;

/** Databases of one run, on the server of the live ones; each has an account that sees it and nothing else. */
export interface ScratchDatabases {
  /** @returns the URL of a new, empty database */
  create(service: string): Promise<string>;
  /** Drops those that were made. */
  dropAll(): Promise<void>;
}

export function scratchDatabases(rootUrl: string, now_ms: number): ScratchDatabases {
  const run = `${now_ms.toString(36)}${randomHex(RANDOM_BYTES)}`;
  const made = new Set<string>();
  return {
    async create(service) {
      const name = `${PREFIX}${run}_${service}`;
      made.add(name);
      return createDatabase(rootUrl, name);
    },
    async dropAll() {
      for (const name of made) {
        await dropDatabase(rootUrl, name);
        made.delete(name);
      }
    },
  };
}

/** Whether a database is one that a run left behind more than a day ago. */
export function isLeftOver(name: string, now_ms: number): boolean {
  const [, began] = NAME.exec(name) ?? [];
  return began !== undefined && now_ms - parseInt(began, 36) > LEFT_OVER_AFTER_MS;
}

/** Drops what runs that were killed have left behind. @returns the names */
export async function dropLeftOvers(rootUrl: string, now_ms: number): Promise<string[]> {
  const connection = await createConnection({ uri: rootUrl });
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SHOW DATABASES');
    const names = rows.map((row) => String(row['Database'])).filter((name) => isLeftOver(name, now_ms));
    for (const name of names) await dropDatabase(rootUrl, name);
    return names;
  } finally {
    await connection.end();
  }
}
