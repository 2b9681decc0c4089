import type { Message, Producer } from 'kafkajs';
import { createPool, type RowDataPacket } from 'mysql2/promise';
import { recordOf, type OutboxColumns } from '../events';
import { kafkaClient, twinProducer } from '../kafka-client';
import { serve } from '../serve';
import type { Place } from '../stage';

/** A little faster than 200 and 1,000; 2,000 of these records do not fit one request. */
const BATCH_RECORDS = 500;

let producer: Producer;
let topic: string;
const lanes = new Map<number, Message[]>();

const commands = {
  /** Takes the records into memory. */
  async open(place: Place) {
    topic = place.topic;
    const pool = createPool({ uri: place.databaseUrl, connectionLimit: 1 });
    const [rows] = await pool.query<(OutboxColumns & RowDataPacket)[]>(
      'SELECT * FROM outbox_template ORDER BY id',
    );
    await pool.end();
    for (const row of rows) {
      const { key, value, headers } = recordOf(row);
      const lane = lanes.get(row.partition_number) ?? [];
      lanes.set(row.partition_number, lane);
      lane.push({ partition: row.partition_number, key, value, headers: Object.fromEntries(headers) });
    }
    producer = twinProducer(kafkaClient('bench-raw-producer', place.brokers));
    await producer.connect();
  },
  /** Sends all of them: batches of one partition, one in flight a partition, the partitions side by side. @returns seconds */
  async drain(): Promise<number> {
    const started_ms = performance.now();
    await Promise.all(
      [...lanes.values()].map(async (messages) => {
        for (let from = 0; from < messages.length; from += BATCH_RECORDS)
          await producer.send({ topic, acks: -1, messages: messages.slice(from, from + BATCH_RECORDS) });
      }),
    );
    return (performance.now() - started_ms) / 1_000;
  },
};

export type RawProducerCommands = typeof commands;

serve(commands);
