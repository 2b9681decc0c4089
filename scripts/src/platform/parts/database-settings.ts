const CONNECTIONS_MAX = 600;

/** MariaDB's options: durable commits, and the ways of the MySQL that the cluster runs. */
export function databaseOptions(port: number, dataDirectory: string, initFile: string): string[] {
  return [
    `--datadir=${dataDirectory}`,
    `--init-file=${initFile}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    // Relative to the data directory: an absolute path easily exceeds what a socket address may hold.
    '--socket=server.sock',
    '--skip-name-resolve',
    '--local-infile=OFF',
    `--max-connections=${CONNECTIONS_MAX}`,
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_unicode_ci',
    '--default-time-zone=+00:00',
    '--transaction-isolation=READ-COMMITTED',
    '--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
    '--default-storage-engine=InnoDB',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=128M',
    '--innodb-log-file-size=64M',
    '--max-allowed-packet=64M',
    '--performance-schema=OFF',
    '--log-warnings=1',
  ];
}

export interface DatabaseAccount {
  readonly database: string;
  readonly account: string;
  readonly password: string;
}

/**
 * SQL that brings the accounts into line; the server runs it at each start, before it takes connections.
 * Statements are one to a line, as the server reads them so.
 */
export function accountStatements(rootPassword: string, accounts: readonly DatabaseAccount[]): string {
  const root = [
    "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';",
    `ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '${plain(rootPassword)}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
  ];
  return [...root, ...accounts.flatMap(databaseStatements), ''].join('\n');
}

/** A database with an account that sees it and nothing else, from this machine only. */
export function databaseStatements({ database, account, password }: DatabaseAccount): string[] {
  const user = `'${plain(account)}'@'127.0.0.1'`;
  // In a GRANT an underscore is a wildcard unless escaped.
  const grantee = plain(database).replaceAll('_', '\\_');
  return [
    `CREATE DATABASE IF NOT EXISTS \`${plain(database)}\`;`,
    `CREATE USER IF NOT EXISTS ${user};`,
    `ALTER USER ${user} IDENTIFIED BY '${plain(password)}';`,
    `GRANT ALL PRIVILEGES ON \`${grantee}\`.* TO ${user};`,
  ];
}

const NAME_CHARACTERS_MAX = 64;

/** Names and passwords here are of our own making; anything that would need quoting is a mistake. */
export function plain(name: string): string {
  if (!/^[A-Za-z0-9_]+$/.test(name) || name.length > NAME_CHARACTERS_MAX) {
    throw new RangeError(`"${name}": letters, digits and underscores, at most ${NAME_CHARACTERS_MAX}`);
  }
  return name;
}
