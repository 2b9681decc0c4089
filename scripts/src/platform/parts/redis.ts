import { mkdirSync } from 'node:fs';

import type { ServerProgram } from '../fetch/server-programs';
import type { PartRecipe } from '../process/process-part';
import { plainEnvironment } from './plain-environment';
import { firstAnswer } from './tcp-probe';

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const MEMORY_MB = 128;

export interface RedisContext {
  readonly port: number;
  readonly directory: string;
  readonly logFile: string;
  program(): Promise<ServerProgram>;
}

/** How Redis is run: an append-only file synced each second, and no eviction, for its keys are reservations. */
export function redisRecipe(context: RedisContext): PartRecipe {
  return {
    name: 'redis',
    ports: [context.port],
    logFile: context.logFile,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    async command() {
      const program = await context.program();
      mkdirSync(context.directory, { recursive: true });
      const settings = {
        bind: '127.0.0.1',
        port: String(context.port),
        dir: context.directory,
        save: '',
        appendonly: 'yes',
        appendfsync: 'everysec',
        maxmemory: `${MEMORY_MB}mb`,
        'maxmemory-policy': 'noeviction',
      };
      return {
        file: program.executable,
        parameters: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
        environment: { ...plainEnvironment(), ...program.environment },
        workingDirectory: context.directory,
      };
    },
    probe: async (signal) => (await firstAnswer(context.port, 'PING\r\n', signal)).startsWith('+PONG'),
  };
}
