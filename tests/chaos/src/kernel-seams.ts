import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { createConsumer, createKafkaBroker, execute, transaction } from '@naru/kernel';

/**
 * The kernel's compiled modules whose exports can be replaced before a service calls them: compiled code looks an
 * import up in its module at each call, so production code needs no switch for faults.
 */
export interface KernelSeams {
  readonly database: { transaction: typeof transaction; execute: typeof execute };
  readonly broker: { createKafkaBroker: typeof createKafkaBroker };
  readonly consumer: { createConsumer: typeof createConsumer };
}

export function kernelSeams(): KernelSeams {
  const load = createRequire(__filename);
  const kernel = dirname(load.resolve('@naru/kernel'));
  return {
    database: load(join(kernel, 'database/database.js')) as KernelSeams['database'],
    broker: load(join(kernel, 'messaging/kafka-broker.js')) as KernelSeams['broker'],
    consumer: load(join(kernel, 'messaging/consumer.js')) as KernelSeams['consumer'],
  };
}
