import { createConnection, type Connection } from 'mysql2/promise';

import { randomHex } from '../secrets';
import { databaseStatements, plain } from './database-settings';

const PASSWORD_BYTES = 12;
const ACCOUNT_CHARACTERS_MAX = 32;

/** Makes a database and an account of the same name for it; answers the URL to connect with. */
export async function createDatabase(rootUri: string, name: string): Promise<string> {
  if (name.length > ACCOUNT_CHARACTERS_MAX) {
    throw new RangeError(`"${name}": an account's name has at most ${ACCOUNT_CHARACTERS_MAX} characters`);
  }
  const password = randomHex(PASSWORD_BYTES);
  await asRoot(rootUri, databaseStatements({ database: name, account: name, password }));
  const { port } = new URL(rootUri);
  return `mysql://${name}:${password}@127.0.0.1:${port}/${name}`;
}

/** Drops a database and its account, if they are there. */
export async function dropDatabase(rootUri: string, name: string): Promise<void> {
  await asRoot(rootUri, [
    `DROP DATABASE IF EXISTS \`${plain(name)}\``,
    `DROP USER IF EXISTS '${plain(name)}'@'127.0.0.1'`,
  ]);
}

async function asRoot(uri: string, statements: readonly string[]): Promise<void> {
  const connection: Connection = await createConnection({ uri });
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
}
