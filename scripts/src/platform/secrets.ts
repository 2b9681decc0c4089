import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PASSWORD_BYTES = 18;
const HMAC_SECRET_BYTES = 32;
const OPERATOR_TOKEN_BYTES = 24;

export interface Secrets {
  /** By account: root and each service with a database. */
  readonly databasePasswords: Readonly<Record<string, string>>;
  readonly hmacSecret: string;
  readonly operatorToken: string;
}

/** Reads the generated secrets, making those that are not there yet. The file is the owner's only. */
export function loadSecrets(secretsDirectory: string, accounts: readonly string[]): Secrets {
  const file = join(secretsDirectory, 'secrets.json');
  const stored: Partial<Secrets> = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Secrets)
    : {};
  const databasePasswords = { ...stored.databasePasswords };
  for (const account of ['root', ...accounts]) databasePasswords[account] ??= randomHex(PASSWORD_BYTES);
  const secrets: Secrets = {
    databasePasswords,
    hmacSecret: stored.hmacSecret ?? randomHex(HMAC_SECRET_BYTES),
    operatorToken: stored.operatorToken ?? randomHex(OPERATOR_TOKEN_BYTES),
  };
  writePrivate(file, JSON.stringify(secrets, null, 2));
  return secrets;
}

/** Writes a file that only its owner can read, whole or not at all. */
export function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
