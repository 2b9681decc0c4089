import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

import type { ServerProgram } from '../fetch/server-programs';
import type { PartRecipe } from '../process/process-part';
import { plainEnvironment } from './plain-environment';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
/** Also how long a scrape may take: the console asks Kafka first, which may take seconds when brokers are down. */
const INTERVAL_S = 10;
/** Whichever is reached first. */
const RETENTION = { time: '3d', size: '512MB' };
const QUERY = { timeout: '20s', concurrency: '4' };
const MEMORY_MIB = 384;

/** An instance of a service, as it is called in labels. */
export interface ScrapeTarget {
  readonly service: string;
  readonly instance: string;
  readonly port: number;
}

export interface PrometheusContext {
  readonly port: number;
  readonly directory: string;
  readonly logFile: string;
  readonly rulesFile: string;
  readonly targets: readonly ScrapeTarget[];
  program(): Promise<ServerProgram>;
}

/** How Prometheus is run: it scrapes every instance, and judges the alert rules. */
export function prometheusRecipe(context: PrometheusContext): PartRecipe {
  const url = `http://127.0.0.1:${context.port}`;
  return {
    name: 'prometheus',
    ports: [context.port],
    logFile: context.logFile,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    async command() {
      const program = await context.program();
      mkdirSync(context.directory, { recursive: true });
      const configuration = join(context.directory, 'prometheus.yml');
      writeFileSync(configuration, prometheusConfiguration(context));
      // Debian keeps what the web page is made of beside the program rather than in it.
      const page = join(program.baseDirectory, 'share/prometheus/web');
      return {
        file: program.executable,
        parameters: [
          `--config.file=${configuration}`,
          `--web.listen-address=127.0.0.1:${context.port}`,
          `--web.external-url=${url}`,
          // No page of another site may read what is measured.
          `--web.cors.origin=${url}`,
          ...(existsSync(page) ? [`--web.local-assets=${page}`] : []),
          `--storage.tsdb.path=${join(context.directory, 'series')}`,
          `--storage.tsdb.retention.time=${RETENTION.time}`,
          `--storage.tsdb.retention.size=${RETENTION.size}`,
          `--query.timeout=${QUERY.timeout}`,
          `--query.max-concurrency=${QUERY.concurrency}`,
        ],
        environment: {
          ...plainEnvironment(),
          ...program.environment,
          GOMEMLIMIT: `${MEMORY_MIB}MiB`,
          GOMAXPROCS: '2',
        },
        workingDirectory: context.directory,
      };
    },
    async probe(signal) {
      const answer = await fetch(`${url}/-/ready`, { signal });
      await answer.body?.cancel();
      return answer.ok;
    },
  };
}

/** The file that says what is scraped, under the labels that dashboards and alerts go by. */
export function prometheusConfiguration({
  rulesFile,
  targets,
}: Pick<PrometheusContext, 'rulesFile' | 'targets'>): string {
  const interval = `${INTERVAL_S}s`;
  return stringify({
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [rulesFile],
    scrape_configs: [
      {
        job_name: 'naru',
        // Services name themselves, the same as here; without this theirs would become `exported_service`.
        honor_labels: true,
        static_configs: targets.map(({ service, instance, port }) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { service, instance },
        })),
      },
    ],
  });
}
