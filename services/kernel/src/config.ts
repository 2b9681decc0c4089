import { Type, type Static, type TObject, type TProperties } from '@sinclair/typebox';
import Ajv from 'ajv';

/** Settings that every service has; a service adds its own and reads all of them in its `config.ts`. */
export const baseSettings = {
  HTTP_HOST: Type.String({ default: '0.0.0.0' }),
  HTTP_PORT: Type.Integer({ minimum: 0, maximum: 65535 }),
  /** `api`, `consumer`, or both, separated by a comma. */
  ROLES: Type.String({ pattern: '^(api|consumer)(,(api|consumer))?$', default: 'api,consumer' }),
  /** Name of this process among the service's processes. */
  INSTANCE: Type.Optional(Type.String({ minLength: 1 })),
  LOG_LEVEL: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
  /** Without it spans are made, so that logs and problems carry trace ids, but not exported. */
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ minLength: 1 })),
};

/** Settings of a service with a database and a broker. */
export const messagingSettings = {
  ...baseSettings,
  DATABASE_URL: Type.String({ pattern: '^mysql://.+' }),
  DATABASE_POOL_MAX: Type.Integer({ minimum: 2, maximum: 200, default: 20 }),
  MIGRATE_ON_START: Type.Boolean({ default: false }),
  KAFKA_BROKERS: Type.String({ pattern: '^[^,\\s]+(,[^,\\s]+)*$' }),
  /** Hex; keys the fingerprints of idempotent requests, so that no password is stored. */
  HMAC_SECRET: Type.String({ pattern: '^[0-9a-f]{32,}$' }),
  /** Published outbox rows are kept this long, in seconds. */
  OUTBOX_RETENTION_S: Type.Integer({ minimum: 0, default: 24 * 60 * 60 }),
};

export type BaseConfig = Static<TObject<typeof baseSettings>>;
export type MessagingConfig = Static<TObject<typeof messagingSettings>>;

/** Missing or wrong settings, all of them at once. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads settings from environment variables, with numbers and booleans converted and defaults filled in.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function readConfig<P extends TProperties>(properties: P, env: NodeJS.ProcessEnv): Static<TObject<P>> {
  const schema = Type.Object(properties);
  const values = Object.fromEntries(Object.keys(properties).map((name) => [name, env[name]]));
  const validate = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true }).compile(schema);
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  if (validate(given)) return given as Static<TObject<P>>;
  const problems = (validate.errors ?? []).map((error) => {
    const name = error.instancePath.slice(1) || String(error.params['missingProperty'] ?? '');
    return error.keyword === 'required' ? `${name} is missing` : `${name} ${error.message ?? 'is wrong'}`;
  });
  throw new ConfigError([...new Set(problems)]);
}
