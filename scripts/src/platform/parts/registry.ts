import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Apicurio } from '../fetch/apicurio';
import type { PartRecipe } from '../process/process-part';
import { plainEnvironment } from './plain-environment';

/** A quarter of a minute as a rule; minutes where others take the processors. */
const READY_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 20_000;
const HEAP_MB = 256;

export interface RegistryContext {
  readonly port: number;
  /** Where it says how it is, which it does not on the other port. */
  readonly healthPort: number;
  readonly directory: string;
  readonly logFile: string;
  program(): Promise<Apicurio>;
}

/** Where a registry's Confluent-compatible API is. */
export function registryUrl(port: number): string {
  return `http://127.0.0.1:${port}/apis/ccompat/v7`;
}

/** How the schema registry is run. Its database is a file, so that ids outlive it. */
export function registryRecipe(context: RegistryContext): PartRecipe {
  const { port, healthPort, directory } = context;
  return {
    name: 'registry',
    ports: [port, healthPort],
    logFile: context.logFile,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    async command() {
      const { java, directory: program, starter } = await context.program();
      mkdirSync(directory, { recursive: true });
      const collector = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
      return {
        file: java.executable,
        parameters: [`-Xmx${HEAP_MB}m`, '-XX:MaxMetaspaceSize=192m', ...collector, '-jar', starter],
        environment: {
          ...plainEnvironment(),
          MALLOC_ARENA_MAX: '2',
          QUARKUS_HTTP_HOST: '127.0.0.1',
          QUARKUS_HTTP_PORT: String(port),
          QUARKUS_MANAGEMENT_HOST: '127.0.0.1',
          QUARKUS_MANAGEMENT_PORT: String(healthPort),
          QUARKUS_LOG_LEVEL: 'WARN',
          QUARKUS_HTTP_ACCESS_LOG_ENABLED: 'false',
          APICURIO_STORAGE_KIND: 'sql',
          APICURIO_STORAGE_SQL_KIND: 'h2',
          // Without a delay: an id that was answered and then forgotten would be given to another schema.
          APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(directory, 'registry')};WRITE_DELAY=0`,
        },
        workingDirectory: program,
      };
    },
    async probe(signal) {
      const answer = await fetch(`http://127.0.0.1:${healthPort}/health/ready`, { signal });
      await answer.body?.cancel();
      return answer.ok;
    },
  };
}
