import type { BoardCreated } from '@naru/contracts';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import type { OutboxColumns } from '../events';
import { effectStatements, inboxStatement } from '../ledger';
import { serve } from '../serve';
import type { Place } from '../stage';

/** The consumer's own batch size. With 1,000 this side is a quarter faster, the consumer is not. */
const BATCH_EVENTS = 500;

interface Entry {
  readonly id: string;
  readonly data: BoardCreated;
}

let pool: Pool;
const lanes = new Map<number, Entry[]>();

async function write(entries: readonly Entry[], group: string | null): Promise<void> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const inbox =
      group === null
        ? []
        : [
            inboxStatement(
              group,
              entries.map(({ id }) => id),
            ),
          ];
    for (const [sql, bindings] of [...inbox, ...effectStatements(entries.map(({ data }) => data))])
      await connection.query(sql, bindings);
    await connection.commit();
  } finally {
    connection.release();
  }
}

const commands = {
  /** Takes the events into memory. */
  async open(place: Place) {
    pool = createPool({ uri: place.databaseUrl, connectionLimit: 4 });
    const [rows] = await pool.query<(OutboxColumns & RowDataPacket)[]>(
      'SELECT event_id, partition_number, payload FROM outbox_template ORDER BY id',
    );
    for (const { event_id, partition_number, payload } of rows) {
      const lane = lanes.get(partition_number) ?? [];
      lanes.set(partition_number, lane);
      lane.push({ id: event_id, data: JSON.parse(payload.toString()) as BoardCreated });
    }
  },
  /** Writes the effects of all, in batches, the partitions side by side; with a group its inbox rows too. @returns seconds */
  async write({ group }: { group: string | null }): Promise<number> {
    const started_ms = performance.now();
    await Promise.all(
      [...lanes.values()].map(async (entries) => {
        for (let from = 0; from < entries.length; from += BATCH_EVENTS)
          await write(entries.slice(from, from + BATCH_EVENTS), group);
      }),
    );
    return (performance.now() - started_ms) / 1_000;
  },
};

export type BatchWriterCommands = typeof commands;

serve(commands);
