import { Type, type Static, type TObject, type TString } from '@sinclair/typebox';
import type { ServiceName } from '@naru/contracts';
import { baseSettings, ConfigError, encodingSettings, kafkaSettings, readConfig } from '@naru/kernel';
import { servicesWithDatabase } from '@naru/operations';

/** `USER_DATABASE_URL` and so on: each service's own database, with its own account. */
export function databaseVariable(service: ServiceName): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_DATABASE_URL`;
}

const databaseSettings = Object.fromEntries(
  servicesWithDatabase.map((name) => [databaseVariable(name), Type.String({ pattern: '^mysql://.+' })]),
) as Record<string, TString>;

const settings = {
  ...baseSettings,
  ...kafkaSettings,
  SCHEMA_REGISTRY_URL: encodingSettings.SCHEMA_REGISTRY_URL,
  /** Whoever has it may change things. */
  OPERATOR_TOKEN: Type.String({ minLength: 16 }),
  /** Hosts that a browser may know the console by, besides the loopback's names; separated by commas. */
  CONSOLE_HOSTS: Type.String({ default: '', pattern: '^[a-z0-9.,-]*$' }),
  /** `name=url,…` of the instances whose readiness is asked; without it instances are the groups' members. */
  INSTANCE_URLS: Type.String({
    default: '',
    pattern: '^$|^[a-z0-9-]+=http://[^,\\s]+(,[a-z0-9-]+=http://[^,\\s]+)*$',
  }),
  /** Where the mail catcher's web page is; the audit counts copies of mails by it. */
  MAIL_WEB_URL: Type.Optional(Type.String({ pattern: '^http://.+' })),
  /** Whether to tell of Kafka under the names of Kafka Exporter, which a cluster has of its own. */
  KAFKA_EXPORTER_METRICS: Type.Boolean({ default: false }),
  /** The socket by which the local platform lets its parts be broken. */
  CONTROL_SOCKET: Type.Optional(Type.String({ minLength: 1 })),
  /** The Kubernetes namespace whose pods may be deleted; a development one. */
  CHAOS_NAMESPACE: Type.Optional(Type.String({ minLength: 1 })),
};

/** Named after what is declared; the databases are in a map of their own. */
export type ConsoleConfig = Static<TObject<typeof settings>> & {
  readonly databaseUrls: ReadonlyMap<ServiceName, string>;
};

/** @throws ConfigError naming every setting that is missing or wrong */
export function consoleConfig(env: NodeJS.ProcessEnv = process.env): ConsoleConfig {
  const config = readConfig({ ...settings, ...databaseSettings }, env) as Static<TObject<typeof settings>> &
    Record<string, string>;
  if (config.CONTROL_SOCKET !== undefined && config.CHAOS_NAMESPACE !== undefined)
    throw new ConfigError(['CONTROL_SOCKET and CHAOS_NAMESPACE are for different places']);
  const databaseUrls = new Map(
    servicesWithDatabase.map((name) => [name, config[databaseVariable(name)] as string] as const),
  );
  return { ...config, databaseUrls };
}
