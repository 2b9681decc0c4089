import { generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { sign, type SignOptions } from 'jsonwebtoken';
import { toJwk } from './jwk';
import { createTokenVerifier } from './verifier';

const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = { keys: [toJwk('k1', ours.publicKey)] };
const NOW_S = 1_800_000_000;
const good = {
  iss: 'naru',
  aud: 'naru-gateway',
  sub: '7',
  email: 'ada@example.com',
  jti: 'j-1',
  exp: NOW_S + 60,
};

function verifier(now_s = NOW_S) {
  return createTokenVerifier({ fetchJwks: async () => jwks, clock: () => now_s * 1000 });
}

function signed(claims: object, header: object = {}, key: KeyObject = ours.privateKey): string {
  const options = {
    algorithm: 'RS256',
    noTimestamp: true,
    header: { alg: 'RS256', typ: 'JWT', kid: 'k1', ...header },
  };
  return sign(claims, key, options as SignOptions);
}

/** A token put together by hand, with our signature unless told otherwise, for what the library refuses to sign. */
function forged(header: object, claims: object, signature?: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signedPart = `${part(header)}.${part(claims)}`;
  const ourSignature = () =>
    signBytes('RSA-SHA256', Buffer.from(signedPart), ours.privateKey).toString('base64url');
  return `${signedPart}.${signature ?? ourSignature()}`;
}

const publicPem = ours.publicKey.export({ type: 'spki', format: 'pem' }) as string;
const jwk = theirs.publicKey.export({ format: 'jwk' });

test('a token of ours tells who and which', async () => {
  expect(await verifier().verifyToken(signed(good))).toEqual({
    userId: 7,
    email: 'ada@example.com',
    jti: 'j-1',
    expiresAt_s: NOW_S + 60,
  });
});

test('a token put together by hand with our signature is as good', async () => {
  await expect(
    verifier().verifyToken(forged({ alg: 'RS256', typ: 'JWT', kid: 'k1' }, good)),
  ).resolves.toBeDefined();
});

describe('attacks', () => {
  const without = (name: keyof typeof good) =>
    Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
  const rs256 = { alg: 'RS256', typ: 'JWT', kid: 'k1' };
  const validSignature = signed(good).split('.')[2]!;

  test.each<[string, string]>([
    ['nothing', ''],
    ['no token', 'abc'],
    ['three dots', '...'],
    ['alg none', forged({ ...rs256, alg: 'none' }, good, '')],
    ['alg None', forged({ ...rs256, alg: 'None' }, good, '')],
    ['alg none with a signature', forged({ ...rs256, alg: 'none' }, good)],
    ['no signature', forged(rs256, good, '')],
    ['the signature of other claims', forged(rs256, { ...good, sub: '8' }, validSignature)],
    ['no algorithm', forged({ typ: 'JWT', kid: 'k1' }, good)],
    ['HS256 signed with the public key', hs256WithPublicKey()],
    ['RS512', sign(good, ours.privateKey, { algorithm: 'RS512', keyid: 'k1', noTimestamp: true })],
    ['PS256', sign(good, ours.privateKey, { algorithm: 'PS256', keyid: 'k1', noTimestamp: true })],
    ["another's key", signed(good, {}, theirs.privateKey)],
    ["another's key, brought along as jwk", signed(good, { jwk: { ...jwk, kid: 'k1' } }, theirs.privateKey)],
    ['jwk with our key', signed(good, { jwk })],
    ['jku', signed(good, { jku: 'https://evil.example/jwks.json' })],
    ['x5u', signed(good, { x5u: 'https://evil.example/cert.pem' })],
    ['x5c', signed(good, { x5c: ['MIIB'] })],
    ['crit', signed(good, { crit: ['exp'] })],
    ['no kid', signed(good, { kid: undefined })],
    ['an unknown kid', signed(good, { kid: 'k2' })],
    ['a path as kid', signed(good, { kid: '../../../../dev/null' })],
    ['SQL as kid', signed(good, { kid: "k1' OR '1'='1" })],
    ['kid as a prototype key', signed(good, { kid: '__proto__' })],
    ['kid as a list', forged({ ...rs256, kid: ['k1'] }, good)],
    ['an endless kid', signed(good, { kid: 'k'.repeat(65) })],
    ['another type', signed(good, { typ: 'at+jwt' })],
    ['no type', signed(good, { typ: undefined })],
    ['another issuer', signed({ ...good, iss: 'evil' })],
    ['no issuer', signed(without('iss'))],
    ['another audience', signed({ ...good, aud: 'other' })],
    ['no audience', signed(without('aud'))],
    ['no expiry', signed(without('exp'))],
    ['an expiry as text', forged(rs256, { ...good, exp: '99999999999' })],
    ['not yet valid', signed({ ...good, nbf: NOW_S + 60 })],
    ['no subject', signed(without('sub'))],
    ['subject 0', signed({ ...good, sub: '0' })],
    ['a negative subject', signed({ ...good, sub: '-1' })],
    ['a fractional subject', signed({ ...good, sub: '1.5' })],
    ['a subject beyond 2^53', signed({ ...good, sub: '9007199254740993' })],
    ['an e-mail with a line break', signed({ ...good, email: 'a@b.c\r\nX-User-Id: 1' })],
    ['no token id', signed(without('jti'))],
    ['a token id with a wildcard', signed({ ...good, jti: '*' })],
    ['over 4096 characters', signed({ ...good, padding: 'x'.repeat(4096) })],
  ])('%s', async (_, token) => {
    const refusal = {
      status: 401,
      code: 'token-invalid',
      headers: { 'WWW-Authenticate': expect.stringMatching(/^Bearer/) },
    };
    await expect(verifier().verifyToken(token)).rejects.toMatchObject(refusal);
  });

  function hs256WithPublicKey(): string {
    const header = { alg: 'HS256', typ: 'JWT', kid: 'k1' };
    return sign(good, Buffer.from(publicPem), {
      algorithm: 'HS256',
      noTimestamp: true,
      header,
    } as SignOptions);
  }
});

describe('expiry', () => {
  test('a token is good up to its last second', async () => {
    await expect(verifier(NOW_S + 59).verifyToken(signed(good))).resolves.toBeDefined();
  });

  test('after that it is told apart', async () => {
    await expect(verifier(NOW_S + 61).verifyToken(signed(good))).rejects.toMatchObject({
      code: 'token-expired',
    });
  });

  test('a token verified before expires too', async () => {
    let now_s = NOW_S;
    const remembering = createTokenVerifier({ fetchJwks: async () => jwks, clock: () => now_s * 1000 });
    const token = signed(good);
    await remembering.verifyToken(token);
    now_s += 61;
    await expect(remembering.verifyToken(token)).rejects.toMatchObject({ code: 'token-expired' });
  });
});

test('a token verified before is refused once its key is withdrawn', async () => {
  let now_ms = NOW_S * 1000;
  let published = jwks;
  const remembering = createTokenVerifier({ fetchJwks: async () => published, clock: () => now_ms });
  const token = signed({ ...good, exp: NOW_S + 3600 });
  await remembering.verifyToken(token);
  published = { keys: [toJwk('k2', theirs.publicKey)] };
  now_ms += 5 * 60 * 1000;
  await remembering.verifyToken(token);
  await new Promise(setImmediate);
  await expect(remembering.verifyToken(token)).rejects.toMatchObject({ code: 'token-invalid' });
});
