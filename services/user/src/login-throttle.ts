import { createHash } from 'node:crypto';
import { problem, type Redis } from '@naru/kernel';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from './domain/network';

export interface LoginLimits {
  readonly pairFailuresMax: number;
  readonly networkFailuresMax: number;
  readonly accountFailuresMax: number;
  readonly window_s: number;
  readonly knownNetwork_s: number;
}

/** An attempt that was let in. It counts as failed unless one of these is called. */
export interface LoginAttempt {
  /** The password was right: forgets the pair's failures, and knows the network from now on. */
  succeeded(): Promise<void>;
  /** Nothing was found out about the password, so nothing counts. */
  undecided(): Promise<void>;
}

export interface LoginThrottle {
  /** @param email in its normal form. @throws ProblemError 429 */
  admit(email: string, address: string): Promise<LoginAttempt>;
}

/**
 * Counts failed sign-ins by account and network together, by network, and by account. Failures from elsewhere cannot
 * lock an account's owner out: a network from which the account signed in lately is subject to the first count only.
 * An attempt is counted before its password is checked, so that many at once do not slip through.
 * While Redis is away each process counts for itself.
 */
export function createLoginThrottle(redis: Redis, limits: LoginLimits): LoginThrottle {
  const { window_s } = limits;
  const pairs = limiter(redis, 'login:pair', limits.pairFailuresMax, window_s);
  const networks = limiter(redis, 'login:network', limits.networkFailuresMax, window_s);
  const accounts = limiter(redis, 'login:account', limits.accountFailuresMax, window_s);
  const known = limiter(redis, 'login:known', 1, limits.knownNetwork_s);

  return {
    async admit(email, address) {
      const account = createHash('sha256').update(email).digest('base64url');
      const network = networkOf(address);
      const pair = `${account}:${network}`;
      const isKnown = (await known.get(pair)) !== null;
      const shared = isKnown ? [] : ([[networks, network]] as const);
      const perAccount = isKnown ? [] : ([[accounts, account]] as const);
      const counts = [...shared, [pairs, pair] as const, ...perAccount];
      // One after the other: an attempt refused for its network must not count against the account.
      for (const [counter, key] of counts) await count(counter, key);

      return {
        async succeeded() {
          const others = counts.filter(([counter]) => counter !== pairs);
          await Promise.all([
            known.set(pair, 1, limits.knownNetwork_s),
            pairs.delete(pair),
            ...others.map(([counter, key]) => counter.reward(key)),
          ]);
        },
        async undecided() {
          await Promise.all(counts.map(([counter, key]) => counter.reward(key)));
        },
      };
    },
  };
}

function limiter(redis: Redis, keyPrefix: string, points: number, duration: number): RateLimiterRedis {
  const options = { keyPrefix, points, duration };
  return new RateLimiterRedis({
    ...options,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(options),
  });
}

async function count(counter: RateLimiterRedis, key: string): Promise<void> {
  try {
    await counter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
    throw problem('too-many-attempts', 'too many failed sign-ins, try again later', {
      headers: { 'Retry-After': String(seconds) },
    });
  }
}
