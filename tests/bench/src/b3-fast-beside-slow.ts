import { arrivals, eventually } from '@naru/testing';
import { PARTITIONS } from './events';
import { interleaved, mustHold, quantile, ratio, warmUp, type Bench, type Measure } from './benchmark';
import { newGroup } from './consumer-runs';
import { resetLedger } from './ledger';
import { newTopic, placeOf, type Stage } from './stage';
import { withWorkers, type WorkerStart } from './worker';
import type { ConsumerCommands } from './workers/naru-consumer';
import type { PublisherCommands } from './workers/publisher';

const RATE_PER_S = 100;
const RATE_QUICK_PER_S = 20;
const DURATION_MS = 8_000;
const DURATION_QUICK_MS = 1_000;
const SLOW_BATCH_MS = 300;
const IN_FLIGHT_MAX = 500;
/** A consumer that has caught up is this far behind at most. */
const TAIL_MS = 5_000;
const JOIN_MS = 60_000;

/** p99 from publishing to effect on a topic whose neighbour in the group is slow, and the same without it. */
export async function fastBesideSlow(bench: Bench, stage: Stage): Promise<Measure> {
  return withWorkers((start) => measure(bench, stage, start), stage.logsDirectory);
}

async function measure(bench: Bench, stage: Stage, start: WorkerStart): Promise<Measure> {
  const consumer = start<ConsumerCommands>('naru-consumer');
  const publisher = start<PublisherCommands>('publisher');
  const duration_ms = bench.quick ? DURATION_QUICK_MS : DURATION_MS;
  const place = placeOf({ ...stage, topic: await newTopic(bench.platform, 'b3fast') });
  await resetLedger(stage.database);
  await consumer.call('open', place);
  await publisher.call('open', place);
  await consumer.call('start', { group: newGroup('b3-fast'), slow_ms: SLOW_BATCH_MS });
  const assigned = async () => (await consumer.call('assigned')) === 2 * PARTITIONS;
  await eventually('both topics are assigned', assigned, JOIN_MS);
  let events = 0;

  async function p99_ms(slow: boolean): Promise<number> {
    const ending = AbortSignal.timeout(duration_ms);
    const first = events + 1;
    const sent = new Map<number, number>();
    const load = await arrivals({
      rate_per_s: () => (bench.quick ? RATE_QUICK_PER_S : RATE_PER_S),
      inFlightMax: IN_FLIGHT_MAX,
      signal: ending,
      async send() {
        const boardId = ++events;
        const at_ms = await publisher.call('publish', { boardId, slow });
        sent.set(boardId, at_ms);
      },
    });
    const latencies: number[] = [];
    const all = async () => {
      for (const { boardId, at_ms } of await consumer.call('arrived'))
        if (boardId >= first) latencies.push(at_ms - (sent.get(boardId) ?? at_ms));
      return latencies.length >= load.sent;
    };
    await eventually('every event has its effect', all, TAIL_MS).catch(() => undefined);
    mustHold(load.heldBack === 0, `${load.heldBack} events could not be sent in time`);
    mustHold(latencies.length === load.sent, `${load.sent} events, ${latencies.length} effects`);
    return quantile(latencies, 0.99);
  }

  const sides = { slow: () => p99_ms(true), alone: () => p99_ms(false) };
  await warmUp(sides);
  const rounds = await interleaved(bench, sides);
  const target = { kind: 'at most', value: 2 } as const;
  return ratio('p99 of a fast topic beside a slow one ÷ alone', target, 'ms', rounds, ['slow', 'alone']);
}
