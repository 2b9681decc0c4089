import { problem, type ProblemError } from '../errors';

export const TOKEN_ISSUER = 'naru';
export const TOKEN_AUDIENCE = 'naru-gateway';
export const TOKEN_ALGORITHM = 'RS256';
export const TOKEN_TYPE = 'JWT';

/** Redis key that is there while a token that was logged out has not yet expired. */
export function revokedTokenKey(jti: string): string {
  return `revoked:${jti}`;
}

/**
 * Redis key that is there while Redis holds every revoked token. One that came back empty does not have it, and what
 * it does not know of a token then means nothing.
 */
export const REVOCATIONS_COMPLETE_KEY = 'revocations:complete';

export interface TokenUser {
  readonly userId: number;
  readonly email: string;
}

/** What a verified token says. */
export interface TokenClaims extends TokenUser {
  /** The token's own id, which logout refuses. */
  readonly jti: string;
  /** Seconds since 1970. */
  readonly expiresAt_s: number;
}

/** Reads the claims of a payload whose signature holds; undefined when any is not as we issue it. */
export function readClaims(payload: unknown): TokenClaims | undefined {
  const { sub, email, jti, exp } = payload as Record<string, unknown>;
  if (typeof sub !== 'string' || !/^[1-9][0-9]{0,15}$/.test(sub) || !Number.isSafeInteger(Number(sub)))
    return undefined;
  // It becomes a header, so what no header can carry is refused here.
  if (typeof email !== 'string' || !/^[\x21-\x7e]{3,254}$/.test(email)) return undefined;
  if (typeof jti !== 'string' || !/^[A-Za-z0-9-]{1,64}$/.test(jti)) return undefined;
  if (typeof exp !== 'number' || !Number.isSafeInteger(exp)) return undefined;
  return { userId: Number(sub), email, jti, expiresAt_s: exp };
}

export function tokenInvalid(cause?: unknown): ProblemError {
  return unauthorized('token-invalid', 'the token is not valid', cause);
}

export function tokenExpired(): ProblemError {
  return unauthorized('token-expired', 'the token has expired');
}

/** RFC 6750, 3.1. */
function unauthorized(
  code: 'token-invalid' | 'token-expired',
  detail: string,
  cause?: unknown,
): ProblemError {
  return problem(code, detail, {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    cause,
  });
}
