import 'reflect-metadata';
import type { BoardCreated } from '@naru/contracts';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  KafkaContext,
  Payload,
  Transport,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import { createPool, type Pool } from 'mysql2/promise';
import { PARTITIONS } from '../events';
import { twinConsumer } from '../kafka-client';
import { serve } from '../serve';
import type { Place } from '../stage';
import { createArrivalClock } from './arrival-clock';
import { eventIdOf, writeOne } from './one-record';

const clock = createArrivalClock();
let place: Place;
let pool: Pool;
let group = '';
let application: INestMicroservice | undefined;

/** As the documentation of NestJS has it: an event handler, offsets committed by kafkajs in intervals. */
function moduleFor(topic: string) {
  @Controller()
  class BoardEvents {
    @EventPattern(topic)
    async boardCreated(@Payload() data: BoardCreated, @Ctx() context: KafkaContext): Promise<void> {
      clock.began();
      const written = writeOne(pool, group, eventIdOf(context.getMessage().headers), data);
      clock.commits(written, [{ boardId: data.boardId, partition: context.getPartition() }]);
      await written;
    }
  }

  @Module({ controllers: [BoardEvents] })
  class BenchModule {}
  return BenchModule;
}

const commands = {
  async open(at: Place) {
    place = at;
    pool = createPool({ uri: at.databaseUrl, connectionLimit: 4 });
  },
  async start(options: { group: string }) {
    clock.reset();
    group = options.group;
    application = await NestFactory.createMicroservice<MicroserviceOptions>(moduleFor(place.topic), {
      logger: false,
      transport: Transport.KAFKA,
      options: {
        client: { clientId: 'bench-nest', brokers: place.brokers.split(','), logLevel: logLevel.NOTHING },
        consumer: { ...twinConsumer, groupId: group },
        subscribe: { fromBeginning: true },
        run: { partitionsConsumedConcurrently: PARTITIONS },
      },
    });
    await application.listen();
  },
  consume: ({ events }: { events: number }): Promise<number> => clock.seconds(events),
  async stop() {
    await application?.close();
  },
};

export type NestConsumerCommands = typeof commands;

serve(commands);
