import { interleaved, ratio, warmUp, type Bench, type Benchmark, type Measure } from './benchmark';
import { consumed, publishOutbox } from './consumer-runs';
import { fastBesideSlow } from './b3-fast-beside-slow';
import { fillOutbox, openStage, placeOf, type Stage } from './stage';
import { withWorkers, type WorkerStart } from './worker';
import type { ConsumerCommands } from './workers/naru-consumer';
import type { NestConsumerCommands } from './workers/nest-consumer';
import type { RecordConsumerCommands } from './workers/record-consumer';

const EVENTS = 20_000;
/** What the slower sides are timed over; their rate does not depend on it. */
const EVENTS_ONE_AT_A_TIME = 2_000;
const EVENTS_QUICK = 1_000;
const EVENTS_ONE_AT_A_TIME_QUICK = 100;

export const oneAtATimeBenchmark: Benchmark = {
  id: 'B3',
  title: 'Consumer against one record at a time',
  platform: 'shared',
  method:
    'All sides read the same topic and write the same inbox row and effects. The kafkajs side has a transaction and an ' +
    'offset commit for each record (eachMessage, three partitions at once); the NestJS side an @EventPattern handler ' +
    'with a transaction for each event, and kafkajs commits offsets by itself. ' +
    'For the fast topic beside a slow one, one group reads both: 100 events a second each, with the other topic’s ' +
    'handler taking 300 ms a batch or not busy at all.',
  async run(bench) {
    const stage = await openStage(bench, 'b3');
    const rates = (start: WorkerStart) => measure(bench, stage, start);
    try {
      const measures = await withWorkers(rates, stage.logsDirectory);
      return [...measures, await fastBesideSlow(bench, stage)];
    } finally {
      await stage.close();
    }
  },
};

async function measure(bench: Bench, stage: Stage, start: WorkerStart): Promise<readonly Measure[]> {
  const all = bench.quick ? EVENTS_QUICK : EVENTS;
  const few = bench.quick ? EVENTS_ONE_AT_A_TIME_QUICK : EVENTS_ONE_AT_A_TIME;
  const bytes = await fillOutbox(stage, all);
  await publishOutbox(stage, start, all);
  const naru = start<ConsumerCommands>('naru-consumer');
  const record = start<RecordConsumerCommands>('record-consumer');
  const nest = start<NestConsumerCommands>('nest-consumer');
  for (const worker of [naru, record, nest]) await worker.call('open', placeOf(stage));
  const sides = {
    naru: () => consumed(stage, naru, 'b3', all, all),
    record: () => consumed(stage, record, 'b3-record', few, all),
    nest: () => consumed(stage, nest, 'b3-nest', few, all),
  };
  await warmUp(sides);
  const rounds = await interleaved(bench, sides);
  const notes = [`${all} events of ${bytes} bytes; the sides that take one at a time are timed over ${few}`];
  const target = { kind: 'at least', value: 5 } as const;
  return [
    ratio('consumer ÷ one record at a time', target, 'events/s', rounds, ['naru', 'record'], notes),
    ratio('consumer ÷ NestJS', target, 'events/s', rounds, ['naru', 'nest']),
  ];
}
