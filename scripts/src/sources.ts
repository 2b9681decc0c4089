import type { ServiceName } from '@naru/contracts';
import { encodingSettings, kafkaAccess, kafkaSettings, readConfig, type KafkaAccess } from '@naru/kernel';

import { UsageError, type Values } from './arguments';
import {
  runningDatabaseUrl,
  runningKafkaBrokers,
  runningMailWebUrl,
  runningSchemaRegistryUrl,
} from './platform';
import { databaseName, servicesWithDatabase } from './platform/service-environment';

/** Where a command finds the running Naru that it looks at or mends. */
export interface Sources {
  kafka(): KafkaAccess;
  /** @throws PlatformError or UsageError when no such service has a database */
  databaseUrl(service: string | undefined): string;
  mailWebUrl(): string | undefined;
  schemaRegistryUrl(): string | undefined;
}

const directoryFlag = { directory: { value: 'D', help: 'the directory of the platform' } } as const;

const databaseFlag = {
  database: {
    value: 'URL',
    help: 'mysql://user:password@host:port that may enter every naru_<service>; {service} in it stands for the name; or DATABASE_URL',
  },
} as const;

/** Flags of a command that looks at databases only. */
export const databaseSourceFlags = { ...directoryFlag, ...databaseFlag } as const;

/** Flags of a command that looks at Kafka too. */
export const sourceFlags = {
  ...databaseSourceFlags,
  brokers: {
    value: 'LIST',
    help: 'host:port,… of another Kafka, with --database; or KAFKA_BROKERS, beside which KAFKA_CA_FILE, KAFKA_USERNAME and KAFKA_PASSWORD count',
  },
} as const;

type Given = Values<typeof sourceFlags> & { readonly mail?: string };

/** The platform on a directory, unless flags or, without any of them, the environment name another Naru. */
export function sourcesOf(given: Given, environment: NodeJS.ProcessEnv = process.env): Sources {
  const isElsewhere = [given.brokers, given.database, given.mail].some((flag) => flag !== undefined);
  if (isElsewhere && given.directory !== undefined)
    throw new UsageError('either --directory, or --brokers and --database');
  const { DATABASE_URL, KAFKA_BROKERS } = environment;
  const isNamed = DATABASE_URL !== undefined || KAFKA_BROKERS !== undefined;
  if (given.directory !== undefined || !(isElsewhere || isNamed)) return localSources(given.directory);
  return remoteSources(given, environment);
}

function localSources(directory: string | undefined): Sources {
  return {
    kafka: () => ({ brokers: runningKafkaBrokers(directory).split(',') }),
    databaseUrl: (service) => runningDatabaseUrl(service, directory),
    mailWebUrl: () => runningMailWebUrl(directory),
    schemaRegistryUrl: () => runningSchemaRegistryUrl(directory),
  };
}

function remoteSources(given: Given, environment: NodeJS.ProcessEnv): Sources {
  const { brokers = environment['KAFKA_BROKERS'], database = environment['DATABASE_URL'] } = given;
  return {
    kafka() {
      if (brokers === undefined) throw new UsageError('which Kafka? --brokers or KAFKA_BROKERS');
      return kafkaAccess(readConfig(kafkaSettings, { ...environment, KAFKA_BROKERS: brokers }));
    },
    databaseUrl(service) {
      const name = servicesWithDatabase.find((known) => known === service);
      if (!name) throw new UsageError(`--service is one of ${servicesWithDatabase.join(', ')}`);
      if (database === undefined) throw new UsageError('which database? --database or DATABASE_URL');
      return databaseUrlOn(database, name);
    },
    mailWebUrl: () => given.mail ?? environment['MAIL_WEB_URL'],
    schemaRegistryUrl: () => readConfig(encodingSettings, environment).SCHEMA_REGISTRY_URL,
  };
}

/** One server for all databases, or, by `{service}` in the host's name, one for each. */
function databaseUrlOn(server: string, service: ServiceName): string {
  const url = server.replaceAll('{service}', service);
  if (!/^mysql:\/\/[^/]/.test(url) || !URL.canParse(url))
    throw new UsageError('--database is not of the form mysql://user:password@host:port');
  return Object.assign(new URL(url), { pathname: `/${databaseName(service)}` }).toString();
}
