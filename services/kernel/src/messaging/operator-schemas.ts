import type { Connection } from '../database/database';
import { createLog } from '../log';
import { createSchemaKeeper, type KnownSchemas } from './known-schemas';
import { createSchemaRegistry } from './schema-registry';
import { keptSchema } from './schema-store';

/**
 * Schemas for who looks at a running Naru from outside: what its services keep, and the registry where that is not enough.
 * So records are readable while the registry is away.
 * @param databases of the services; one that does not answer is passed over
 * @param registryUrl undefined where no registry is named
 */
export function createOperatorSchemas(
  databases: () => Iterable<Connection>,
  registryUrl: string | undefined,
): KnownSchemas {
  const registry = registryUrl === undefined ? undefined : createSchemaRegistry(registryUrl);
  const nobody = createSchemaKeeper({ registry, store: keepsNothing, log });
  return createSchemaKeeper({
    registry: {
      async schema(id) {
        for (const database of databases()) {
          const text = await keptSchema(database, id).catch(() => undefined);
          if (text !== undefined) return text;
        }
        await nobody.fetch(new Map([[id, '']]));
        return nobody.text(id);
      },
      register: () => Promise.reject(new Error('an operator registers nothing')),
    },
    store: keepsNothing,
    log,
  });
}

const keepsNothing = { load: async () => [], save: async () => undefined };
const log = createLog('schemas', 'operator', 'silent');
