import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execute, select, type Database } from '@naru/kernel';
import { nothingToHeal, type Nemesis, type NemesisContext } from '../nemesis';

const DEADLOCKS_MS = 6_000;
const CONTENDERS = 3;
const ROWS_WRITTEN = 500;
const ACCOUNTS_LOCKED = 6;
const RESTARTS_MS = 120_000;
const BETWEEN_RESTARTS_MS = 4_000;

const databaseKill: Nemesis = {
  name: 'database-kill',
  does: 'kill -9 of the database server, start after a second',
  hold_ms: 1_000,
  async inject({ naru: { platform } }) {
    await platform.database.kill('SIGKILL');
    return { target: 'database', heal: () => platform.database.start() };
  },
};

/** The scenario of the issue: the database is restarted every few seconds for two minutes. */
export const databaseRestarts: Nemesis = {
  name: 'database-restarts',
  does: 'kill -9 and start of the database server every few seconds for two minutes',
  hold_ms: 0,
  async inject({ naru: { platform }, pause }) {
    const end_ms = performance.now() + RESTARTS_MS;
    let kills = 0;
    for (; performance.now() < end_ms; kills++) {
      await platform.database.kill('SIGKILL');
      await platform.database.start();
      await pause(BETWEEN_RESTARTS_MS);
    }
    return { target: `database, ${kills} times`, heal: nothingToHeal };
  },
};

const deadlocks: Nemesis = {
  name: 'deadlocks',
  does: 'transactions from outside lock the authors’ accounts in the opposite order, then roll back',
  hold_ms: 0,
  async inject(context) {
    const { database } = context.naru;
    await database.raw('CREATE DATABASE IF NOT EXISTS naru_chaos');
    await database.raw('CREATE TABLE IF NOT EXISTS naru_chaos.weight (id INT AUTO_INCREMENT PRIMARY KEY)');
    const before = await deadlockCount(database);
    const end_ms = performance.now() + DEADLOCKS_MS;
    const contenders = Array.from({ length: CONTENDERS }, () =>
      contend(context, 'naru_point.accounts', end_ms),
    );
    const own = (await Promise.all(contenders)).reduce((sum, count) => sum + count, 0);
    const met = (await deadlockCount(database)) - before;
    return {
      target: `naru_point.accounts: ${met}, of them ${met - own} lost by services`,
      heal: nothingToHeal,
    };
  },
};

async function deadlockCount(database: Database): Promise<number> {
  const [row] = await select<{ Value: string }>(database, "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'", []);
  return Number(row?.Value);
}

/** @returns how often the contender itself was chosen as the victim */
async function contend({ naru: { database }, pause }: NemesisContext, table: string, end_ms: number) {
  const rows = await select<{ user_id: number }>(
    database,
    `SELECT user_id FROM ${table} ORDER BY user_id LIMIT ?`,
    [ACCOUNTS_LOCKED],
  );
  const descending = rows.map(({ user_id }) => user_id).reverse();
  let victim = 0;
  while (performance.now() < end_ms) {
    await lockAndRollBack(database, table, descending, () => pause(20)).catch(() => victim++);
  }
  return victim;
}

async function lockAndRollBack(
  database: Database,
  table: string,
  ids: readonly number[],
  breathe: () => Promise<void>,
): Promise<void> {
  const trx = await database.transaction();
  try {
    // The server gives up the transaction that has written less: with these rows that is the service's.
    const weight = Array.from({ length: ROWS_WRITTEN }, () => '(NULL)').join(', ');
    await execute(trx, `INSERT INTO naru_chaos.weight (id) VALUES ${weight}`, []);
    for (const id of ids) {
      await execute(trx, `SELECT user_id FROM ${table} WHERE user_id = ? FOR UPDATE`, [id]);
      await breathe();
    }
  } finally {
    await trx.rollback().catch(() => undefined);
  }
}

const redisLost: Nemesis = {
  name: 'redis-lost',
  does: 'kill -9 of Redis, which comes back empty',
  hold_ms: 3_000,
  async inject({ naru: { platform } }) {
    await platform.redis.kill('SIGKILL');
    const directory = join(platform.directory, 'data', 'redis');
    for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
    return { target: 'redis', heal: () => platform.redis.start() };
  },
};

export const storeNemeses: readonly Nemesis[] = [databaseKill, deadlocks, redisLost];
