import { httpHeaders, operations } from '@naru/contracts';
import {
  isDuplicateKey,
  problem,
  route,
  type Database,
  type Outbox,
  type ProblemError,
  type Route,
  type TokenIssuer,
  type TokenVerifier,
} from '@naru/kernel';
import { readBearerToken } from './bearer-token';
import { normalEmail } from './domain/account';
import type { LoginThrottle } from './login-throttle';
import type { UserMetrics } from './metrics';
import type { Passwords } from './passwords';
import type { Revocations } from './revocations';
import type { GrantSignUpPoints } from './sign-up-points';
import {
  addScore,
  findCredentials,
  findUser,
  findUsers,
  insertUser,
  isRevoked,
  lockUser,
  updateName,
  type User,
} from './store';

export interface ApiNeeds {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly metrics: UserMetrics;
  readonly passwords: Passwords;
  readonly grantPoints: GrantSignUpPoints;
  readonly throttle: LoginThrottle;
  readonly tokens: TokenIssuer;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations;
  /** How long a token is good, in seconds. */
  readonly tokenTtl_s: number;
}

export function userRoutes(needs: ApiNeeds): Route[] {
  return [
    route(operations.welcome, () => ({ body: 'Welcome to Naru. 나루에 오신 것을 환영합니다.\n' })),
    ...accountRoutes(needs),
    ...tokenRoutes(needs),
    ...profileRoutes(needs),
    ...internalRoutes(needs),
  ];
}

function accountRoutes({ outbox, passwords, grantPoints }: ApiNeeds): Route[] {
  return [
    route(operations.signUp, async (request) => {
      const { name, password } = request.body;
      const email = normalEmail(request.body.email);
      const passwordHash = await passwords.hash(password, request.signal);
      let userId = 0;
      const reply = await request.once(async (trx) => {
        userId = await insertUser(trx, { email, name, passwordHash }).catch((error: unknown) => {
          throw isDuplicateKey(error) ? emailTaken() : error;
        });
        const data = { userId, name, email, version: 1 };
        await outbox.append(trx, [{ type: 'user.signed-up', data, subject: String(userId) }]);
        return {};
      });
      // The transaction of a replay wrote nothing, and the points of the first request are on their way by event.
      if (!reply.headers?.[httpHeaders.idempotencyReplayed]) await grantPoints(userId);
      return reply;
    }),
  ];
}

function tokenRoutes(needs: ApiNeeds): Route[] {
  const { database, metrics, passwords, throttle, tokens, verifier, revocations, tokenTtl_s } = needs;

  async function authenticate(email: string, password: string, signal: AbortSignal) {
    const credentials = await findCredentials(database, email);
    const isRight = await passwords.matches(credentials?.passwordHash, password, signal);
    return isRight ? credentials : undefined;
  }

  return [
    route(operations.login, async ({ body, address, signal }) => {
      const email = normalEmail(body.email);
      const attempt = await throttle.admit(email, address).catch((error: unknown) => {
        metrics.logins.inc({ outcome: 'throttled' });
        throw error;
      });
      const user = await authenticate(email, body.password, signal).catch(async (error: unknown) => {
        await attempt.undecided();
        throw error;
      });
      metrics.logins.inc({ outcome: user ? 'succeeded' : 'refused' });
      if (!user) throw credentialsWrong();
      await attempt.succeeded();
      const token = tokens.issueToken({ userId: user.userId, email: user.email }, tokenTtl_s);
      return { body: { token, tokenType: 'Bearer' as const, expiresIn: tokenTtl_s } };
    }),
    route(operations.logout, async (request) => {
      const { jti, userId, expiresAt_s } = await readBearerToken(verifier, request.header('authorization'));
      if (userId !== request.caller.userId) {
        throw problem('token-of-another-user', 'the token is not of the user in X-User-Id', {
          headers: { 'WWW-Authenticate': 'Bearer' },
        });
      }
      await revocations.revoke(jti, expiresAt_s);
      return {};
    }),
    route(operations.getRevokedToken, async ({ params }) => ({
      body: { revoked: await isRevoked(database, params.jti) },
    })),
    route(operations.getJwks, () => ({ body: { keys: [...tokens.jwks().keys] } })),
  ];
}

function profileRoutes({ database, outbox }: ApiNeeds): Route[] {
  return [
    route(operations.getMe, async ({ caller }) => ({
      body: profile(existing(await findUser(database, caller.userId))),
    })),
    route(operations.updateMe, ({ caller, body: { name }, once }) =>
      once(async (trx) => {
        const user = existing(await lockUser(trx, caller.userId));
        if (user.name === name) return { body: profile(user) };
        const updated = { ...user, name, version: user.version + 1 };
        const { userId, email, version } = updated;
        await updateName(trx, updated);
        const data = { userId, name, email, version };
        await outbox.append(trx, [{ type: 'user.updated', data, subject: String(userId) }]);
        return { body: profile(updated) };
      }),
    ),
    route(operations.getUser, async ({ caller, params }) => {
      const user = profile(existing(await findUser(database, params.userId)));
      if (caller.kind === 'direct' || caller.userId === user.userId) return { body: user };
      const { userId, name, activityScore } = user;
      return { body: { userId, name, activityScore } };
    }),
  ];
}

function internalRoutes({ database }: ApiNeeds): Route[] {
  return [
    route(operations.getUserInternally, async ({ params }) => ({
      body: profile(existing(await findUser(database, params.userId))),
    })),
    route(operations.getUsersInternally, async ({ query }) => {
      // Sixteen digits may be more than a number holds exactly; no user has such an id.
      const ids = [...new Set(query.ids.split(',').map(Number))].filter(Number.isSafeInteger);
      return { body: ids.length === 0 ? [] : (await findUsers(database, ids)).map(profile) };
    }),
    route(operations.addActivityScore, ({ body: { userId, score }, once }) =>
      once(async (trx) => {
        const { activityScore } = existing(await lockUser(trx, userId));
        await addScore(trx, userId, score);
        return { body: { userId, activityScore: activityScore + score } };
      }),
    ),
  ];
}

function profile({ userId, email, name, activityScore }: User) {
  return { userId, email, name, activityScore };
}

function existing(user: User | undefined): User {
  if (!user) throw problem('user-unknown', 'there is no such user');
  return user;
}

/** With a challenge, as every 401 has (RFC 9110, 15.5.2). */
function credentialsWrong(): ProblemError {
  return problem('credentials-wrong', 'e-mail or password is wrong', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

function emailTaken(): ProblemError {
  return problem('email-taken', 'this e-mail address has an account already');
}
