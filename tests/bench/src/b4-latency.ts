import { Agent, request } from 'node:http';
import { operations } from '@naru/contracts';
import { arrivals, eventually } from '@naru/testing';
import {
  discardedNotes,
  interleaved,
  mustHold,
  quantile,
  ratio,
  warmUp,
  type Bench,
  type Benchmark,
  type Measure,
  type Rounds,
} from './benchmark';
import { newGroup } from './consumer-runs';
import { PARTITIONS } from './events';
import { openStage, placeOf, type Stage } from './stage';
import { withWorkers, type WorkerStart } from './worker';
import type { ApiCommands, Way } from './workers/api';
import { monotonic_ms } from './workers/arrival-clock';
import type { ConsumerCommands } from './workers/naru-consumer';
import type { RelayCommands } from './workers/naru-relay';
import type { PlainRelayCommands } from './workers/plain-relay';

const RATE_PER_S = 200;
const RATE_QUICK_PER_S = 20;
const DURATION_MS = 7_000;
const DURATION_QUICK_MS = 1_000;
const IN_FLIGHT_MAX = 200;
const JOIN_MS = 60_000;
/** Effects that are later than this after the load has ended were left behind by a backlog. */
const TAIL_MS = 2_000;
const USUAL_POLL_MS = 500;
/** Of the load, before its latencies count: connections and compiled code are there after it. */
const WARM_UP_EVENTS = 50;

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export const latencyBenchmark: Benchmark = {
  id: 'B4',
  title: 'From the answer to the effect',
  platform: 'shared',
  method:
    `${RATE_PER_S} POST requests a second, open loop, to a process that writes a row and an event; measured from the ` +
    'answer at the client to the commit of the effect in a consumer’s process. The event leaves by the relay of the ' +
    'same process, by a relay in another one, straight to the broker after the commit (without waiting for it before ' +
    'the answer), or by a plain outbox that another process polls each 500 ms.',
  async run(bench) {
    const stage = await openStage(bench, 'b4');
    return withWorkers((start) => measure(bench, stage, start), stage.logsDirectory).finally(stage.close);
  },
};

async function measure(bench: Bench, stage: Stage, start: WorkerStart): Promise<readonly Measure[]> {
  const api = start<ApiCommands>('api');
  const relay = start<RelayCommands>('naru-relay');
  const loop = start<PlainRelayCommands>('plain-relay');
  const consumer = start<ConsumerCommands>('naru-consumer');
  const port = await api.call('open', placeOf(stage));
  for (const worker of [relay, loop, consumer]) await worker.call('open', placeOf(stage));
  await consumer.call('start', { group: newGroup('b4') });
  const assigned = async () => (await consumer.call('assigned')) === 2 * PARTITIONS;
  await eventually('the topic is assigned', assigned, JOIN_MS);
  const duration_ms = bench.quick ? DURATION_QUICK_MS : DURATION_MS;
  const rate_per_s = bench.quick ? RATE_QUICK_PER_S : RATE_PER_S;
  const client = boardClient(port);
  let boards = 0;

  async function latency(way: Way): Promise<Latency> {
    await api.call('begin', { way });
    if (way === 'other relay') await relay.call('start');
    if (way === 'plain outbox') await loop.call('poll', { interval_ms: USUAL_POLL_MS });
    try {
      return await loaded();
    } finally {
      await api.call('end');
      await relay.call('stop');
      await loop.call('stop');
    }
  }

  async function loaded(): Promise<Latency> {
    const first = boards + 1;
    const answered = new Map<number, number>();
    const load = await arrivals({
      rate_per_s: () => rate_per_s,
      inFlightMax: IN_FLIGHT_MAX,
      signal: AbortSignal.timeout(duration_ms),
      async send() {
        const boardId = ++boards;
        if ((await client(boardId)) === operations.createBoard.status) answered.set(boardId, monotonic_ms());
      },
    });
    const effects = await effectsOf(first, load.sent);
    mustHold(load.heldBack === 0, `${load.heldBack} requests could not be sent in time`);
    mustHold(answered.size === load.sent, `${load.sent} requests, ${answered.size} answered`);
    const ids = new Set(effects.map(({ boardId }) => boardId));
    const faultless = ids.size === effects.length && ids.size === load.sent;
    mustHold(faultless, `${load.sent} events, ${effects.length} effects ${TAIL_MS} ms after the load`);
    const latencies = effects
      .filter(({ boardId }) => boardId >= first + (bench.quick ? 0 : WARM_UP_EVENTS))
      .map(({ boardId, at_ms }) => at_ms - (answered.get(boardId) ?? at_ms));
    return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
  }

  async function effectsOf(first: number, sent: number) {
    const effects: Awaited<ReturnType<ConsumerCommands['arrived']>> = [];
    const all = async () => {
      effects.push(...(await consumer.call('arrived')).filter(({ boardId }) => boardId >= first));
      return effects.length >= sent;
    };
    await eventually('every event has its effect', all, TAIL_MS).catch(() => undefined);
    return effects;
  }

  const sides = {
    own: () => latency('own relay'),
    other: () => latency('other relay'),
    direct: () => latency('direct'),
    polled: () => latency('plain outbox'),
  };
  await warmUp(sides);
  return measures(await interleaved(bench, sides));
}

function measures(rounds: Rounds<'own' | 'other' | 'direct' | 'polled', Latency>): Measure[] {
  const medians = {
    discarded: [],
    counted: rounds.counted.map(({ own, other, direct, polled }) => ({
      own: own.p50,
      other: other.p50,
      direct: direct.p50,
      polled: polled.p50,
    })),
  };
  const alone = (
    name: string,
    value: number,
    of: (round: (typeof rounds.counted)[number]) => number,
  ): Measure => ({
    name,
    target: { kind: 'at most', value, unit: 'ms' },
    unit: 'ms',
    pairs: rounds.counted.map((round) => ({ ours: of(round), other: null })),
    notes: discardedNotes(rounds),
  });
  return [
    alone('relay in the same process, p50', 20, ({ own }) => own.p50),
    alone('relay in the same process, p99', 100, ({ own }) => own.p99),
    alone('relay in another process, p50', 20, ({ other }) => other.p50),
    alone('relay in another process, p99', 100, ({ other }) => other.p99),
    ratio('p50 ÷ publishing directly', { kind: 'at most', value: 1.5 }, 'ms', medians, ['own', 'direct']),
    ratio('p50 ÷ polling each 500 ms', { kind: 'at most', value: 0.1 }, 'ms', medians, ['own', 'polled']),
  ];
}

/** @returns posts a board, and answers with the status */
function boardClient(port: number): (boardId: number) => Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT_MAX });
  const { method, path } = operations.createBoard;
  return (boardId) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({ title: 'A board', content: String(boardId) });
      const headers = {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'X-User-Id': '1',
      };
      request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      })
        .once('error', reject)
        .end(body);
    });
}
