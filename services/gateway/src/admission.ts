import { httpHeaders } from '@naru/contracts';
import {
  problem,
  socketAddress,
  traceparentOf,
  type HttpContext,
  type ProblemError,
  type TokenClaims,
  type TokenVerifier,
} from '@naru/kernel';
import type { Enter, Entry } from './ledger';
import type { RateLimit } from './rate-limit';
import type { IsRevoked } from './revocations';

export interface Admission {
  /** Lets a request in that needs no token; one that it carries is not looked at. @throws ProblemError 429 */
  admitAnyone(context: HttpContext): Promise<undefined>;
  /** Lets a signed-in user in. @throws ProblemError 401, 429 or 503 */
  admitUser(context: HttpContext): Promise<TokenClaims>;
}

export function createAdmission(needs: {
  readonly verifier: TokenVerifier;
  readonly enter: Enter;
  readonly limit: RateLimit;
  readonly isRevoked: IsRevoked;
}): Admission {
  const { verifier, enter, limit, isRevoked } = needs;

  /** @returns undefined when Redis does not answer */
  async function count(context: HttpContext, key: string, jti?: string): Promise<Entry | undefined> {
    limit.refuseExhausted(context, key);
    const entry = await enter(key, jti).catch(() => undefined);
    await limit.enforce(context, key, entry);
    return entry;
  }

  async function admitAnyone(context: HttpContext): Promise<undefined> {
    await count(context, `address:${socketAddress(context)}`);
  }

  async function verify(context: HttpContext): Promise<TokenClaims> {
    try {
      return await verifier.verifyToken(bearerToken(context));
    } catch (error) {
      // Bad tokens cost their sender too, or guessing them would be free.
      await admitAnyone(context);
      throw error;
    }
  }

  return {
    admitAnyone,
    async admitUser(context) {
      const claims = await verify(context);
      context.state.userId = claims.userId;
      const entry = await count(context, `user:${claims.userId}`, claims.jti);
      if (entry?.isRevoked ?? (await isRevoked(claims.jti, identification(context))))
        throw unauthorized('token-revoked', 'this token was logged out', 'Bearer error="invalid_token"');
      return claims;
    },
  };
}

/** The span is not the active one here, so a call to a service is told of it. */
function identification({ state }: HttpContext): Record<string, string> {
  return { [httpHeaders.requestId]: state.requestId, traceparent: traceparentOf(state.span) };
}

function bearerToken(context: HttpContext): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(context.req.headers.authorization ?? '')?.[1];
  if (!token) throw unauthorized('token-required', 'this needs a bearer token', 'Bearer');
  return token;
}

function unauthorized(
  code: 'token-required' | 'token-revoked',
  detail: string,
  challenge: string,
): ProblemError {
  return problem(code, detail, { headers: { 'WWW-Authenticate': challenge } });
}
