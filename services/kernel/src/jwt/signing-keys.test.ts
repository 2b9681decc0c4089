import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'jsonwebtoken';
import { loadSigningKeys } from './signing-keys';
import { createTokenVerifier } from './verifier';

const pem = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
const keys = { a: { kid: 'a', privateKeyPem: pem() }, b: { kid: 'b', privateKeyPem: pem() } };
const user = { userId: 7, email: 'ada@example.com' };

let directory: string;
let file: string;
let writes = 0;
const write = (text: string) => {
  writeFileSync(file, text);
  utimesSync(file, ++writes, writes);
};
const kidOf = (token: string) => decode(token, { complete: true })?.header.kid;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keys-'));
  file = join(directory, 'keys.json');
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(directory, { recursive: true });
});

test('what it issues verifies by what it publishes', async () => {
  write(JSON.stringify({ keys: [keys.a, keys.b] }));
  const issuer = loadSigningKeys(file, fail);
  const verifier = createTokenVerifier({ fetchJwks: async () => issuer.jwks(), clock: Date.now });
  const claims = await verifier.verifyToken(issuer.issueToken(user, 60));
  expect(claims).toMatchObject(user);
  expect(claims.jti).toMatch(/^[0-9a-f-]{36}$/);
  expect(claims.expiresAt_s - Date.now() / 1000).toBeCloseTo(60, -1);
});

test('publishes every key and no private part', () => {
  write(JSON.stringify({ keys: [keys.a, keys.b] }));
  const { keys: published } = loadSigningKeys(file, fail).jwks();
  expect(published.map(({ kid }) => kid)).toEqual(['a', 'b']);
  expect(Object.keys(published[0]!).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
});

test('a changed file is read again, and one that is broken is reported and passed over', () => {
  jest.useFakeTimers({ now: 1_000_000 });
  write(JSON.stringify({ keys: [keys.a] }));
  const troubles: unknown[] = [];
  const issuer = loadSigningKeys(file, (error) => troubles.push(error));
  write(JSON.stringify({ keys: [keys.b, keys.a] }));
  jest.advanceTimersByTime(1_000);
  expect(kidOf(issuer.issueToken(user, 60))).toBe('b');
  write('{"keys":');
  jest.advanceTimersByTime(1_000);
  expect(kidOf(issuer.issueToken(user, 60))).toBe('b');
  expect(troubles).toHaveLength(1);
});

test.each(['{"keys":[]}', '{}', '', '{"keys":[{"kid":"../a","privateKeyPem":""}]}'])(
  'does not start with %s',
  (text) => {
    write(text);
    expect(() => loadSigningKeys(file, fail)).toThrow();
  },
);

function fail(error: unknown): void {
  throw error;
}
