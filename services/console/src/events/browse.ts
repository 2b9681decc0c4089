import { eventHeaders, topicSpecifications, topics, type TopicDeclaration } from '@naru/contracts';
import {
  headerText,
  laneOf,
  partitionOf,
  ProblemError,
  InfrastructureError,
  type IncomingRecord,
  type KafkaObserver,
  type PartitionState,
} from '@naru/kernel';
import type { Connections } from '@naru/operations';
import { headerTexts, payloadText } from '../masking';
import type { EventPage, EventView } from '../views';

const LIMIT_DEFAULT = 50;
const LOOKED_MAX = 20_000;
const TIME_MS_MAX = 5_000;
/** Records of one partition that are looked at together. */
const CHUNK = 200n;

const partitionsOf = new Map(topicSpecifications().map(({ name, partitions }) => [name, partitions]));

export interface EventsQuery {
  readonly topic: string;
  readonly key?: string | undefined;
  readonly type?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number | undefined;
}

/** A partition that is read backwards, down to `low`. */
interface Strand {
  readonly state: PartitionState;
  readonly low: bigint;
  next: bigint;
  readonly found: IncomingRecord[];
}

/**
 * The newest events of a topic that fit. Looks at 20,000 records, for 5 s, at most; without a group, so that nothing of
 * it stays behind.
 * @throws ProblemError 404 for a topic that is none of Naru's
 */
export async function browseEvents(
  { broker: observer, codec }: Pick<Connections, 'broker' | 'codec'>,
  query: EventsQuery,
  isShown: boolean,
): Promise<EventPage> {
  const { topic, limit = LIMIT_DEFAULT } = query;
  if (!partitionsOf.has(topic)) throw new ProblemError(404, 'not-found', `${topic} is none of Naru's topics`);
  const until_ms = performance.now() + TIME_MS_MAX;
  const strands = await strandsOf(observer, query);
  let looked = 0;
  let isCutShort = false;
  // A round takes a chunk of each strand that may still have one of the newest.
  for (;;) {
    const open = strands.filter(({ next, low, found }) => next > low && found.length < limit);
    if (open.length === 0) break;
    if (looked >= LOOKED_MAX || performance.now() > until_ms) {
      isCutShort = true;
      break;
    }
    const counts = await Promise.all(open.map((strand) => readChunk(observer, strand, query)));
    looked += counts.reduce((sum, count) => sum + count, 0);
  }
  const newest = strands
    .flatMap(({ found }) => found)
    .sort((one, other) => other.timestamp_ms - one.timestamp_ms || Number(other.offset - one.offset))
    .slice(0, limit);
  const events: EventView[] = [];
  for (const record of newest) events.push(viewOf(record, await codec.presentable(record), isShown));
  return { events, isCutShort, looked };
}

async function strandsOf(observer: KafkaObserver, { topic, key, from, to }: EventsQuery): Promise<Strand[]> {
  const { partitions } = await observer.cluster();
  const only = key === undefined ? undefined : partitionOfKey(topic, key);
  const meant = partitions.filter(
    (state) => state.topic === topic && (only === undefined || state.partition === only),
  );
  const [lows, highs] = await Promise.all([
    observer.offsets(meant, from === undefined ? 'start' : { since_ms: Date.parse(from) }),
    observer.offsets(meant, to === undefined ? 'end' : { since_ms: Date.parse(to) }),
  ]);
  const [problem] = [...lows.problems, ...highs.problems];
  if (problem !== undefined) throw new InfrastructureError('broker', problem);
  return meant.flatMap((state) => {
    const low = lows.values.get(laneOf(state));
    const high = highs.values.get(laneOf(state));
    return low === undefined || high === undefined ? [] : [{ state, low, next: high, found: [] }];
  });
}

/** Undefined where a topic's records may be anywhere, whatever their key. */
function partitionOfKey(topic: string, key: string): number | undefined {
  const declared = (topics as Record<string, TopicDeclaration>)[topic];
  if (!declared || declared.key === null) return undefined;
  return partitionOf(topic, Buffer.from(key), declared.partitions);
}

/** @returns how many records were looked at */
async function readChunk(
  observer: KafkaObserver,
  strand: Strand,
  { key, type }: EventsQuery,
): Promise<number> {
  const end = strand.next;
  const start = end - CHUNK > strand.low ? end - CHUNK : strand.low;
  const records: IncomingRecord[] = [];
  for await (const record of observer.read(strand.state, start, end)) records.push(record);
  strand.next = start;
  const fitting = records.filter(
    (record) =>
      (key === undefined || record.key?.toString('utf8') === key) &&
      (type === undefined || headerText(record.headers, eventHeaders.type) === type),
  );
  strand.found.push(...fitting.reverse());
  return records.length;
}

function viewOf(record: IncomingRecord, value: Buffer | null, isShown: boolean): EventView {
  const { topic, partition, offset, timestamp_ms, key, headers } = record;
  return {
    ...{ topic, partition, offset: String(offset), at: new Date(timestamp_ms).toISOString() },
    key: key?.toString('utf8') ?? null,
    type: headerText(headers, eventHeaders.type) ?? null,
    id: headerText(headers, eventHeaders.id) ?? null,
    headers: headerTexts(headers, isShown),
    ...payloadText(value, isShown),
  };
}
