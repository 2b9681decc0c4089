import type { EventType } from '@naru/contracts';
import {
  createConsumer,
  createOutbox,
  execute,
  transactional,
  type AnyHandler,
  type Consumer,
  type Transaction,
} from '@naru/kernel';
import { effectStatements } from '../ledger';
import { serve } from '../serve';
import type { Place } from '../stage';
import { createArrivalClock } from './arrival-clock';
import { kernelParts, type KernelOptions } from './kernel-parts';

/** Far more often than Prometheus asks. */
const SCRAPE_INTERVAL_MS = 1_000;

const clock = createArrivalClock();
let parts: ReturnType<typeof kernelParts>;
let slow_ms = 0;
let consumer: Consumer | undefined;
let scrapes: NodeJS.Timeout | undefined;

const ledger = transactional(['board.created'], async (trx: Transaction, events) => {
  clock.began();
  for (const [sql, bindings] of effectStatements(events.map(({ data }) => data)))
    await execute(trx, sql, bindings);
  clock.commits(
    trx.executionPromise,
    events.map(({ data, record }) => ({ boardId: data.boardId, partition: record.partition })),
  );
});

const slow = transactional(['user.updated'], async () => {
  await new Promise((resolve) => setTimeout(resolve, slow_ms));
});

const handlers = new Map<EventType, AnyHandler>([
  ['board.created', ledger],
  ['user.updated', slow],
]);

const commands = {
  async open(place: Place & KernelOptions) {
    parts = kernelParts('bench-consumer', place, place);
  },
  /** Joins the group and consumes from the beginning, or from where it was. A batch of the other topic takes `slow_ms`. */
  async start(options: { group: string; slow_ms?: number; scraped?: boolean }) {
    clock.reset();
    if (options.scraped)
      scrapes = setInterval(() => void parts.metrics.registry.metrics(), SCRAPE_INTERVAL_MS);
    slow_ms = options.slow_ms ?? 0;
    const outbox = createOutbox(parts.contracts, parts.codec, '/naru/bench', () => undefined);
    consumer = createConsumer({ ...parts, outbox, group: options.group, handlers });
    await consumer.start();
  },
  /** Consumes so many events. @returns seconds from the first batch to the last commit */
  consume: ({ events }: { events: number }): Promise<number> => clock.seconds(events),
  async assigned(): Promise<number> {
    return consumer?.assigned().length ?? 0;
  },
  arrived: async () => clock.taken(),
  async stop() {
    clearInterval(scrapes);
    await consumer?.stop();
  },
};

export type ConsumerCommands = typeof commands;

serve(commands);
