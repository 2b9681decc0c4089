import { problem, type TokenClaims, type TokenVerifier } from '@naru/kernel';

/**
 * Verifies the bearer token of an `Authorization` field (RFC 6750, 2.1). The gateway has done so, a direct caller not.
 * @throws ProblemError 401
 */
export async function readBearerToken(verifier: TokenVerifier, authorization = ''): Promise<TokenClaims> {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1];
  if (token) return verifier.verifyToken(token);
  const headers = { 'WWW-Authenticate': 'Bearer' };
  throw problem('token-required', 'this needs a bearer token', { headers });
}
