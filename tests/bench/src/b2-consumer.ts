import {
  interleaved,
  mustHold,
  quantile,
  ratio,
  warmUp,
  type Bench,
  type Benchmark,
  type Measure,
} from './benchmark';
import { consumed, mustBeComplete, publishOutbox } from './consumer-runs';
import { resetLedger } from './ledger';
import { fillOutbox, openStage, placeOf, type Stage } from './stage';
import { withWorkers, type WorkerStart } from './worker';
import type { BatchWriterCommands } from './workers/batch-writer';
import type { ConsumerCommands } from './workers/naru-consumer';
import type { SinkCommands } from './workers/otlp-sink';

const EVENTS = 20_000;
const EVENTS_QUICK = 1_000;

export const consumerBenchmark: Benchmark = {
  id: 'B2',
  title: 'Consumer against the database alone',
  platform: 'shared',
  method:
    'The consumer reads a full topic and writes inbox rows, effects (a lock, an entry and a balance) and progress. ' +
    'The other sides have the events in memory and write them by mysql2 in transactions of 500, the partitions side by ' +
    'side: the effects only, or the effects and the inbox rows. Nothing of Kafka is in them. What telemetry costs is ' +
    'told by two more consumers: one exports a span for each record by OTLP to a local sink, and has its metrics read ' +
    'each second; the other has neither spans nor metrics. Both log as usual.',
  boundBy:
    'The consumer is bound by its one event loop, at about 40 µs a record; the database is busy for a third of the time. ' +
    'Of these, kafkajs takes 5 to decode the record, the kernel 5 to check headers and schema, knex and mysql2 7 for ' +
    'their statements, the log line that each record has 7, and the garbage collector 8. Several processes of a group share ' +
    'the partitions between them.',
  async run(bench) {
    const stage = await openStage(bench, 'b2');
    return withWorkers((start) => measure(bench, stage, start), stage.logsDirectory).finally(stage.close);
  },
};

async function measure(bench: Bench, stage: Stage, start: WorkerStart): Promise<readonly Measure[]> {
  const events = bench.quick ? EVENTS_QUICK : EVENTS;
  const bytes = await fillOutbox(stage, events);
  await publishOutbox(stage, start, events);
  const consumer = start<ConsumerCommands>('naru-consumer');
  const writer = start<BatchWriterCommands>('batch-writer');
  await consumer.call('open', placeOf(stage));
  await writer.call('open', placeOf(stage));

  async function written(group: string | null): Promise<number> {
    await resetLedger(stage.database);
    const seconds = await writer.call('write', { group });
    await mustBeComplete(stage, events);
    return Math.round(events / seconds);
  }

  const sink = start<SinkCommands>('otlp-sink');
  const watched = start<ConsumerCommands>('naru-consumer');
  const unwatched = start<ConsumerCommands>('naru-consumer');
  await watched.call('open', { ...placeOf(stage), otlpEndpoint: await sink.call('open') });
  await unwatched.call('open', { ...placeOf(stage), withoutMetrics: true });
  const exported: number[] = [];

  async function consumedWatched(): Promise<number> {
    const rate = await consumed(stage, watched, 'b2', events, events, true);
    // What is still to be exported must not fall into another side's time.
    const spans = await sink.call('settled');
    mustHold(spans > 0, 'no span arrived at the sink');
    exported.push(spans / events);
    return rate;
  }

  const sides = {
    consumer: () => consumed(stage, consumer, 'b2', events, events),
    watched: consumedWatched,
    unwatched: () => consumed(stage, unwatched, 'b2', events, events),
    effects: () => written(null),
    inbox: () => written('bench-writer'),
  };
  await warmUp(sides);
  const rounds = await interleaved(bench, sides);
  const notes = [`${events} events of ${bytes} bytes`];
  const share = quantile(exported, 0.5) * 100;
  const telemetry = [
    `spans exported, median: ${share.toFixed(0)} of 100 records; beyond the exporter’s queue they are dropped`,
  ];
  const effects = ['consumer', 'effects'] as const;
  const inbox = ['consumer', 'inbox'] as const;
  return [
    ratio('consumer ÷ effects only', { kind: 'at least', value: 0.5 }, 'events/s', rounds, effects, notes),
    ratio('consumer ÷ effects and inbox', { kind: 'at least', value: 0.7 }, 'events/s', rounds, inbox),
    ratio(
      'consumer with all telemetry ÷ without',
      { kind: 'at least', value: 0.5 },
      'events/s',
      rounds,
      ['watched', 'unwatched'],
      telemetry,
    ),
    ratio('consumer with metrics ÷ without', { kind: 'at least', value: 0.95 }, 'events/s', rounds, [
      'consumer',
      'unwatched',
    ]),
  ];
}
