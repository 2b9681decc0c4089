import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { sign } from 'jsonwebtoken';
import { v7 as uuidv7 } from 'uuid';
import { TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER, type TokenUser } from './claims';
import { isKid, toJwk, type Jwks } from './jwk';

export interface TokenIssuer {
  /** A signed token that is good for `ttl_s` seconds. */
  issueToken(user: TokenUser, ttl_s: number): string;
  /** The public halves of all keys, for verifiers. */
  jwks(): Jwks;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

const CHECK_INTERVAL_MS = 1_000;

/**
 * Reads `{"keys":[{"kid","privateKeyPem"}]}`; the first key signs, all are published. The file is read again when its
 * mtime changes. To rotate: append the new key, wait until verifiers have it (5 min), move it to the front, and drop
 * the old one when its last token has expired.
 * @param onUnreadable hears why a changed file could not be used; the keys before it stay
 * @throws Error when the file cannot be used at the start
 */
export function loadSigningKeys(file: string, onUnreadable: (error: unknown) => void): TokenIssuer {
  let mtime_ms = statSync(file).mtimeMs;
  let keys = parseKeys(readFileSync(file, 'utf8'));
  let checkedAt_ms = Date.now();

  function current(): readonly [SigningKey, ...SigningKey[]] {
    if (Date.now() - checkedAt_ms < CHECK_INTERVAL_MS) return keys;
    checkedAt_ms = Date.now();
    try {
      const changed_ms = statSync(file).mtimeMs;
      if (changed_ms !== mtime_ms) keys = parseKeys(readFileSync(file, 'utf8'));
      mtime_ms = changed_ms;
    } catch (error) {
      onUnreadable(error);
    }
    return keys;
  }

  return {
    issueToken(user, ttl_s) {
      const [{ kid, privateKey }] = current();
      return sign({ email: user.email }, privateKey, {
        algorithm: TOKEN_ALGORITHM,
        keyid: kid,
        issuer: TOKEN_ISSUER,
        audience: TOKEN_AUDIENCE,
        subject: String(user.userId),
        jwtid: uuidv7(),
        expiresIn: ttl_s,
      });
    },
    jwks: () => ({ keys: current().map(({ kid, privateKey }) => toJwk(kid, createPublicKey(privateKey))) }),
  };
}

function parseKeys(text: string): readonly [SigningKey, ...SigningKey[]] {
  const { keys } = JSON.parse(text) as { keys: { kid: unknown; privateKeyPem: string }[] };
  const [first, ...others] = keys.map(({ kid, privateKeyPem }) => {
    if (!isKid(kid)) throw new Error('a kid is 1 to 64 letters, digits, _ or -');
    const privateKey = createPrivateKey(privateKeyPem);
    if (privateKey.asymmetricKeyType !== 'rsa') throw new Error(`key ${kid} is not an RSA key`);
    return { kid, privateKey };
  });
  if (!first) throw new Error('the key file has no keys');
  return [first, ...others];
}
