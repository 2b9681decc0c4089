import { mustHold } from './benchmark';
import { ledgerFaults, resetLedger } from './ledger';
import { placeOf, type Stage } from './stage';
import type { Worker, WorkerStart } from './worker';
import type { RelayCommands } from './workers/naru-relay';

type ConsumerWorker = Worker<{
  start: (options: { group: string; scraped?: boolean }) => Promise<void>;
  consume: (options: { events: number }) => Promise<number>;
  stop: () => Promise<void>;
}>;

let groups = 0;

export function newGroup(name: string): string {
  return `bench-${name}-${process.pid}-${groups++}`;
}

/** Consumes the topic from its beginning in a new group. @returns events a second, from the first one in its handler */
export async function consumed(
  stage: Stage,
  worker: ConsumerWorker,
  name: string,
  events: number,
  all: number,
  scraped = false,
) {
  await resetLedger(stage.database);
  await worker.call('start', { group: newGroup(name), scraped });
  const seconds = await worker.call('consume', { events });
  await worker.call('stop');
  if (events === all) await mustBeComplete(stage, events);
  return Math.round(events / seconds);
}

/** Throws RunDoesNotCountError unless each event had its effect once. */
export async function mustBeComplete({ database }: Pick<Stage, 'database'>, events: number): Promise<void> {
  const faults = await ledgerFaults(database, events);
  mustHold(faults === null, faults ?? '');
}

/** Publishes what is in the outbox by the kernel's relay, so that the topic holds what services would have written. */
export async function publishOutbox(stage: Stage, start: WorkerStart, rows: number): Promise<void> {
  const relay = start<RelayCommands>('naru-relay');
  await relay.call('open', placeOf(stage));
  await relay.call('drain', { rows });
  await relay.call('stop');
  await relay.kill();
}
