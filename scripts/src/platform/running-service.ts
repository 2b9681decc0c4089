import { PlatformError } from './errors';
import { jwtKeysFile } from './jwt-keys';
import { rootUrl } from './parts/database';
import { registryUrl } from './parts/registry';
import { platformPaths } from './paths';
import { portsFor } from './ports';
import { loadSecrets } from './secrets';
import { databaseUrl, kafkaBrokers, servicesWithDatabase } from './service-environment';
import { runningPlatform, type PlatformState } from './state-file';

/** The database URL of a service of the platform that is running on a directory. */
export function runningDatabaseUrl(service: string | undefined, directory: string | undefined): string {
  const name = servicesWithDatabase.find((known) => known === service);
  if (!name) {
    const fix = `--service is one of ${servicesWithDatabase.join(', ')}`;
    throw new PlatformError('SERVICE_UNKNOWN', `${service ?? 'no service'} has no outbox`, fix);
  }
  const state = stateOf(directory);
  const secrets = loadSecrets(platformPaths(directory).secrets, servicesWithDatabase);
  return databaseUrl({ ports: portsFor(state.portOffset), secrets }, name);
}

/** The database server of the platform that is running on a directory, as its administrator. */
export function runningDatabaseRootUrl(directory: string | undefined): string {
  const { portOffset } = stateOf(directory);
  const { databasePasswords } = loadSecrets(platformPaths(directory).secrets, []);
  return rootUrl(portsFor(portOffset).database, databasePasswords['root']!);
}

/** The signing keys of the platform that is running on a directory. */
export function runningJwtKeysFile(directory: string | undefined): string {
  stateOf(directory);
  return jwtKeysFile(platformPaths(directory).secrets);
}

/** The bootstrap list of the platform that is running on a directory. */
export function runningKafkaBrokers(directory: string | undefined): string {
  const { parts, portOffset } = stateOf(directory);
  const brokers = parts.filter(({ name }) => /^broker-\d+$/.test(name)).length;
  return kafkaBrokers(portsFor(portOffset), brokers);
}

/** The web address of the mail catcher of the platform that is running on a directory, if it has one. */
export function runningMailWebUrl(directory: string | undefined): string | undefined {
  const { parts, portOffset } = stateOf(directory);
  const hasMail = parts.some(({ name }) => name === 'mail');
  return hasMail ? `http://127.0.0.1:${portsFor(portOffset).mailWeb}` : undefined;
}

/** The schema registry's API of the platform that is running on a directory, if it has one. */
export function runningSchemaRegistryUrl(directory: string | undefined): string | undefined {
  const { parts, portOffset } = stateOf(directory);
  const hasRegistry = parts.some(({ name }) => name === 'registry');
  return hasRegistry ? registryUrl(portsFor(portOffset).registry) : undefined;
}

function stateOf(directory: string | undefined): PlatformState {
  const paths = platformPaths(directory);
  const state = runningPlatform(paths);
  if (!state)
    throw new PlatformError('NOT_RUNNING', `no platform is running on ${paths.directory}`, 'npm start');
  return state;
}
