import { operations, type Operation, type ServiceName } from '@naru/contracts';
import { createRedis, createTokenVerifier, type HttpAssembly, type Log } from '@naru/kernel';
import { createAdmission } from './admission';
import type { GatewayConfig } from './config';
import { documentationRoutes } from './documentation';
import { createKeySource } from './key-source';
import { createProxy } from './proxy';
import { createLedger } from './ledger';
import { createRateLimit } from './rate-limit';
import { createRevocations } from './revocations';
import { routeTo } from './route-to';

/** Puts the gateway together: every operation that is not internal becomes a route to its service. */
export function composeGateway(config: GatewayConfig, log: Log): HttpAssembly {
  const baseUrls: Partial<Record<ServiceName, string>> = {
    user: config.USER_SERVICE_URL,
    board: config.BOARD_SERVICE_URL,
    point: config.POINT_SERVICE_URL,
    order: config.ORDER_SERVICE_URL,
    product: config.PRODUCT_SERVICE_URL,
    payment: config.PAYMENT_SERVICE_URL,
    catalog: config.CATALOG_SERVICE_URL,
  };
  const redis = createRedis(config.REDIS_URL, (error) => log.warn({ error: error.message }, 'redis'));
  const verifier = createTokenVerifier({
    fetchJwks: createKeySource(config.USER_SERVICE_URL, redis, log),
    clock: Date.now,
  });
  const admission = createAdmission({
    verifier,
    enter: createLedger(redis, config.RATE_LIMIT_SECONDS),
    limit: createRateLimit(config.RATE_LIMIT_POINTS, config.RATE_LIMIT_SECONDS),
    isRevoked: createRevocations(config.USER_SERVICE_URL),
  });
  const proxy = createProxy(config.UPSTREAM_DEADLINE_MS);

  const exposed = Object.values<Operation>(operations).filter(({ access }) => access !== 'internal');
  const routes = exposed.map((operation) => {
    const baseUrl = baseUrls[operation.service];
    if (!baseUrl)
      throw new Error(`${operation.id} is exposed, but the gateway has no URL of ${operation.service}`);
    return routeTo(operation, baseUrl, admission, proxy);
  });
  return {
    routes: [...routes, ...documentationRoutes()],
    parts: [
      {
        // Not waited for: the gateway is ready as soon as it listens, whoever else is still starting.
        start: async () => void verifier.warmUp(),
        stop: async () => {
          proxy.close();
          redis.disconnect();
        },
      },
    ],
  };
}
