import {
  createCodec,
  createDatabase,
  createKafkaBroker,
  createLog,
  createMetrics,
  startTracing,
} from '@naru/kernel';
import { benchContracts } from '../events';
import type { Place } from '../stage';
import { noMetrics } from './no-metrics';

/** Services have this many connections unless configured otherwise. */
const POOL_MAX = 20;

export interface KernelOptions {
  /** Where spans go by OTLP; without it nowhere, as in a service that is not told. */
  readonly otlpEndpoint?: string | undefined;
  /** Takes the metrics out, which no service can do. */
  readonly withoutMetrics?: boolean | undefined;
}

/** What a service's process is made of, as services/kernel/src/service.ts puts it together, log level included. */
export function kernelParts(name: string, place: Place, options: KernelOptions = {}) {
  const { brokers, databaseUrl, topic } = place;
  startTracing(name, name, options.otlpEndpoint);
  const log = createLog('bench', name, 'info');
  const contracts = benchContracts(topic);
  return {
    log,
    contracts,
    codec: createCodec(contracts),
    metrics: options.withoutMetrics ? noMetrics() : createMetrics(name),
    database: createDatabase(databaseUrl, POOL_MAX),
    broker: createKafkaBroker({ clientId: name, brokers: brokers.split(','), log }),
  };
}
