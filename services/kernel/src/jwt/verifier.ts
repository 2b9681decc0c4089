import { decode, TokenExpiredError, verify, type JwtHeader } from 'jsonwebtoken';
import {
  readClaims,
  TOKEN_ALGORITHM,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  TOKEN_TYPE,
  tokenExpired,
  tokenInvalid,
  type TokenClaims,
} from './claims';
import { isKid } from './jwk';
import { createJwksCache } from './jwks-cache';

const TOKEN_CHARS_MAX = 4_096;
const VERIFIED_MAX = 10_000;

/** Header parameters by which a token would choose its own key or meaning (RFC 8725, 3.10 and 3.1). */
const refusedHeaders = ['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'crit', 'b64', 'zip'];

export interface TokenVerifier {
  /**
   * What a token says, if it is one of ours and not expired. Whether it was revoked is not looked at.
   * @throws ProblemError 401, or InfrastructureError while there are no keys at all
   */
  verifyToken(token: string): Promise<TokenClaims>;
  /** Gets the keys early, so that the first token need not wait. */
  warmUp(): Promise<void>;
}

/**
 * Verifies RS256 tokens after RFC 8725. A token's signature is verified once; after that its claims are remembered
 * until it expires or the set of keys changes.
 * @param clock milliseconds since 1970
 */
export function createTokenVerifier(options: {
  readonly fetchJwks: () => Promise<unknown>;
  readonly clock: () => number;
}): TokenVerifier {
  const { fetchJwks, clock } = options;
  let verified = new Map<string, TokenClaims>();
  const keys = createJwksCache(fetchJwks, clock, () => (verified = new Map()));

  async function verifyToken(token: string): Promise<TokenClaims> {
    keys.refreshWhenDue();
    // Held on to across the wait below, so that a token verified with a key withdrawn meanwhile is forgotten with it.
    const remembered = verified;
    const known = remembered.get(token);
    if (known) {
      if (known.expiresAt_s > clock() / 1000) return known;
      remembered.delete(token);
      throw tokenExpired();
    }
    const claims = await verifySignature(token);
    // The oldest goes first; it costs its owner one verification.
    if (remembered.size >= VERIFIED_MAX) remembered.delete(remembered.keys().next().value!);
    remembered.set(token, claims);
    return claims;
  }

  async function verifySignature(token: string): Promise<TokenClaims> {
    const key = await keys.keyOf(kidOf(token));
    if (!key) throw tokenInvalid();
    try {
      const payload = verify(token, key, {
        algorithms: [TOKEN_ALGORITHM],
        issuer: TOKEN_ISSUER,
        audience: TOKEN_AUDIENCE,
        clockTimestamp: Math.floor(clock() / 1000),
      });
      const claims = readClaims(payload);
      if (claims) return claims;
    } catch (cause) {
      throw cause instanceof TokenExpiredError ? tokenExpired() : tokenInvalid(cause);
    }
    throw tokenInvalid();
  }

  return { verifyToken, warmUp: () => keys.refresh() };
}

/** The kid of a token whose header asks for nothing but RS256 with a key of ours. */
function kidOf(token: string): string {
  const header = token.length <= TOKEN_CHARS_MAX ? headerOf(token) : undefined;
  const isOurs =
    header !== undefined &&
    header.alg === TOKEN_ALGORITHM &&
    header.typ === TOKEN_TYPE &&
    isKid(header.kid) &&
    !refusedHeaders.some((name) => name in header);
  if (!isOurs) throw tokenInvalid();
  return header.kid!;
}

function headerOf(token: string): JwtHeader | undefined {
  try {
    return decode(token, { complete: true })?.header;
  } catch {
    return undefined;
  }
}
