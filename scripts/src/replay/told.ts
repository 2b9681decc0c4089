import { consumerGroup, deadLetterHeaders, eventHeaders, topics, type Topics } from '@naru/contracts';
import {
  deadLetterId,
  headerText,
  laneOf,
  parseDeadLetterId,
  PoisonError,
  type Codec,
  type IncomingRecord,
} from '@naru/kernel';
import { storyOf, type TopicReading } from '@naru/operations';

import type { ToldEvent, ToldLetter } from './compare';

const all: Topics = topics;
const deadLetterTopics: ReadonlySet<string> = new Set(
  Object.values(all).map(({ deadLetterTopic }) => deadLetterTopic),
);

export function isDeadLetter({ topic }: IncomingRecord): boolean {
  return deadLetterTopics.has(topic);
}

/** `topic[partition]@offset` */
export function placeOf(record: IncomingRecord): string {
  return `${laneOf(record)}@${record.offset}`;
}

/** The event in a record; one that cannot be read is told by its text. */
export function eventOf(codec: Codec, record: IncomingRecord, counts: boolean): ToldEvent {
  const text = (name: string) => headerText(record.headers, name) ?? null;
  return {
    place: placeOf(record),
    topic: record.topic,
    story: storyOf(record),
    type: text(eventHeaders.type) ?? 'unknown',
    subject: text(eventHeaders.subject),
    correlationId: text(eventHeaders.correlationId),
    sagaId: text(eventHeaders.sagaId),
    key: record.key?.toString('utf8') ?? null,
    partition: record.partition,
    data: dataOf(codec, record),
    counts,
  };
}

function dataOf(codec: Codec, record: IncomingRecord): unknown {
  try {
    return codec.decode(record).data;
  } catch (error) {
    if (error instanceof PoisonError) return record.value?.toString('utf8') ?? null;
    throw error;
  }
}

/** The dead letter in a record, if it is one of a service's group. */
export function letterOf(
  service: string,
  record: IncomingRecord,
  counts: (originalPlace: string) => boolean,
): ToldLetter | undefined {
  const text = (name: string) => headerText(record.headers, name) ?? '';
  const group = text(deadLetterHeaders.consumerGroup);
  if (group !== consumerGroup(service)) return undefined;
  const written = [deadLetterHeaders.topic, deadLetterHeaders.partition, deadLetterHeaders.offset].map(text);
  const original = parseDeadLetterId([group, ...written].join(':'));
  if (!original) return undefined;
  const place = `${laneOf(original)}@${original.offset}`;
  return {
    id: deadLetterId(group, original),
    place,
    story: storyOf(record),
    exception: text(deadLetterHeaders.exceptionName),
    message: text(deadLetterHeaders.exceptionMessage),
    counts: counts(place),
  };
}

/** The first of each event id, for the broker may hold one twice. */
export function firstOfEach(records: readonly IncomingRecord[]): IncomingRecord[] {
  const seen = new Set<string>();
  return records.filter(({ headers }) => {
    const id = headerText(headers, eventHeaders.id);
    return id === undefined || (!seen.has(id) && seen.add(id));
  });
}

export function isFrom(service: string, { headers }: IncomingRecord): boolean {
  return headerText(headers, eventHeaders.source) === `/naru/${service}`;
}

export function typeOf({ headers }: IncomingRecord): string | undefined {
  return headerText(headers, eventHeaders.type);
}

export function recordsOf({ lanes }: TopicReading): IncomingRecord[] {
  return [...lanes.values()].flat();
}
