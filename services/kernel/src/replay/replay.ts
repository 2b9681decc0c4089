import { consumerGroup, topicOf, type EventType, type ServiceName } from '@naru/contracts';
import { select, transaction, type Database } from '../database/database';
import { classify, PoisonError } from '../errors';
import type { Log } from '../log';
import { headerIndex, laneOf, type IncomingRecord } from '../messaging/broker';
import type { Codec, EventContracts } from '../messaging/codec';
import { processors } from '../messaging/consumer';
import type { AnyHandler } from '../messaging/handlers';
import { decodeHeaders, type Outbox } from '../messaging/outbox';
import { CancelledError, type RetryPolicy } from '../messaging/policy';
import type { Processor, Until } from '../messaging/processor';
import type { Metrics } from '../telemetry/metrics';
import { backoff_ms, pause } from '../wait';
import type { CapturedEffect, ReplayAssembly, Restoration } from './assembly';
import { fromRecordLine, toRecordLine, type ReplayInput, type ReplayNeeds, type ReplayOutput } from './lines';

const BATCH_RECORDS_MAX = 500;
const BATCH_MS_MAX = 120_000;
const HANDLER_DEADLINE_MS = 30_000;
const ROWS_PER_READ = 500;
const TRIES_MAX = 6;
/** Whatever fails for good here fails each time: nothing outside takes part. */
const policy: RetryPolicy = { attempts: 1, delay_ms: 0 };

export interface ReplayParts {
  readonly name: ServiceName;
  readonly contracts: EventContracts;
  readonly handlers: ReadonlyMap<EventType, AnyHandler>;
  readonly assembly: ReplayAssembly;
  /** A scratch one, brought to its newest schema, and empty. */
  readonly database: Database;
  readonly outbox: Outbox;
  readonly codec: Codec;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Takes what was captured since the last time. */
  takeEffects(): CapturedEffect[];
  /** Hears why an event was given up then. */
  onGivenUp(eventId: string, reason: string): void;
}

/** Records that are handled in one transaction. */
interface Batch {
  readonly lane: string;
  readonly isHistory: boolean;
  readonly restoration: Restoration | undefined;
  readonly records: IncomingRecord[];
}

/**
 * Feeds records to the processors that the consumer uses, without a broker: neighbours of one partition are a batch and
 * a transaction, as when a consumer fetches. What the service writes to its outbox is not published but told.
 * @param lines `ReplayInput` as JSON, in the order in which the records are to be handled
 * @throws Error when what the service depends on does not answer, or a restoration fails
 */
export async function replay(
  parts: ReplayParts,
  lines: AsyncIterable<string>,
  write: (output: ReplayOutput) => Promise<void>,
): Promise<void> {
  const { name, database, codec, assembly } = parts;
  const restorations = new Map(
    (assembly.restorations ?? []).flatMap((one) => one.types.map((type) => [type, one] as const)),
  );
  const group = { ...parts, group: consumerGroup(name), handlerDeadline_ms: HANDLER_DEADLINE_MS };
  const processorOf = processors(group, policy);
  let toldUpTo = 0;
  let count = 0;

  async function handle({ lane, restoration, records }: Batch): Promise<void> {
    if (restoration) {
      await untilAvailable(async () => codec.prepare(records));
      const events = records.map((record) => codec.decode(record));
      await untilAvailable(() => transaction(database, (trx) => restoration.handle(trx, events)));
      return;
    }
    const topic = records[0]?.topic ?? '';
    const processor = processorOf.get(topic);
    if (!processor) throw new Error(`${name} handles nothing of ${lane}`);
    await processAll(processor, records);
  }

  async function run(batch: Batch): Promise<void> {
    await handle(batch);
    await assembly.settle?.();
    count += batch.records.length;
    const { isHistory } = batch;
    for (const effect of parts.takeEffects()) await write({ kind: 'effect', effect, isHistory });
    for (;;) {
      const rows = await appended(database, toldUpTo);
      for (const record of rows) await write({ kind: 'told', record: toRecordLine(record), isHistory });
      toldUpTo = Number(rows.at(-1)?.offset ?? toldUpTo);
      if (rows.length < ROWS_PER_READ) return;
    }
  }

  await write(needsOf(parts));
  let batch: Batch | undefined;
  for await (const line of lines) {
    const { record: told, isHistory, givenUp } = JSON.parse(line) as ReplayInput;
    const record = fromRecordLine(told);
    const identity = identify(codec, record);
    if (identity && givenUp !== undefined) parts.onGivenUp(identity.id, givenUp);
    const restored = restorations.get(identity?.type as EventType);
    const lane = laneOf(record);
    const joins = batch?.lane === lane && batch.isHistory === isHistory && batch.restoration === restored;
    if (batch && (!joins || batch.records.length >= BATCH_RECORDS_MAX)) {
      await run(batch);
      batch = undefined;
    }
    batch ??= { lane, isHistory, restoration: restored, records: [] };
    batch.records.push(record);
  }
  if (batch) await run(batch);
  await write({ kind: 'end', records: count });
}

