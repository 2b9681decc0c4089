export { PlatformError, reasonOf, type PlatformErrorCode } from './errors';
export { ensureBrowser, type Browser } from './fetch/browser';
export { platformPaths, repositoryDirectory, type PlatformPaths } from './paths';
export { DEFERRED_DOMAIN, REFUSED_DOMAIN } from './parts/mail-refusals';
export { freePortOffset, type PortReservation } from './port-reservation';
export type { PlatformPorts } from './ports';
export type { Secrets } from './secrets';
export { BROKERS_DEFAULT } from './running-platform';
export {
  runningDatabaseRootUrl,
  runningDatabaseUrl,
  runningJwtKeysFile,
  runningKafkaBrokers,
  runningMailWebUrl,
  runningSchemaRegistryUrl,
} from './running-service';
export { startPlatform } from './start-platform';
export { runningPlatform, type PlatformState, type RecordedPart } from './state-file';
export {
  infrastructure,
  observers,
  registries,
  type Infrastructure,
  type PartHandle,
  type PartState,
  type Platform,
  type PlatformOptions,
  type PlatformUrls,
  type Progress,
  type ProgressPhase,
} from './types';
export { waitUntil, type WaitOptions } from './wait-until';
