import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import { createConnection } from 'mysql2/promise';

import { PlatformError } from '../errors';
import { runCommand } from '../fetch/run-command';
import type { ServerProgram } from '../fetch/server-programs';
import type { PartRecipe } from '../process/process-part';
import { writePrivate } from '../secrets';
import { accountStatements, databaseOptions, type DatabaseAccount } from './database-settings';
import { plainEnvironment } from './plain-environment';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2_000;

const SYSTEM_TABLES = [
  'mysql_system_tables.sql',
  'mysql_performance_tables.sql',
  'mysql_system_tables_data.sql',
  'maria_add_gis_sp_bootstrap.sql',
];

export interface DatabaseContext {
  readonly port: number;
  readonly directory: string;
  readonly logFile: string;
  readonly rootPassword: string;
  readonly accounts: readonly DatabaseAccount[];
  program(): Promise<ServerProgram>;
}

/** How the database server is run; its system tables are made at the first start. */
export function databaseRecipe(context: DatabaseContext): PartRecipe {
  const dataDirectory = join(context.directory, 'tables');
  const initFile = join(context.directory, 'accounts.sql');
  return {
    name: 'database',
    ports: [context.port],
    logFile: context.logFile,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    async command() {
      const program = await context.program();
      const temporary = join(context.directory, 'temporary');
      mkdirSync(temporary, { recursive: true, mode: 0o700 });
      const basics = basicOptions(program, temporary);
      writePrivate(initFile, accountStatements(context.rootPassword, context.accounts));
      if (!existsSync(dataDirectory)) await makeSystemTables(program, basics, dataDirectory);
      return {
        file: program.executable,
        parameters: [...basics, ...databaseOptions(context.port, dataDirectory, initFile)],
        environment: { ...plainEnvironment(), ...program.environment },
        workingDirectory: context.directory,
      };
    },
    probe: () => databaseAnswers(rootUrl(context.port, context.rootPassword)),
  };
}

/** The server's URL for root. */
export function rootUrl(port: number, password: string): string {
  return `mysql://root:${password}@127.0.0.1:${port}/mysql`;
}

async function databaseAnswers(uri: string): Promise<boolean> {
  const connection = await createConnection({ uri, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    await connection.query({ sql: 'SELECT 1', timeout: CONNECT_TIMEOUT_MS });
    return true;
  } finally {
    connection.destroy();
  }
}

function basicOptions(program: ServerProgram, temporaryDirectory: string): string[] {
  return [
    '--no-defaults',
    `--basedir=${program.baseDirectory}`,
    `--lc-messages-dir=${shareDirectory(program)}`,
    `--user=${userInfo().username}`,
    // A server that starts deletes the temporary tables that it finds, also those of another server.
    `--tmpdir=${temporaryDirectory}`,
  ];
}

function shareDirectory(program: ServerProgram): string {
  const candidates = ['mysql', 'mariadb'].map((name) => join(program.baseDirectory, 'share', name));
  const found = candidates.find((directory) => existsSync(join(directory, SYSTEM_TABLES[0]!)));
  if (found) return found;
  throw new PlatformError(
    'TOOL_MISSING',
    `the system tables of ${program.executable} are not in ${candidates[0]}`,
  );
}

/** Does what mariadb-install-db does, without its accounts that need no password. */
async function makeSystemTables(
  program: ServerProgram,
  basics: string[],
  dataDirectory: string,
): Promise<void> {
  const scripts = await Promise.all(
    SYSTEM_TABLES.map((file) => readFile(join(shareDirectory(program), file), 'utf8')),
  );
  const prologue = 'CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n';
  const epilogue =
    "\nDELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys';\n" +
    'DELETE FROM mysql.proxies_priv;\nDELETE FROM mysql.db;\n';
  const draft = `${dataDirectory}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const parameters = [...basics, '--bootstrap', `--datadir=${draft}`, '--innodb-log-file-size=64M'];
  await runCommand(program.executable, parameters, {
    environment: { ...plainEnvironment(), ...program.environment },
    input: [prologue, ...scripts, epilogue].join('\n'),
  });
  await rename(draft, dataDirectory);
}
