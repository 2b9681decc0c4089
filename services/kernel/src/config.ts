import { accessSync, constants } from 'node:fs';
import { Type, type Static, type TObject, type TProperties } from '@sinclair/typebox';
import Ajv, { type ErrorObject } from 'ajv';
import type { KafkaAccess } from './messaging/kafka-client';

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
  /** Where spans go by OTLP over HTTP, without /v1/traces; without it there are trace ids, but no spans. */
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://[^\\s]+$' })),
};

/** How Kafka is reached, by services and by the operator's commands. */
export const kafkaSettings = {
  KAFKA_BROKERS: Type.String({ pattern: '^[^,\\s]+(,[^,\\s]+)*$' }),
  /** PEM file of the brokers' certificate authority; with it the connection is TLS. */
  KAFKA_CA_FILE: Type.Optional(Type.String({ minLength: 1 })),
  /** With these the client signs in by SCRAM-SHA-512. */
  KAFKA_USERNAME: Type.Optional(Type.String({ minLength: 1 })),
  KAFKA_PASSWORD: Type.Optional(Type.String({ minLength: 1 })),
};

/** How events are written, and who knows the schemas that Avro records were written by. */
export const encodingSettings = {
  EVENT_ENCODING: Type.Union([Type.Literal('json'), Type.Literal('avro')], { default: 'json' }),
  /** Confluent-compatible API; with `json` it is for reading what others write as Avro. */
  SCHEMA_REGISTRY_URL: Type.Optional(Type.String({ pattern: '^https?://[^\\s/]+(/[^\\s?#]*)?$' })),
};

/** Settings that are of no use without another, wherever they occur. */
const companions = { KAFKA_USERNAME: ['KAFKA_PASSWORD'], KAFKA_PASSWORD: ['KAFKA_USERNAME'] };

/** Avro cannot be written without ids, which only the registry gives. */
const avroNeedsRegistry = {
  if: { properties: { EVENT_ENCODING: { const: 'avro' } }, required: ['EVENT_ENCODING'] },
  then: { required: ['SCHEMA_REGISTRY_URL'] },
};

/** Settings of a service with a database and a broker. */
export const messagingSettings = {
  ...baseSettings,
  ...kafkaSettings,
  ...encodingSettings,
  DATABASE_URL: Type.String({ pattern: '^mysql://.+' }),
  DATABASE_POOL_MAX: Type.Integer({ minimum: 2, maximum: 200, default: 20 }),
  MIGRATE_ON_START: Type.Boolean({ default: false }),
  /** Hex; keys the fingerprints of idempotent requests, so that no password is stored. */
  HMAC_SECRET: Type.String({ pattern: '^[0-9a-f]{32,}$' }),
  /** Published outbox rows are kept this long, in seconds. */
  OUTBOX_RETENTION_S: Type.Integer({ minimum: 0, default: 24 * 60 * 60 }),
};

export type BaseConfig = Static<TObject<typeof baseSettings>>;
export type KafkaConfig = Static<TObject<typeof kafkaSettings>>;
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
  const schema = Type.Object(properties, { dependencies: companions, ...avroNeedsRegistry });
  const values = Object.fromEntries(Object.keys(properties).map((name) => [name, env[name]]));
  const validate = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true }).compile(schema);
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  if (validate(given)) return given as Static<TObject<P>>;
  // "if" only says that its "then" has failed, which says so itself.
  const problems = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(problemOf);
  throw new ConfigError([...new Set(problems)]);
}

function problemOf({ keyword, instancePath, schemaPath, params, message }: ErrorObject): string {
  if (schemaPath === '#/then/required')
    return `${params['missingProperty']} is missing beside EVENT_ENCODING=avro`;
  if (keyword === 'required') return `${params['missingProperty']} is missing`;
  if (keyword === 'dependencies')
    return `${params['missingProperty']} is missing beside ${params['property']}`;
  return `${instancePath.slice(1)} ${message ?? 'is wrong'}`;
}

/** @throws ConfigError when the file of certificates cannot be read: clients would only say that no broker answers */
export function kafkaAccess(config: KafkaConfig): KafkaAccess {
  const { KAFKA_BROKERS, KAFKA_CA_FILE: caFile, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = config;
  try {
    if (caFile !== undefined) accessSync(caFile, constants.R_OK);
  } catch (error) {
    throw new ConfigError([`KAFKA_CA_FILE cannot be read: ${(error as Error).message}`]);
  }
  const credentials = username !== undefined && password !== undefined ? { username, password } : undefined;
  return { brokers: KAFKA_BROKERS.split(','), caFile, credentials };
}
