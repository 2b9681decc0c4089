import type { Knex } from 'knex';

/** One step of a schema, forward only. MySQL commits DDL at once, so `up` must stand being run again half done. */
export interface Migration {
  /** Sorts after the ones before it; never changes once released. */
  readonly name: string;
  up(database: Knex): Promise<void>;
}
