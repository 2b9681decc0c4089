import { Type, type Static, type TObject } from '@sinclair/typebox';
import { baseSettings, readConfig } from '@naru/kernel';

const url = Type.String({ pattern: '^http://[^/]+$' });

const settings = {
  ...baseSettings,
  USER_SERVICE_URL: url,
  BOARD_SERVICE_URL: url,
  POINT_SERVICE_URL: url,
  ORDER_SERVICE_URL: url,
  PRODUCT_SERVICE_URL: url,
  PAYMENT_SERVICE_URL: url,
  CATALOG_SERVICE_URL: url,
  REDIS_URL: Type.String({ pattern: '^rediss?://.+' }),
  /** Requests that one user, or one address without a user, may make in each window. */
  RATE_LIMIT_POINTS: Type.Integer({ minimum: 1, default: 20_000 }),
  RATE_LIMIT_SECONDS: Type.Integer({ minimum: 1, maximum: 3600, default: 60 }),
  /** From the request's arrival to the first byte of the service's answer; longer than a service waits for a lock. */
  UPSTREAM_DEADLINE_MS: Type.Integer({ minimum: 100, maximum: 60_000, default: 15_000 }),
};

export type GatewayConfig = Static<TObject<typeof settings>>;

/** @throws ConfigError */
export function gatewayConfig(env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  return readConfig(settings, env);
}
