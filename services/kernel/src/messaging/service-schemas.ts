import type { Database } from '../database/database';
import type { Log } from '../log';
import { writtenSchemas, type EventContracts } from './codec';
import { createSchemaKeeper, type SchemaKeeper } from './known-schemas';
import { createSchemaRegistry, SchemaRefusedError } from './schema-registry';
import { databaseSchemaStore } from './schema-store';

/**
 * The schemas that a service reads and writes by, kept in its own database.
 * @param registryUrl of a registry that speaks as Confluent's does; without one, what the database keeps is all there is
 */
export function serviceSchemas(
  contracts: EventContracts,
  name: string,
  registryUrl: string | undefined,
  { database, log }: { readonly database: Database; readonly log: Log },
): SchemaKeeper {
  return createSchemaKeeper({
    registry: registryUrl === undefined ? undefined : createSchemaRegistry(registryUrl),
    store: databaseSchemaStore(database),
    log,
    written: writtenSchemas(contracts, name),
  });
}

interface Registering {
  readonly log: Log;
  /** Ends the process, which may not write its events. */
  readonly fail: (reason: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Takes up what the database keeps, and registers in the background: what is known already is enough to go on, and what is
 * not known yet cannot be written until it is.
 */
export async function startSchemas(schemas: SchemaKeeper, { log, fail, signal }: Registering): Promise<void> {
  await schemas
    .load()
    .catch((error: unknown) => log.warn({ error: String(error) }, 'schemas are not loaded yet'));
  void schemas.register(signal).catch((error: unknown) => fail(registrationFailure(error)));
}

/** Why a process that may not write its events ends, and what to do. */
function registrationFailure(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SchemaRefusedError)) return reason;
  return (
    `${reason}. Go back to the former version; then give a new field a default, keep those that are there, or make it ` +
    'an event type of its own (docs/operations.md)'
  );
}
