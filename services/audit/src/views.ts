import type { Facts, LetterOrigin, LogRecord, OutboxRow, ServiceFacts, Subscription } from './facts';

/** Looks at facts that several invariants share. */

export function laneOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}[${partition}]`;
}

/** Where a record is, for people: `topic[partition]@offset`. */
export function placeOf(record: { topic: string; partition: number; offset: number }): string {
  return `${laneOf(record)}@${record.offset}`;
}

export function isFor(record: LogRecord, group: string): boolean {
  return record.redriveGroup === undefined || record.redriveGroup === group;
}

/** An event that the group must have the effect of. */
export function isHandled(record: LogRecord, { group, types }: Subscription): boolean {
  return isFor(record, group) && record.isIdentified && types.includes(record.type ?? '') && record.isDecoded;
}

/** A record that the group can only dead-letter. A declared type that it does not handle is passed over unread. */
export function isPoison(record: LogRecord, { group, types }: Subscription): boolean {
  if (!isFor(record, group)) return false;
  return !record.isIdentified || (types.includes(record.type ?? '') && !record.isDecoded);
}

export type DeadLetterRecord = LogRecord & { readonly letter: LetterOrigin };

export function deadLettersOf(facts: Facts): DeadLetterRecord[] {
  return facts.logs.flatMap(({ records }) =>
    records.filter((record): record is DeadLetterRecord => record.letter !== undefined),
  );
}

/** Records of one topic over all its partitions. */
export function recordsOf(facts: Facts, topic: string): LogRecord[] {
  return facts.logs.filter((log) => log.topic === topic).flatMap(({ records }) => records);
}

/** Events of a type that a handler could read, each once; those sent again are not counted again. */
export function eventsOf(facts: Facts, type: string): LogRecord[] {
  const seen = new Set<string>();
  return facts.logs.flatMap(({ records }) =>
    records.filter((record) => {
      const isOne = record.letter === undefined && record.isDecoded && record.type === type;
      if (!isOne || record.eventId === undefined || seen.has(record.eventId)) return false;
      seen.add(record.eventId);
      return true;
    }),
  );
}

/** Records that a group has put aside: dead letters, and what waits in the parked queue. */
export function setAside(facts: Facts, service: ServiceFacts | undefined): LogRecord[] {
  if (!service) return [];
  const places = new Set(service.parked.map(placeOf));
  return facts.logs.flatMap(({ records }) =>
    records.filter((record) =>
      record.letter ? record.letter.group === service.group : places.has(placeOf(record)),
    ),
  );
}

/** What `pick` finds in the events of a type that a service's group has put aside. */
export function setAsideBy<T>(
  facts: Facts,
  service: string,
  types: readonly string[],
  pick: (record: LogRecord) => T | undefined,
): Set<T> {
  const of = facts.services.find(({ name }) => name === service);
  const records = setAside(facts, of).filter(({ type }) => types.includes(type ?? ''));
  return new Set(records.flatMap((record) => pick(record) ?? []));
}

/** Rows that the relay says are in Kafka; one that an operator gave up is not. */
export function publishedRows({ rows }: ServiceFacts): OutboxRow[] {
  return rows.filter(({ status, publishedAt_ms }) => status === 'PUBLISHED' && publishedAt_ms !== null);
}
