import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicSpecifications } from '@naru/contracts';
import { startPlatform } from '@naru/scripts';
import type { Infrastructure } from './infrastructure';

/** Brokers, database server, Redis and mail catcher for tests, and the directory they live in. */
export interface StartedInfrastructure {
  readonly infrastructure: Infrastructure;
  /** Stops the servers and deletes what they wrote. */
  stop(): Promise<void>;
}

/** @throws PlatformError when a part does not come up */
export async function startInfrastructure(): Promise<StartedInfrastructure> {
  const directory = mkdtempSync(join(tmpdir(), 'naru-component-'));
  const platform = await startPlatform({ directory, portOffset: 'free', topics: topicSpecifications() });
  return {
    infrastructure: {
      directory: platform.directory,
      kafkaBrokers: platform.urls.kafkaBrokers,
      redisUrl: platform.urls.redis,
      smtpUrl: platform.urls.smtp,
      mailWebUrl: platform.urls.mailWeb,
      databaseRootUrl: platform.urls.databaseRoot,
      jwtKeysFile: platform.jwtKeysFile,
    },
    async stop() {
      await platform.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
