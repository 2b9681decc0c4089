import { execute, select, type Connection } from '../database/database';

/** A schema that a service has written or read by. */
export interface KeptSchema {
  readonly id: number;
  readonly subject: string;
  readonly text: string;
}

/** What keeps schemas beyond the life of a process: ids stand for one schema for ever. */
export interface SchemaStore {
  load(): Promise<KeptSchema[]>;
  save(schema: KeptSchema): Promise<void>;
}

const LOADED_MAX = 10_000;

interface Row {
  schema_id: number;
  subject: string;
  schema_text: string;
}

/** The table of a service's own database. */
export function databaseSchemaStore(connection: Connection): SchemaStore {
  return {
    async load() {
      const sql = `SELECT schema_id, subject, schema_text FROM known_schemas ORDER BY schema_id LIMIT ${LOADED_MAX}`;
      const rows = await select<Row>(connection, sql, []);
      return rows.map((row) => ({ id: row.schema_id, subject: row.subject, text: row.schema_text }));
    },
    async save({ id, subject, text }) {
      await execute(
        connection,
        `INSERT INTO known_schemas (schema_id, subject, schema_text) VALUES (?, ?, ?)
         ON DUPLICATE KEY UPDATE schema_text = VALUES(schema_text)`,
        [id, subject, text],
      );
    },
  };
}

/** What a service has kept under an id, for who looks at its database from outside. */
export async function keptSchema(connection: Connection, id: number): Promise<string | undefined> {
  const sql = 'SELECT schema_text FROM known_schemas WHERE schema_id = ? LIMIT 1';
  const [row] = await select<Pick<Row, 'schema_text'>>(connection, sql, [id]);
  return row?.schema_text;
}
