import {
  createRedis,
  createTokenVerifier,
  loadSigningKeys,
  type MessagingAssembly,
  type MessagingKernel,
} from '@naru/kernel';
import { userRoutes } from './api';
import type { UserConfig } from './config';
import { handlers } from './consumers';
import { createHashQueue } from './hash-queue';
import { createLoginThrottle } from './login-throttle';
import { createUserMetrics } from './metrics';
import { createPasswords } from './passwords';
import { userReplay } from './replay';
import { createRevocations } from './revocations';
import { createSignUpPoints } from './sign-up-points';

/** Puts the user service together. */
export function composeUser(
  config: UserConfig,
  { database, outbox, log, shadow, ...kernel }: MessagingKernel,
): MessagingAssembly {
  const metrics = createUserMetrics(kernel.metrics);
  // Only requests need Redis; what is replayed are events.
  const isLazy = shadow !== undefined;
  const redis = createRedis(config.REDIS_URL, (error) => log.warn({ error: error.message }, 'redis'), isLazy);
  const tokens = loadSigningKeys(config.JWT_KEYS_FILE, (error) => log.error({ err: error }, 'signing keys'));
  const revocations = createRevocations({ database, redis, log, clock: Date.now });
  const queue = createHashQueue({
    runningMax: config.PASSWORD_HASHES_MAX,
    waitingMax: config.PASSWORD_QUEUE_MAX,
    onRunning: () => metrics.hashes.inc(),
    onWaiting: (count) => metrics.hashesWaiting.set(count),
    onRefused: () => metrics.hashesRefused.inc(),
  });
  const routes = userRoutes({
    database,
    outbox,
    metrics,
    tokens,
    revocations,
    verifier: createTokenVerifier({ fetchJwks: async () => tokens.jwks(), clock: Date.now }),
    passwords: createPasswords(
      { memory_KiB: config.PASSWORD_MEMORY_KIB, passes: config.PASSWORD_PASSES },
      queue,
    ),
    grantPoints: createSignUpPoints(config.POINT_SERVICE_URL, metrics, log),
    throttle: createLoginThrottle(redis, {
      pairFailuresMax: config.LOGIN_PAIR_FAILURES_MAX,
      networkFailuresMax: config.LOGIN_NETWORK_FAILURES_MAX,
      accountFailuresMax: config.LOGIN_ACCOUNT_FAILURES_MAX,
      window_s: config.LOGIN_WINDOW_S,
      knownNetwork_s: config.LOGIN_KNOWN_NETWORK_S,
    }),
    tokenTtl_s: config.TOKEN_TTL_S,
  });
  const parts = [revocations, { stop: async () => redis.disconnect() }];
  return { routes, handlers, parts, replay: userReplay };
}
