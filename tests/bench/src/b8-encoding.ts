import { eventSchemas, services, topics, type EventType, type ServiceName } from '@naru/contracts';
import {
  createCodec,
  createLog,
  createSchemaKeeper,
  writtenSchemas,
  type Codec,
  type IncomingRecord,
  type SchemaRegistry,
} from '@naru/kernel';
import { isDeepStrictEqual } from 'node:util';
import {
  interleaved,
  mustHold,
  ratio,
  warmUp,
  type Bench,
  type Benchmark,
  type Measure,
  type Pair,
} from './benchmark';
import { eventSamples, eventTypes, recordAround } from './event-samples';
import { recordBytes } from './events';

/** Of each type; all of them lie ready before time is taken. */
const SAMPLES = 250;
const PASSES = 40;
const PASSES_QUICK = 1;
const contracts = { topics, schemas: eventSchemas };

export const encodingBenchmark: Benchmark = {
  id: 'B8',
  title: 'Avro against JSON',
  method:
    `All ${eventTypes.length} event types, with payloads of the sizes that Naru’s have, go through the kernel’s codec, ` +
    'which checks them against their schema both ways: once as Avro in Confluent’s framing, once as JSON. The schemas ' +
    'are known, as they are after the first event of a type. Sizes are of each type: of the payload, and of the record ' +
    'with its key and headers, which are the same in both. Processor time is of the whole process, garbage collection ' +
    'included, for the same events in turns; to decode includes reading and checking the record’s headers. No broker, ' +
    'no database, no compression.',
  platform: 'none',
  async run(bench) {
    const codecs = { avro: await avroCodec(bench.signal), json: createCodec(contracts) };
    const events = eventTypes.flatMap((type) =>
      Array.from({ length: SAMPLES }, (_, index) => ({ type, data: eventSamples[type](index) })),
    );
    const recordsOf = (codec: Codec) =>
      events.map(({ type, data }, index) =>
        recordAround(type, data, codec.encode(type, data), codec.contentType, index),
      );
    const records = { avro: recordsOf(codecs.avro), json: recordsOf(codecs.json) };
    for (const side of ['avro', 'json'] as const) mustBeTheSame(codecs[side], records[side], events);
    return [
      sizes('payload, Avro ÷ JSON', 0.75, records, ({ value }) => value?.length ?? 0),
      sizes('whole record, Avro ÷ JSON', 0.9, records, recordBytes),
      ...(await times(bench, codecs, events, records)),
    ];
  },
};

type Side = 'avro' | 'json';
type Sample = { readonly type: EventType; readonly data: object };

async function avroCodec(signal: AbortSignal): Promise<Codec> {
  const schemas = createSchemaKeeper({
    registry: registryInMemory(),
    store: { load: async () => [], save: async () => undefined },
    log: createLog('bench', 'none', 'silent'),
    written: (Object.keys(services) as ServiceName[]).flatMap((name) => writtenSchemas(contracts, name)),
  });
  await schemas.register(signal);
  return createCodec(contracts, { encoding: 'avro', schemas });
}

/** It is asked once for each schema, before anything is measured. */
function registryInMemory(): SchemaRegistry {
  const texts: string[] = [];
  return {
    schema: async (id) => texts[id - 1],
    register: async (_, schema) => texts.push(schema),
  };
}

/** What is decoded is what was encoded, or nothing is worth measuring. */
function mustBeTheSame(codec: Codec, records: readonly IncomingRecord[], events: readonly Sample[]): void {
  records.forEach((record, index) => {
    const sample = events[index];
    const { type, data } = codec.decode(record);
    // Avro's are of a class of their own.
    const isSame = type === sample?.type && isDeepStrictEqual(plain(data), plain(sample.data));
    mustHold(isSame, `${codec.contentType}: ${type} is not what it was`);
  });
}

function plain(data: object): unknown {
  return JSON.parse(JSON.stringify(data));
}

/** A pair for each event type: the mean over its samples. */
function sizes(
  name: string,
  target: number,
  records: Readonly<Record<Side, readonly IncomingRecord[]>>,
  bytesOf: (record: IncomingRecord) => number,
): Measure {
  const mean = (side: Side, index: number) => {
    const ofType = records[side].slice(index * SAMPLES, (index + 1) * SAMPLES);
    return ofType.reduce((sum, record) => sum + bytesOf(record), 0) / ofType.length;
  };
  const pairs = eventTypes.map((label, index): Pair => ({
    ours: mean('avro', index),
    other: mean('json', index),
    label,
  }));
  return { name, target: { kind: 'at most', value: target }, unit: 'bytes', pairs };
}

async function times(
  bench: Bench,
  codecs: Readonly<Record<Side, Codec>>,
  events: readonly Sample[],
  records: Readonly<Record<Side, readonly IncomingRecord[]>>,
): Promise<Measure[]> {
  const passes = bench.quick ? PASSES_QUICK : PASSES;
  const encoding = (side: Side) => async () =>
    cpu_us(passes, events, ({ type, data }) => codecs[side].encode(type, data));
  const decoding = (side: Side) => async () =>
    cpu_us(passes, records[side], (record) => codecs[side].decode(record));
  const sides = {
    encodeAvro: encoding('avro'),
    encodeJson: encoding('json'),
    decodeAvro: decoding('avro'),
    decodeJson: decoding('json'),
  };
  await warmUp(sides);
  const rounds = await interleaved(bench, sides);
  const note = `${passes * events.length} events a round, ${SAMPLES} different ones of each type`;
  const target = { kind: 'at most', value: 1 } as const;
  return [
    ratio(
      'processor time to encode, Avro ÷ JSON',
      target,
      'µs',
      rounds,
      ['encodeAvro', 'encodeJson'],
      [note],
    ),
    ratio('processor time to decode, Avro ÷ JSON', target, 'µs', rounds, ['decodeAvro', 'decodeJson']),
  ];
}

/** Processor time of each item, in microseconds. */
function cpu_us<Item>(passes: number, items: readonly Item[], work: (item: Item) => unknown): number {
  const before = process.cpuUsage();
  for (let pass = 0; pass < passes; pass++) for (const item of items) work(item);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (passes * items.length);
}
