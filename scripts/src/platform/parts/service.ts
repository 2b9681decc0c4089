import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { PlatformError } from '../errors';
import type { PartRecipe } from '../process/process-part';
import { plainEnvironment } from './plain-environment';

const READY_TIMEOUT_MS = 60_000;
// A service drains for at most 25 s by itself.
const STOP_TIMEOUT_MS = 30_000;
const HEAP_MB = 256;

export interface ServiceContext {
  readonly service: string;
  /** Such as `email-2`. */
  readonly instanceName: string;
  readonly port: number;
  readonly repository: string;
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How an instance of one of Naru's services is run. */
export function serviceRecipe(context: ServiceContext): PartRecipe {
  const main = join(context.repository, 'services', context.service, 'dist', 'main.js');
  return {
    name: context.instanceName,
    ports: [context.port],
    logFile: context.logFile,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    async command() {
      if (!existsSync(main)) {
        throw new PlatformError('PART_MISSING', `${context.instanceName}: ${main} is missing`, 'npx tsc -b');
      }
      return {
        file: process.execPath,
        parameters: [`--max-old-space-size=${HEAP_MB}`, '--enable-source-maps', main],
        environment: { ...plainEnvironment(), ...context.environment },
        workingDirectory: context.repository,
      };
    },
    async probe(signal) {
      const answer = await fetch(`http://127.0.0.1:${context.port}/health/ready`, { signal });
      await answer.body?.cancel();
      if (answer.status === 200) return true;
      throw new Error(`/health/ready answers ${answer.status}`);
    },
  };
}
