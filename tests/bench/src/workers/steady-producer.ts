import { setTimeout as delay } from 'node:timers/promises';
import { boardCreated, PARTITIONS } from '../events';
import { kafkaClient, twinProducer } from '../kafka-client';
import { serve } from '../serve';
import type { Place } from '../stage';
import { createAcks } from './acks';
import type { AckCommands } from './steady-relay';

/** 300 events a second, over all partitions. */
const EVENTS = 2;
const INTERVAL_MS = 20;
/** Like the relay's first pause after a send that failed. */
const RETRY_MS = 100;

const acks = createAcks();

const commands: AckCommands = {
  /** Sends to each partition from now on, one send in flight; one that fails is tried again. */
  async open({ brokers, topic }: Place) {
    const producer = twinProducer(kafkaClient('bench-steady-producer', brokers));
    await producer.connect();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const messages = Array.from({ length: EVENTS }, (_, index) => ({
        partition,
        value: JSON.stringify(boardCreated(index)),
      }));
      void (async () => {
        for (;;) {
          const send = () => producer.send({ topic, acks: -1, timeout: 5_000, messages });
          await acks.timed(partition, send).catch(() => delay(RETRY_MS));
          await delay(INTERVAL_MS);
        }
      })();
    }
  },
  firstAck: async ({ partition, since_ms }) => acks.first(partition, since_ms),
};

serve(commands);
