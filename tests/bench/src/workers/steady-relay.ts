import { setTimeout as delay } from 'node:timers/promises';
import { createOutbox, createRelay, transaction } from '@naru/kernel';
import { boardCreatedDraft } from '../events';
import { serve } from '../serve';
import type { Place } from '../stage';
import { createAcks } from './acks';
import { kernelParts } from './kernel-parts';

/** 300 events a second, over all partitions. */
const EVENTS = 6;
const INTERVAL_MS = 20;

const acks = createAcks();

const commands = {
  /** Commits events to the outbox from now on, and relays them. */
  async open(place: Place) {
    const parts = kernelParts('bench-steady-relay', place);
    const { produce } = parts.broker;
    const broker = {
      produce: ((topic, partition, records) =>
        acks.timed(partition, () => produce(topic, partition, records))) as typeof produce,
    };
    const relay = createRelay({ ...parts, broker, owner: `bench:${process.pid}` });
    const outbox = createOutbox(parts.contracts, parts.codec, '/naru/bench', () => relay.wake());
    relay.start();
    let boardId = 0;
    void (async () => {
      for (;;) {
        const drafts = Array.from({ length: EVENTS }, () => boardCreatedDraft(++boardId));
        await transaction(parts.database, (trx) => outbox.append(trx, drafts));
        await delay(INTERVAL_MS);
      }
    })();
  },
  firstAck: async ({ partition, since_ms }: { partition: number; since_ms: number }) =>
    acks.first(partition, since_ms),
};

export type AckCommands = typeof commands;

serve(commands);
