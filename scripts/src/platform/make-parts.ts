import { join } from 'node:path';

import type { ServiceName } from '@naru/contracts';

import { ensureApicurio, hasApicurio } from './fetch/apicurio';
import { hasKafkaJars } from './fetch/kafka-jars';
import {
  databaseSource,
  ensureServer,
  hasServer,
  prometheusSource,
  redisSource,
} from './fetch/server-programs';
import { instancesOf } from './instances';
import { repositoryDirectory, type PlatformPaths } from './paths';
import { brokerRecipe } from './parts/broker';
import { databaseRecipe } from './parts/database';
import { ensureKafkaPrograms } from './parts/kafka-programs';
import { mailRecipe } from './parts/mail';
import { prometheusRecipe } from './parts/prometheus';
import { redisRecipe } from './parts/redis';
import { registryRecipe } from './parts/registry';
import { serviceRecipe } from './parts/service';
import type { PlatformPorts } from './ports';
import type { PartRecipe } from './process/process-part';
import type { Secrets } from './secrets';
import { databaseName, instanceName, servicesWithDatabase } from './service-environment';
import type { Report } from './supervisor';
import type { Infrastructure } from './types';

/** The same that the umbrella chart gives to a cluster's Prometheus. */
const ALERT_RULES = 'charts/naru/alerts.yaml';

export interface Blueprint {
  readonly paths: PlatformPaths;
  readonly ports: PlatformPorts;
  readonly secrets: Secrets;
  readonly brokers: number;
  readonly services: readonly ServiceName[];
  readonly report: Report;
}

/** The recipes of the infrastructure, brokers first. */
export function infrastructureRecipes(blueprint: Blueprint, wanted: readonly Infrastructure[]): PartRecipe[] {
  const makers: Record<Infrastructure, () => PartRecipe[]> = {
    kafka: () => brokerRecipes(blueprint),
    database: () => [database(blueprint)],
    redis: () => [redis(blueprint)],
    mail: () => [mail(blueprint)],
    prometheus: () => [prometheus(blueprint)],
    registry: () => [registry(blueprint)],
  };
  return (Object.keys(makers) as Infrastructure[]).flatMap((part) =>
    wanted.includes(part) ? makers[part]() : [],
  );
}

/** The recipe of one instance of a service; all its instances write the same log. */
export function instanceRecipe(
  blueprint: Blueprint,
  service: ServiceName,
  instance: number,
  repository: string,
  environment: Record<string, string>,
): PartRecipe {
  return serviceRecipe({
    service,
    instanceName: instanceName(service, instance),
    port: blueprint.ports.service(service, instance),
    repository,
    logFile: join(blueprint.paths.logs, `${service}-service`, 'application.log'),
    environment,
  });
}

function brokerRecipes({ paths, ports, brokers, report }: Blueprint): PartRecipe[] {
  const programs = once(() => fetching('kafka', hasKafkaJars(), report, ensureKafkaPrograms));
  return Array.from({ length: brokers }, (_, index) =>
    brokerRecipe({
      nodeId: index + 1,
      brokers,
      ports,
      dataDirectory: join(paths.data, 'kafka'),
      logFile: platformLog(paths, `broker-${index + 1}`),
      programs,
    }),
  );
}

function database({ paths, ports, secrets, report }: Blueprint): PartRecipe {
  return databaseRecipe({
    port: ports.database,
    directory: join(paths.data, 'database'),
    logFile: platformLog(paths, 'database'),
    rootPassword: secrets.databasePasswords['root']!,
    accounts: servicesWithDatabase.map(databaseName).map((name) => ({
      database: name,
      account: name,
      password: secrets.databasePasswords[name]!,
    })),
    program: once(() =>
      fetching('database', hasServer(databaseSource), report, () => ensureServer(databaseSource)),
    ),
  });
}

function redis({ paths, ports, report }: Blueprint): PartRecipe {
  return redisRecipe({
    port: ports.redis,
    directory: join(paths.data, 'redis'),
    logFile: platformLog(paths, 'redis'),
    program: once(() => fetching('redis', hasServer(redisSource), report, () => ensureServer(redisSource))),
  });
}

function mail({ paths, ports }: Blueprint): PartRecipe {
  return mailRecipe({
    smtpPort: ports.smtp,
    webPort: ports.mailWeb,
    directory: join(paths.data, 'mail'),
    faultsFile: paths.faultsFile,
    logFile: platformLog(paths, 'mail'),
  });
}

function prometheus({ paths, ports, services, report }: Blueprint): PartRecipe {
  return prometheusRecipe({
    port: ports.prometheus,
    directory: join(paths.data, 'prometheus'),
    logFile: platformLog(paths, 'prometheus'),
    rulesFile: join(repositoryDirectory, ALERT_RULES),
    targets: instancesOf(services).map(({ service, instance }) => ({
      service,
      instance: instanceName(service, instance),
      port: ports.service(service, instance),
    })),
    program: once(() =>
      fetching('prometheus', hasServer(prometheusSource), report, () => ensureServer(prometheusSource)),
    ),
  });
}

function registry({ paths, ports, report }: Blueprint): PartRecipe {
  return registryRecipe({
    port: ports.registry,
    healthPort: ports.registryHealth,
    directory: paths.registryData,
    logFile: platformLog(paths, 'registry'),
    program: once(() => fetching('registry', hasApicurio(), report, ensureApicurio)),
  });
}

function platformLog(paths: PlatformPaths, name: string): string {
  return join(paths.logs, 'platform', `${name}.log`);
}

/** Says so when a part has to be fetched first, for that can take minutes. */
async function fetching<T>(
  part: string,
  present: boolean,
  report: Report,
  fetch: () => Promise<T>,
): Promise<T> {
  const since = performance.now();
  if (!present) report(part, 'fetching', 0);
  const result = await fetch();
  if (!present) report(part, 'fetched', performance.now() - since);
  return result;
}

/** Shares one result among callers; a failure is not kept, so that the next start tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= make().catch((error: unknown) => {
      result = undefined;
      throw error;
    });
    return result;
  };
}
