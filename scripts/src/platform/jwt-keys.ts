import { generateKeyPair } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { randomHex, writePrivate } from './secrets';

const MODULUS_BITS = 2048;
const KEY_ID_BYTES = 8;

export function jwtKeysFile(secretsDirectory: string): string {
  return join(secretsDirectory, 'jwt-keys.json');
}

/** Makes the file of signing keys unless it is there; its first key signs, the others only verify. */
export async function ensureJwtKeys(secretsDirectory: string): Promise<string> {
  const file = jwtKeysFile(secretsDirectory);
  if (existsSync(file)) return file;
  writePrivate(file, await makeJwtKeys());
  return file;
}

/** The text of a file with one new signing key. */
export async function makeJwtKeys(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return JSON.stringify({ keys: [{ kid: randomHex(KEY_ID_BYTES), privateKeyPem: privateKey }] }, null, 2);
}
