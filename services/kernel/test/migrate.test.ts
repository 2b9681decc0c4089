import { createDatabase, migrate, type Database, type Migration } from '@naru/kernel';
import { emptyDatabase } from '@naru/testing';

let url: string;
const pools: Database[] = [];
const pool = () => {
  const database = createDatabase(url, 5);
  pools.push(database);
  return database;
};
beforeEach(async () => {
  url = await emptyDatabase();
});
afterEach(() => Promise.all(pools.splice(0).map((database) => database.destroy())));

/** Fails when it is run twice, as a migration that is not guarded would. */
const once: Migration = {
  name: '001_once',
  up: async (database) => {
    await database.raw('CREATE TABLE once (id INT PRIMARY KEY)');
    await database.raw('SELECT SLEEP(0.3)');
  },
};

test('processes that start together take turns, and each migration runs once', async () => {
  await Promise.all([pool(), pool(), pool(), pool()].map((database) => migrate(database, [once])));
  const rows = await pool()('knex_migrations').select('name').orderBy('id');
  expect(rows.map(({ name }: { name: string }) => name).slice(-1)).toEqual(['001_once']);
  expect(new Set(rows.map(({ name }: { name: string }) => name)).size).toBe(rows.length);
});

test('a lock row that a killed process left behind keeps nobody out', async () => {
  const database = pool();
  await migrate(database, []);
  await database('knex_migrations_lock').update({ is_locked: 1 });
  await migrate(database, [once]);
  expect(await database.schema.hasTable('once')).toBe(true);
});

test('a failed migration is tried again at the next start, and the lock is free', async () => {
  const failing: Migration = { name: '001_once', up: () => Promise.reject(new Error('disk full')) };
  await expect(migrate(pool(), [failing])).rejects.toThrow('disk full');
  await migrate(pool(), [once]);
  expect(await pool().schema.hasTable('once')).toBe(true);
});
