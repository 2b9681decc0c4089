import { services as declaredServices, type ServiceName } from '@naru/contracts';

import { instancesOf } from './instances';
import type { PlatformPorts } from './ports';
import type { Secrets } from './secrets';

export interface EnvironmentSource {
  readonly ports: PlatformPorts;
  readonly brokers: number;
  readonly secrets: Secrets;
  readonly jwtKeysFile: string;
  /** The services that run, of which the console shows the instances. */
  readonly running?: readonly ServiceName[] | undefined;
  /** Read by what stands in for systems that are not Naru's. */
  readonly faultsFile?: string | undefined;
  /** The schema registry's API, where there is one. */
  readonly schemaRegistryUrl?: string | undefined;
  readonly encoding?: 'json' | 'avro' | undefined;
  /** Where the platform lets its parts be broken. */
  readonly controlSocket?: string | undefined;
  readonly extra?: Readonly<Partial<Record<ServiceName | '*', Readonly<Record<string, string>>>>> | undefined;
}

const allServices = Object.keys(declaredServices) as ServiceName[];

/** Services that own a database; its name and its account are both `naru_<service>`. */
export const servicesWithDatabase: readonly ServiceName[] = allServices.filter(
  (name) => declaredServices[name].database,
);

export function databaseName(service: ServiceName): string {
  return `naru_${service.replaceAll('-', '_')}`;
}

/** Such as `email-2`; the first instance has its number too. */
export function instanceName(service: ServiceName, instance: number): string {
  return `${service}-${instance}`;
}

/** Comma-separated bootstrap list. */
export function kafkaBrokers(ports: PlatformPorts, brokers: number): string {
  return ports.brokers
    .slice(0, brokers)
    .map((port) => `127.0.0.1:${port}`)
    .join(',');
}

/** The whole environment of one instance of a service; `extra` wins. */
export function serviceEnvironment(
  source: EnvironmentSource,
  service: ServiceName,
  instance: number,
): Record<string, string> {
  const { ports, secrets, extra } = source;
  return {
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(ports.service(service, instance)),
    ROLES: declaredServices[service].roles.join(','),
    INSTANCE: instanceName(service, instance),
    KAFKA_BROKERS: kafkaBrokers(ports, source.brokers),
    ...(declaredServices[service].database && { DATABASE_URL: databaseUrl(source, service) }),
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
    SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    JWT_KEYS_FILE: source.jwtKeysFile,
    HMAC_SECRET: secrets.hmacSecret,
    OPERATOR_TOKEN: secrets.operatorToken,
    MIGRATE_ON_START: 'true',
    LOG_LEVEL: 'info',
    ...Object.fromEntries(allServices.map((name) => [serviceUrlVariable(name), serviceUrl(ports, name)])),
    ...(source.faultsFile !== undefined && { PROVIDER_FAULTS_FILE: source.faultsFile }),
    ...(source.schemaRegistryUrl !== undefined && { SCHEMA_REGISTRY_URL: source.schemaRegistryUrl }),
    EVENT_ENCODING: source.encoding ?? 'json',
    ...(declaredServices[service].isOperator && operatorEnvironment(source)),
    ...extra?.['*'],
    ...extra?.[service],
  };
}

/** What the console needs besides: it looks at every service, and has the platform break some of it. */
function operatorEnvironment(source: EnvironmentSource): Record<string, string> {
  const { ports, running = [], controlSocket } = source;
  const shown = running.filter((name) => !declaredServices[name].isOperator);
  const urls = instancesOf(shown).map(
    ({ service, instance }) => `${instanceName(service, instance)}=${serviceUrl(ports, service, instance)}`,
  );
  const databases = servicesWithDatabase.map((name) => [
    `${name.replaceAll('-', '_').toUpperCase()}_DATABASE_URL`,
    databaseUrl(source, name),
  ]);
  return {
    ...(Object.fromEntries(databases) as Record<string, string>),
    INSTANCE_URLS: urls.join(','),
    MAIL_WEB_URL: `http://127.0.0.1:${ports.mailWeb}`,
    KAFKA_EXPORTER_METRICS: 'true',
    ...(controlSocket !== undefined && { CONTROL_SOCKET: controlSocket }),
  };
}

/** Where an instance of a service listens. */
export function serviceUrl(ports: PlatformPorts, service: ServiceName, instance = 1): string {
  return `http://127.0.0.1:${ports.service(service, instance)}`;
}

function serviceUrlVariable(service: ServiceName): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_SERVICE_URL`;
}

/** A service's own database, with its own account. */
export function databaseUrl(
  { ports, secrets }: Pick<EnvironmentSource, 'ports' | 'secrets'>,
  service: ServiceName,
): string {
  const account = databaseName(service);
  return `mysql://${account}:${secrets.databasePasswords[account]}@127.0.0.1:${ports.database}/${account}`;
}
