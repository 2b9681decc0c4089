import { createPublicKey, type KeyObject } from 'node:crypto';
import { TOKEN_ALGORITHM } from './claims';

/** A public RSA key as RFC 7517 writes it. */
export interface Jwk {
  readonly kid: string;
  readonly kty: 'RSA';
  readonly use: 'sig';
  readonly alg: typeof TOKEN_ALGORITHM;
  readonly n: string;
  readonly e: string;
}

export interface Jwks {
  readonly keys: readonly Jwk[];
}

const KEYS_MAX = 20;
const MODULUS_BITS_MIN = 2048;

export function isKid(kid: unknown): kid is string {
  return typeof kid === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(kid);
}

export function toJwk(kid: string, publicKey: KeyObject): Jwk {
  const { n, e } = publicKey.export({ format: 'jwk' }) as { n: string; e: string };
  return { kid, kty: 'RSA', use: 'sig', alg: TOKEN_ALGORITHM, n, e };
}

/**
 * The RSA signing keys of a JWKS by kid; keys of another kind are passed over.
 * @throws Error when it is no JWKS or has no usable key
 */
export function readJwks(jwks: unknown): Map<string, KeyObject> {
  const keys = (jwks as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error('this is not a JWKS');
  const usable = new Map<string, KeyObject>();
  for (const { kid, kty, use, alg, n, e } of keys.slice(0, KEYS_MAX) as Partial<Jwk>[]) {
    if (
      !isKid(kid) ||
      kty !== 'RSA' ||
      (use ?? 'sig') !== 'sig' ||
      (alg ?? TOKEN_ALGORITHM) !== TOKEN_ALGORITHM
    )
      continue;
    const key = createPublicKey({ key: { kty, n: String(n), e: String(e) }, format: 'jwk' });
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) >= MODULUS_BITS_MIN) usable.set(kid, key);
  }
  if (usable.size === 0) throw new Error('the JWKS has no usable key');
  return usable;
}
