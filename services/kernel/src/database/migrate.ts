import type { Knex } from 'knex';
import { SESSION_IDLE_S, type Database } from './database';
import { kernelMigrations } from './kernel-migrations';
import type { Migration } from './migration';

const LOCK_TIMEOUT_S = 60;
/** The lock's connection is idle while the migrations run, however long they take. */
const LOCK_IDLE_S = 24 * 60 * 60;

/**
 * Brings a database to the newest schema: the kernel's tables, then the service's own. Processes that start
 * together take turns by GET_LOCK on a connection of its own; knex's own lock row would stay locked after a kill.
 * @throws Error when the lock is not had within 60 s
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const connection = await database.client.acquireConnection();
  const lock = 'CONCAT(DATABASE(), ":migrate")';
  try {
    await connection.promise().query(`SET wait_timeout = ${LOCK_IDLE_S}`);
    const [rows] = await connection.promise().query(`SELECT GET_LOCK(${lock}, ${LOCK_TIMEOUT_S}) AS got`);
    if (rows[0].got !== 1) throw new Error(`another process has been migrating for ${LOCK_TIMEOUT_S} s`);
    const source = migrationSource([...kernelMigrations, ...migrations]);
    await database.migrate.forceFreeMigrationsLock({ migrationSource: source });
    await database.migrate.latest({ migrationSource: source });
  } finally {
    await connection
      .promise()
      .query(`SET wait_timeout = ${SESSION_IDLE_S}`)
      .catch(() => undefined);
    await connection
      .promise()
      .query(`SELECT RELEASE_LOCK(${lock})`)
      .catch(() => undefined);
    await database.client.releaseConnection(connection);
  }
}

function migrationSource(migrations: readonly Migration[]): Knex.MigrationSource<Migration> {
  return {
    getMigrations: async () => [...migrations],
    getMigrationName: (migration) => migration.name,
    getMigration: async (migration) => ({
      up: (database) => migration.up(database),
      down: async () => {
        throw new Error('migrations go forward only');
      },
      config: { transaction: false },
    }),
  };
}
