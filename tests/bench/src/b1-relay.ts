import { interleaved, mustHold, ratio, warmUp, type Bench, type Benchmark, type Measure } from './benchmark';
import { fillOutbox, openStage, placeOf, recordsIn, refillOutbox, type Stage } from './stage';
import { withWorkers, type WorkerStart } from './worker';
import type { PlainRelayCommands } from './workers/plain-relay';
import type { RawProducerCommands } from './workers/raw-producer';
import type { RelayCommands } from './workers/naru-relay';

/** Seconds of work, so that starting weighs little. */
const EVENTS = 50_000;
const EVENTS_QUICK = 1_000;

export const relayBenchmark: Benchmark = {
  id: 'B1',
  title: 'Relay',
  platform: 'shared',
  method:
    'Each side publishes the same rows from a full outbox, in a process of its own that has run once before. ' +
    'The hand-written loop selects a batch, publishes it in one send and deletes it. ' +
    'Raw kafkajs sends from memory, batches of one partition, three partitions side by side.',
  async run(bench) {
    const stage = await openStage(bench, 'b1');
    return withWorkers((start) => measure(bench, stage, start), stage.logsDirectory).finally(stage.close);
  },
};

async function measure(bench: Bench, stage: Stage, start: WorkerStart): Promise<readonly Measure[]> {
  const rows = bench.quick ? EVENTS_QUICK : EVENTS;
  const bytes = await fillOutbox(stage, rows);
  await stage.database.raw(TWIN_TEMPLATE);
  const { brokers, topic } = stage;
  const relay = start<RelayCommands>('naru-relay');
  const loop = start<PlainRelayCommands>('plain-relay');
  const raw = start<RawProducerCommands>('raw-producer');
  for (const worker of [relay, loop, raw]) await worker.call('open', placeOf(stage));

  /** Every row is a record, once. @returns events a second */
  async function published(drain: () => Promise<number>): Promise<number> {
    const before = await recordsIn(brokers, topic);
    const seconds = await drain();
    const more = (await recordsIn(brokers, topic)) - before;
    mustHold(more === rows, `${rows} rows became ${more} records`);
    return Math.round(rows / seconds);
  }

  const sides = {
    relay: async () => {
      await refillOutbox(stage);
      const rate = await published(() => relay.call('drain', { rows }));
      await relay.call('stop');
      return rate;
    },
    loop: async () => {
      await stage.database.raw('TRUNCATE plain_outbox');
      await stage.database.raw('INSERT INTO plain_outbox SELECT * FROM plain_template');
      return published(() => loop.call('drain', { rows }));
    },
    raw: () => published(() => raw.call('drain')),
  };
  await warmUp(sides);
  const rounds = await interleaved(bench, sides);
  const notes = [`${rows} events of ${bytes} bytes`];
  return [
    ratio(
      'relay ÷ hand-written loop',
      { kind: 'at least', value: 0.9 },
      'events/s',
      rounds,
      ['relay', 'loop'],
      notes,
    ),
    ratio('relay ÷ raw kafkajs', { kind: 'at least', value: 0.5 }, 'events/s', rounds, ['relay', 'raw']),
  ];
}

/** The same events as a plain outbox holds them: text columns, headers as a JSON object. */
const TWIN_TEMPLATE = `CREATE TABLE plain_template AS
  SELECT id, CAST(record_key AS CHAR) AS record_key, CAST(payload AS CHAR) AS payload, JSON_OBJECT(
    'ce_specversion', '1.0', 'ce_id', event_id, 'ce_source', '/naru/bench', 'ce_type', 'board.created',
    'ce_time', DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.000Z'), 'ce_subject', CAST(id AS CHAR),
    'ce_correlationid', event_id, 'content-type', 'application/json') AS headers
  FROM outbox_template`;
