import type { BoardCreated } from '@naru/contracts';
import type { Consumer, Kafka } from 'kafkajs';
import { createPool, type Pool } from 'mysql2/promise';
import { PARTITIONS } from '../events';
import { kafkaClient, twinConsumer } from '../kafka-client';
import { serve } from '../serve';
import type { Place } from '../stage';
import { createArrivalClock } from './arrival-clock';
import { eventIdOf, writeOne } from './one-record';

const clock = createArrivalClock();
let kafka: Kafka;
let pool: Pool;
let place: Place;
let consumer: Consumer | undefined;

const commands = {
  async open(at: Place) {
    place = at;
    pool = createPool({ uri: at.databaseUrl, connectionLimit: 4 });
    kafka = kafkaClient('bench-record-consumer', at.brokers);
  },
  /** The usual kafkajs consumer that does not lose: a transaction for each record, then its offset. */
  async start({ group }: { group: string }) {
    clock.reset();
    const member = (consumer = kafka.consumer({ ...twinConsumer, groupId: group }));
    await member.connect();
    await member.subscribe({ topics: [place.topic], fromBeginning: true });
    await member.run({
      autoCommit: false,
      partitionsConsumedConcurrently: PARTITIONS,
      async eachMessage({ topic, partition, message }) {
        clock.began();
        const data = JSON.parse(String(message.value)) as BoardCreated;
        const written = writeOne(pool, group, eventIdOf(message.headers), data);
        clock.commits(written, [{ boardId: data.boardId, partition }]);
        await written;
        await member.commitOffsets([{ topic, partition, offset: String(BigInt(message.offset) + 1n) }]);
      },
    });
  },
  consume: ({ events }: { events: number }): Promise<number> => clock.seconds(events),
  async stop() {
    await consumer?.disconnect();
  },
};

export type RecordConsumerCommands = typeof commands;

serve(commands);
