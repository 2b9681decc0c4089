import { deadLetterHeaders, eventHeaders, redriveHeaders, topicSpecifications } from '@naru/contracts';
import {
  deadLetterId,
  headerText,
  InfrastructureError,
  PoisonError,
  type Broker,
  type Codec,
  type IncomingRecord,
  type RecordHeaders,
} from '@naru/kernel';
import type { Commit, EventData, LetterOrigin, LogFacts, LogRecord } from '../facts';
import { laneOf } from '../views';
import { decodeCommit } from './committed-offset';
import { contentOf, digestOf } from './digest';
import { ITEMS_MAX, type Reading } from './pages';
import type { System } from './system';

const OFFSETS_TOPIC = '__consumer_offsets';
const OFFSETS_PARTITIONS_MAX = 200;
/** Each partition is read by a consumer of its own; more at once would be in each other's way. */
const PARTITIONS_AT_ONCE = 4;

/** Every topic with its dead-letter topic, from its first record to the last that is there now. */
export async function readLogs(
  { broker, topics, codec }: Pick<System, 'broker' | 'topics' | 'codec'>,
  reading: Reading,
): Promise<LogFacts[]> {
  const lanes = topicSpecifications(topics).flatMap(({ name, partitions, config }) =>
    Array.from({ length: partitions }, (_, partition) => ({
      topic: name,
      partition,
      retention_ms: Number(config['retention.ms']),
    })),
  );
  // One after the other: kafkajs forgets a topic's metadata when it is asked for another one's at the same time.
  const ranges: (Range & { retention_ms: number })[] = [];
  for (const lane of lanes) ranges.push({ ...lane, ...(await broker.offsetRange(lane)) });
  return eachOf(ranges, async ({ topic, partition, low, high, retention_ms }) => {
    const records: LogRecord[] = [];
    const isOfEvents = topic in topics;
    await readPartition(broker, { topic, partition, low, high }, reading, async (record) => {
      const unknown = codec.prepare([record]);
      if (unknown) await unknown;
      records.push(isOfEvents ? eventRecord(codec, record) : letterRecord(codec, record));
    });
    return { topic, partition, low: Number(low), high: Number(high), retention_ms, records };
  });
}

/** Commits of some groups, in the order in which Kafka stored them; those that it compacted away are not there. */
export async function readCommits(
  broker: Broker,
  groups: ReadonlySet<string>,
  reading: Reading,
): Promise<Commit[]> {
  const commits = await eachOf(await offsetsPartitions(broker), async (partition) => {
    const found: Commit[] = [];
    await readPartition(broker, { topic: OFFSETS_TOPIC, ...partition }, reading, async ({ key, value }) => {
      const commit = decodeCommit(key, value);
      if (commit && groups.has(commit.group)) found.push(commit);
    });
    return found;
  });
  return commits.flat();
}

async function offsetsPartitions(broker: Broker) {
  const found: { partition: number; low: bigint; high: bigint }[] = [];
  for (let partition = 0; partition < OFFSETS_PARTITIONS_MAX; partition++) {
    try {
      found.push({ partition, ...(await broker.offsetRange({ topic: OFFSETS_TOPIC, partition })) });
    } catch (error) {
      const isPastLast = error instanceof InfrastructureError && error.message.endsWith('is not there');
      if (!isPastLast || partition === 0) throw error;
      return found;
    }
  }
  throw new Error(`${OFFSETS_TOPIC} has more than ${OFFSETS_PARTITIONS_MAX} partitions`);
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly low: bigint;
  readonly high: bigint;
}

async function readPartition(
  broker: Broker,
  { topic, partition, low, high }: Range,
  reading: Reading,
  each: (record: IncomingRecord) => Promise<void>,
): Promise<void> {
  const end = high - low > ITEMS_MAX ? low + BigInt(ITEMS_MAX) : high;
  reading.sources.push({ name: laneOf({ topic, partition }), isWhole: end === high });
  for await (const record of broker.read({ topic, partition }, low, end)) {
    reading.signal?.throwIfAborted();
    await each(record);
  }
}

function eventRecord(codec: Codec, record: IncomingRecord): LogRecord {
  return { ...common(codec, record), letter: undefined };
}

/** A dead letter is decoded as the record that it carries. */
function letterRecord(codec: Codec, record: IncomingRecord): LogRecord {
  const letter = originOf(record.headers);
  const { fingerprint, topic, partition, offset } = common(codec, record);
  const carried = common(codec, { ...record, topic: letter?.topic ?? topic });
  return { ...carried, topic, partition, offset, fingerprint, letter };
}

function originOf(headers: RecordHeaders): LetterOrigin | undefined {
  const group = headerText(headers, deadLetterHeaders.consumerGroup);
  const topic = headerText(headers, deadLetterHeaders.topic);
  const partition = Number(headerText(headers, deadLetterHeaders.partition) ?? NaN);
  const offset = Number(headerText(headers, deadLetterHeaders.offset) ?? NaN);
  if (group === undefined || topic === undefined) return undefined;
  if (!Number.isSafeInteger(partition) || !Number.isSafeInteger(offset)) return undefined;
  const id = deadLetterId(group, { topic, partition, offset: BigInt(offset) });
  return { id, group, topic, partition, offset };
}

function common(codec: Codec, record: IncomingRecord): Omit<LogRecord, 'letter'> {
  const { topic, partition, offset, timestamp_ms, headers } = record;
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp_ms,
    source: headerText(headers, eventHeaders.source),
    redriveGroup: headerText(headers, redriveHeaders.group),
    ...readEvent(codec, record),
    fingerprint: digestOf(record, laneOf({ topic, partition })),
    content: contentOf(record),
  };
}

function readEvent(codec: Codec, record: IncomingRecord) {
  const readable = attempt(() => codec.identify(record));
  if (!readable) {
    const eventId = headerText(record.headers, eventHeaders.id);
    const type = headerText(record.headers, eventHeaders.type);
    return { eventId, type, isIdentified: false, isDecoded: false, data: undefined };
  }
  const event = attempt(() => codec.decode(record));
  const named = { eventId: readable.id, type: readable.type, isIdentified: true };
  return { ...named, isDecoded: event !== undefined, data: event && fieldsOf(event.data) };
}

type Nullable<T> = { readonly [Field in keyof T]: T[Field] | null };

/** Fields that tell whom or what an event is about. */
function fieldsOf(data: object): EventData {
  const { userId, boardId, orderId, name, version } = data as Nullable<EventData>;
  return {
    ...(userId != null && { userId }),
    ...(boardId != null && { boardId }),
    ...(orderId != null && { orderId }),
    ...(name != null && { name }),
    ...(version != null && { version }),
  };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof PoisonError) return undefined;
    throw error;
  }
}

/** Does work for each item, a few at once. @returns the results in order */
async function eachOf<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>) {
  const results: Result[] = new Array<Result>(items.length);
  const queue = [...items.entries()];
  const runner = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: PARTITIONS_AT_ONCE }, runner));
  return results;
}
