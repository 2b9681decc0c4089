import { createRelay, type Relay } from '@naru/kernel';
import { serve } from '../serve';
import type { Place } from '../stage';
import { kernelParts } from './kernel-parts';
import { untilPublished } from './until-published';

let parts: ReturnType<typeof kernelParts>;
let place: Place;
let relay: Relay | undefined;

const commands = {
  async open(at: Place) {
    place = at;
    parts = kernelParts('bench-relay', at);
  },
  async start() {
    relay = createRelay({ ...parts, owner: `bench:${process.pid}` });
    relay.start();
  },
  /** Publishes what is pending. @returns seconds */
  async drain({ rows }: { rows: number }): Promise<number> {
    const started_ms = performance.now();
    await commands.start();
    await untilPublished(parts.metrics, place.topic, rows);
    return (performance.now() - started_ms) / 1_000;
  },
  async stop() {
    await relay?.stop(0);
    parts.metrics.published.reset();
  },
};

export type RelayCommands = typeof commands;

serve(commands);
