import { setTimeout as delay } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { kafkaClient, twinProducer } from '../kafka-client';
import { serve } from '../serve';
import type { Place } from '../stage';

/** As fast as 500; 200 is slower, and 2,000 of these records do not fit one request. */
const BATCH_ROWS = 1_000;

interface Row extends RowDataPacket {
  id: number;
  record_key: string;
  payload: string;
  headers: string;
}

let pool: Pool;
let producer: Producer;
let topic: string;
let polling = false;

/** The outbox loop as it is usually written: select a batch, one send, delete the batch. @returns rows */
async function step(): Promise<number> {
  const [rows] = await pool.query<Row[]>(
    'SELECT id, record_key, payload, headers FROM plain_outbox ORDER BY id LIMIT ?',
    [BATCH_ROWS],
  );
  if (rows.length === 0) return 0;
  await producer.send({
    topic,
    acks: -1,
    messages: rows.map(({ record_key, payload, headers }) => ({
      key: record_key,
      value: payload,
      headers: JSON.parse(headers) as Record<string, string>,
    })),
  });
  await pool.query('DELETE FROM plain_outbox WHERE id IN (?)', [rows.map(({ id }) => id)]);
  return rows.length;
}

const commands = {
  async open(place: Place) {
    topic = place.topic;
    pool = createPool({ uri: place.databaseUrl, connectionLimit: 2 });
    producer = twinProducer(kafkaClient('bench-plain-relay', place.brokers));
    await producer.connect();
  },
  /** Publishes what is there. @returns seconds */
  async drain({ rows }: { rows: number }): Promise<number> {
    const started_ms = performance.now();
    for (let published = 0; published < rows;) published += await step();
    return (performance.now() - started_ms) / 1_000;
  },
  /** Looks each so many milliseconds, and at once again after a full batch, until told to stop. */
  async poll({ interval_ms }: { interval_ms: number }) {
    polling = true;
    void (async () => {
      while (polling) if ((await step()) < BATCH_ROWS) await delay(interval_ms);
    })();
  },
  async stop() {
    polling = false;
  },
};

export type PlainRelayCommands = typeof commands;

serve(commands);
