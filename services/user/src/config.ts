import { messagingSettings, readConfig } from '@naru/kernel';
import { Type, type Static, type TObject } from '@sinclair/typebox';

const settings = {
  ...messagingSettings,
  REDIS_URL: Type.String({ pattern: '^rediss?://.+' }),
  JWT_KEYS_FILE: Type.String({ minLength: 1 }),
  POINT_SERVICE_URL: Type.String({ pattern: '^http://[^/]+$' }),
  TOKEN_TTL_S: Type.Integer({ minimum: 1, maximum: 24 * 60 * 60, default: 60 * 60 }),

  /** Cost of argon2id: m and t of RFC 9106 (p is 1). The defaults are OWASP's. */
  PASSWORD_MEMORY_KIB: Type.Integer({ minimum: 8, maximum: 1024 * 1024, default: 19_456 }),
  PASSWORD_PASSES: Type.Integer({ minimum: 1, maximum: 16, default: 2 }),
  /** Hashes at once; each takes a thread of libuv's four, which DNS and files use too. */
  PASSWORD_HASHES_MAX: Type.Integer({ minimum: 1, maximum: 64, default: 2 }),
  /** Requests that wait for a hash; one more is answered 503. */
  PASSWORD_QUEUE_MAX: Type.Integer({ minimum: 0, maximum: 10_000, default: 64 }),

  /** Failed sign-ins count for this long. */
  LOGIN_WINDOW_S: Type.Integer({ minimum: 1, maximum: 24 * 60 * 60, default: 15 * 60 }),
  /** Failures of one account from one network. Under half of the account's, which one network must not use up alone. */
  LOGIN_PAIR_FAILURES_MAX: Type.Integer({ minimum: 1, default: 40 }),
  /** Failures from one network, whatever the account. */
  LOGIN_NETWORK_FAILURES_MAX: Type.Integer({ minimum: 1, default: 300 }),
  /** Failures of one account from all networks that it is not known from (NIST SP 800-63B, 5.2.2: at most 100). */
  LOGIN_ACCOUNT_FAILURES_MAX: Type.Integer({ minimum: 1, default: 100 }),
  /** How long a network that signed in is known. Below 2^31 ms, the longest timer that node has. */
  LOGIN_KNOWN_NETWORK_S: Type.Integer({ minimum: 1, maximum: 2_000_000, default: 14 * 24 * 60 * 60 }),
};

export type UserConfig = Static<TObject<typeof settings>>;

/** @throws ConfigError */
export function userConfig(env: NodeJS.ProcessEnv = process.env): UserConfig {
  return readConfig(settings, env);
}
