import { deadLetterHeaders, eventHeaders, redriveHeaders, type Topics } from '@naru/contracts';
import { select, type Connection } from '../database/database';
import { headerText, type Broker, type IncomingRecord } from './broker';
import { deadLetterId, parseDeadLetterId } from './dead-letter';

/** A dead letter is sent again at most this often; after that it stays where it is. */
export const REDRIVES_MAX = 5;
/** Records that one page looks at, however few of them it gives. */
const SCANNED_PER_PAGE = 10_000;
const PAGE_MAX = 1_000;
const CHUNK_RECORDS = 100;

/** `waiting` for a redrive, `redriven` already, or `quarantined`: sent again too often, it stays where it is. */
export type DeadLetterState = 'waiting' | 'redriven' | 'quarantined';

/** What the headers of a record in a dead-letter topic tell; plain data. */
export interface DeadLetter {
  /** `group:topic:partition:offset` of the record that failed. */
  readonly id: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly eventId: string | undefined;
  readonly key: string | undefined;
  readonly reason: string;
  /** When it was dead-lettered, milliseconds since the epoch. */
  readonly at_ms: number;
  /** How often it was sent again before it failed this time. */
  readonly redrives: number;
  readonly state: DeadLetterState;
}

/** A dead letter with the record that carries it. */
export interface StoredDeadLetter {
  readonly letter: DeadLetter;
  readonly record: IncomingRecord;
}

export interface DeadLetterSources {
  readonly broker: Pick<Broker, 'read' | 'offsetRange'>;
  readonly topics: Topics;
  /** The database of the service that a group belongs to: it knows what was redriven. */
  databaseOf(group: string): Connection | undefined;
}

interface Place {
  readonly partition: number;
  readonly offset: bigint;
  /** No other partition is read. */
  readonly isAlone?: boolean;
}

/** Where a dead letter of a topic with this id, or event id, can be: dead letters keep their partition. */
export function placeOf(topic: string, id: string | undefined): Place | undefined {
  const named = id === undefined ? undefined : parseDeadLetterId(id);
  if (named?.topic !== topic) return undefined;
  return { partition: named.partition, offset: 0n, isAlone: true };
}

/**
 * The dead letters of a topic from a place on: partition by partition, oldest first, in chunks of bounded size.
 * Reads what is there when it begins, not what comes while it reads.
 */
export async function* readDeadLetters(
  { broker, topics, databaseOf }: DeadLetterSources,
  topic: string,
  { partition: first, offset, isAlone = false }: Place = { partition: 0, offset: 0n },
): AsyncGenerator<StoredDeadLetter[]> {
  const declaration = topics[topic];
  if (!declaration) throw new Error(`${topic} is not declared`);
  const end = Math.min(declaration.partitions, isAlone ? first + 1 : Infinity);
  for (let partition = first; partition < end; partition++) {
    const source = { topic: declaration.deadLetterTopic, partition };
    const { low, high } = await broker.offsetRange(source);
    const start = partition === first && offset > low ? offset : low;
    let chunk: IncomingRecord[] = [];
    for await (const record of broker.read(source, start, high)) {
      chunk.push(record);
      if (chunk.length < CHUNK_RECORDS) continue;
      yield await withStates(chunk, databaseOf);
      chunk = [];
    }
    if (chunk.length > 0) yield await withStates(chunk, databaseOf);
  }
}

async function withStates(
  records: readonly IncomingRecord[],
  databaseOf: DeadLetterSources['databaseOf'],
): Promise<StoredDeadLetter[]> {
  const parsed = records.map((record) => ({ record, letter: parse(record) }));
  const redriven = new Set<string>();
  for (const group of new Set(parsed.map(({ letter }) => letter.group))) {
    const database = databaseOf(group);
    if (!database) continue;
    const ids = parsed.flatMap(({ letter }) => (letter.group === group ? [letter.id] : []));
    const sql = `SELECT dead_letter FROM redriven WHERE dead_letter IN (${ids.map(() => '?').join(', ')})`;
    for (const row of await select<{ dead_letter: string }>(database, sql, ids))
      redriven.add(row.dead_letter);
  }
  return parsed.map(({ record, letter }) => {
    const rest = letter.redrives >= REDRIVES_MAX ? 'quarantined' : 'waiting';
    return { record, letter: { ...letter, state: redriven.has(letter.id) ? 'redriven' : rest } };
  });
}