function needsOf({ name, contracts, handlers, assembly }: ReplayParts): ReplayNeeds {
  const { restorations = [], dependsOnOtherKeys = false, caveats = [] } = assembly;
  const types = (kind?: Restoration['kind']) =>
    restorations.filter((one) => kind === undefined || one.kind === kind).flatMap((one) => one.types);
  return {
    kind: 'needs',
    service: name,
    handledTopics: [...new Set([...handlers.keys()].map((type) => topicOf(type, contracts.topics)))],
    restored: types(),
    given: types('given'),
    dependsOnOtherKeys,
    caveats,
  };
}

/** Undefined for a record that cannot be told to be any event: the processor is to make of it what it can. */
function identify(codec: Codec, record: IncomingRecord): ReturnType<Codec['identify']> | undefined {
  try {
    return codec.identify(record, headerIndex(record.headers));
  } catch (error) {
    if (error instanceof PoisonError) return undefined;
    throw error;
  }
}

/** @throws what was not available for long: to the processor that means to leave off, lest it becomes a dead letter */
async function processAll(processor: Processor, records: readonly IncomingRecord[]): Promise<void> {
  let missing: unknown;
  const until: Until = {
    async available(work) {
      try {
        return await untilAvailable(work);
      } catch (error) {
        if (!isPassing(error)) throw error;
        missing ??= error;
        throw new CancelledError();
      }
    },
    ending: AbortSignal.timeout(BATCH_MS_MAX),
    done: () => undefined,
    alive: () => undefined,
  };
  try {
    await processor.process(records, until);
  } catch (error) {
    throw missing ?? error;
  }
}

/** Nothing that a replay depends on is worth waiting for long: it is the scratch database, or it must not be asked. */
async function untilAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (let failure = 0; ; failure++) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || failure + 1 >= TRIES_MAX) throw error;
      await pause(backoff_ms(failure, 100, 1_000));
    }
  }
}

function isPassing(error: unknown): boolean {
  return ['infrastructure', 'contention'].includes(classify(error));
}

interface OutboxColumns {
  id: number | string;
  topic: string;
  partition_number: number;
  record_key: Buffer | null;
  payload: Buffer | null;
  headers: Buffer;
}

/** Rows of the outbox behind an id, oldest first, at most 500. */
async function appended(database: Database, after: number): Promise<IncomingRecord[]> {
  const rows = await select<OutboxColumns>(
    database,
    `SELECT id, topic, partition_number, record_key, payload, headers FROM outbox WHERE id > ? ORDER BY id
     LIMIT ${ROWS_PER_READ}`,
    [after],
  );
  return rows.map((row) => ({
    topic: row.topic,
    partition: row.partition_number,
    offset: BigInt(row.id),
    timestamp_ms: Date.now(),
    key: row.record_key,
    value: row.payload,
    headers: decodeHeaders(row.headers),
  }));
}
