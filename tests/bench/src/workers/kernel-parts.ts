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

/** Services have this many connections unless configured otherwise. */
const POOL_MAX = 20;

/** What a service's process is made of, as services/kernel/src/service.ts puts it together, log level included. */
export function kernelParts(name: string, { brokers, databaseUrl, topic }: Place) {
  startTracing(name, name);
  const log = createLog('bench', name, 'info');
  const contracts = benchContracts(topic);
  return {
    log,
    contracts,
    codec: createCodec(contracts),
    metrics: createMetrics(name),
    database: createDatabase(databaseUrl, POOL_MAX),
    broker: createKafkaBroker({ clientId: name, brokers: brokers.split(','), log }),
  };
}