function parse(record: IncomingRecord): Omit<DeadLetter, 'state'> {
  const text = (name: string) => headerText(record.headers, name) ?? '';
  const whole = (name: string) => (/^\d+$/.test(text(name)) ? text(name) : '0');
  const group = text(deadLetterHeaders.consumerGroup);
  const topic = text(deadLetterHeaders.topic);
  const partition = Number(whole(deadLetterHeaders.partition));
  const offset = BigInt(whole(deadLetterHeaders.offset));
  return {
    id: deadLetterId(group, { topic, partition, offset }),
    group,
    topic,
    partition,
    eventId: headerText(record.headers, eventHeaders.id),
    key: record.key?.toString('utf8'),
    reason: `${text(deadLetterHeaders.exceptionName)}: ${text(deadLetterHeaders.exceptionMessage)}`,
    at_ms: record.timestamp_ms,
    redrives: Number(whole(redriveHeaders.count)),
  };
}

export interface DeadLetterQuery {
  readonly topic: string;
  readonly group?: string | undefined;
  readonly key?: string | undefined;
  readonly state?: DeadLetterState | undefined;
  /** At most 1,000; 100 by default. */
  readonly limit?: number | undefined;
  /** Where the page before ended. */
  readonly after?: string | undefined;
}

export interface StoredDeadLetterPage {
  readonly letters: readonly StoredDeadLetter[];
  /** Give it as `after` for the next page; null when there is none. A page may be short, or empty, and not the last. */
  readonly next: string | null;
}

export interface DeadLetterPage extends Pick<StoredDeadLetterPage, 'next'> {
  readonly letters: readonly DeadLetter[];
}

/** As `listStoredDeadLetters`, without the records. */
export async function listDeadLetters(
  sources: DeadLetterSources,
  query: DeadLetterQuery,
): Promise<DeadLetterPage> {
  const { letters, next } = await listStoredDeadLetters(sources, query);
  return { letters: letters.map(({ letter }) => letter), next };
}

/**
 * A page of a topic's dead letters, oldest first within each partition. Looks at 10,000 records at most, so that a
 * topic of a million answers in time.
 * @throws RangeError when `after` is not what a page gave
 */
export async function listStoredDeadLetters(
  sources: DeadLetterSources,
  { topic, group, key, state, limit = 100, after }: DeadLetterQuery,
): Promise<StoredDeadLetterPage> {
  const letters: StoredDeadLetter[] = [];
  let scanned = 0;
  for await (const chunk of readDeadLetters(sources, topic, parseCursor(after))) {
    for (const { letter, record } of chunk) {
      const isWanted =
        letter.topic === topic &&
        (group === undefined || letter.group === group) &&
        (key === undefined || letter.key === key) &&
        (state === undefined || letter.state === state);
      if (isWanted) letters.push({ letter, record });
      if (++scanned >= SCANNED_PER_PAGE || letters.length >= Math.min(limit, PAGE_MAX))
        return { letters, next: `${record.partition}:${record.offset + 1n}` };
    }
  }
  return { letters, next: null };
}

function parseCursor(after: string | undefined): Place | undefined {
  if (after === undefined) return undefined;
  const [, partition, offset] = /^(\d+):(\d+)$/.exec(after) ?? [];
  if (!partition || !offset) throw new RangeError(`"${after}" is not where a page ended`);
  return { partition: Number(partition), offset: BigInt(offset) };
}

/**
 * The dead letters with an id, as `listDeadLetters` tells it, or with an event id: one for each time that a group
 * failed on the event. Reads the dead-letter topic through; of a whole id only its partition, up to the first match.
 * @param limit how many at most
 */
export async function findDeadLetters(
  sources: DeadLetterSources,
  topic: string,
  id: string,
  limit: number,
): Promise<StoredDeadLetter[]> {
  const found: StoredDeadLetter[] = [];
  for await (const chunk of readDeadLetters(sources, topic, placeOf(topic, id))) {
    for (const stored of chunk) {
      if (stored.letter.topic !== topic) continue;
      if (stored.letter.id !== id && stored.letter.eventId !== id) continue;
      found.push(stored);
      if (found.length >= limit || stored.letter.id === id) return found;
    }
  }
  return found;
}
