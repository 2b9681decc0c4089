import { isDeepStrictEqual } from 'node:util';

import type { StateRow } from '@naru/operations';

/** An event that a service told, released or replayed. */
export interface ToldEvent {
  /** `topic[partition]@offset`; of a replayed one its place in the outbox. */
  readonly place: string;
  readonly topic: string;
  readonly story: string;
  readonly type: string;
  readonly subject: string | null;
  readonly correlationId: string | null;
  readonly sagaId: string | null;
  readonly key: string | null;
  readonly partition: number;
  readonly data: unknown;
  /** Whether one without a partner counts: not what belongs to the time before the window. */
  readonly counts: boolean;
}

/** A record that could not be handled. */
export interface ToldLetter {
  /** Group, topic, partition and offset of what failed. */
  readonly id: string;
  /** `topic[partition]@offset` of what failed. */
  readonly place: string;
  readonly story: string;
  /** Name of the exception. */
  readonly exception: string;
  readonly message: string;
  readonly counts: boolean;
}

export interface FieldDifference {
  readonly field: string;
  readonly then: unknown;
  readonly now: unknown;
}

export type Difference = { readonly service: string; readonly story: string } & (
  | { readonly kind: 'missing-event'; readonly type: string; readonly place: string; readonly data: unknown }
  | { readonly kind: 'extra-event'; readonly type: string; readonly data: unknown }
  | {
      readonly kind: 'other-payload';
      readonly type: string;
      readonly place: string;
      readonly fields: readonly FieldDifference[];
    }
  | {
      readonly kind: 'other-order';
      readonly topic: string;
      readonly then: readonly string[];
      readonly now: readonly string[];
    }
  | {
      readonly kind: 'dead-lettered-now' | 'dead-lettered-then';
      readonly id: string;
      readonly exception: string;
    }
  | { readonly kind: 'other-dead-letter'; readonly id: string; readonly fields: readonly FieldDifference[] }
  | {
      readonly kind: 'other-state';
      readonly table: string;
      readonly id: string;
      readonly fields: readonly FieldDifference[];
    }
);

/**
 * What is new each time and so never compared, besides what is not read at all: event ids, event times, traces, offsets
 * and times in tables.
 */
const newEachTime: Readonly<Record<string, readonly string[]>> = {
  'payment.completed': ['paymentId'],
  'payment.failed': ['paymentId'],
  'payment.refunded': ['paymentId'],
  'payment.voided': ['paymentId'],
};

/**
 * Compares what was told then with what is told now. Events are partners by type, subject and correlation id; of several,
 * first those that are alike, then the rest in their order.
 */
export function compareEvents(
  service: string,
  released: readonly ToldEvent[],
  replayed: readonly ToldEvent[],
): Difference[] {
  const waiting = groupBy(replayed, partnership);
  const pairs = new Map<ToldEvent, ToldEvent>();
  const unpaired = new Set(replayed);
  const pairUp = (then: ToldEvent, matches: (now: ToldEvent) => boolean) => {
    const candidates = waiting.get(partnership(then)) ?? [];
    const at = candidates.findIndex(matches);
    if (at < 0) return;
    const [now] = candidates.splice(at, 1);
    pairs.set(then, now!);
    unpaired.delete(now!);
  };
  for (const then of released) pairUp(then, (now) => fieldsOf(then, now).length === 0);
  for (const then of released) if (!pairs.has(then)) pairUp(then, () => true);

  const differences: Difference[] = [];
  for (const then of released) {
    const now = pairs.get(then);
    const { story, type, place, data } = then;
    if (!now) {
      if (then.counts) differences.push({ service, story, kind: 'missing-event', type, place, data });
      continue;
    }
    const fields = fieldsOf(then, now);
    if (fields.length > 0 && (then.counts || now.counts))
      differences.push({ service, story, kind: 'other-payload', type, place, fields });
  }
  for (const { story, type, data, counts } of unpaired)
    if (counts) differences.push({ service, story, kind: 'extra-event', type, data });
  return [...differences, ...compareOrder(service, released, replayed, pairs)];
}

function partnership({ type, subject, correlationId }: ToldEvent): string {
  return JSON.stringify([type, subject, correlationId]);
}

function fieldsOf(then: ToldEvent, now: ToldEvent): FieldDifference[] {
  const ignored = newEachTime[then.type] ?? [];
  const about = ({ topic, partition, key, sagaId, data }: ToldEvent) => ({
    topic,
    partition,
    key,
    sagaId,
    data,
  });
  return differingFields(about(then), about(now))
    .map((difference) => ({ ...difference, field: difference.field.replace(/^data\./, '') }))
    .filter(({ field }) => !ignored.includes(field));
}

/** Events of a key, or without one of a story, that have a partner are to come in the same order. */
function compareOrder(
  service: string,
  released: readonly ToldEvent[],
  replayed: readonly ToldEvent[],
  pairs: ReadonlyMap<ToldEvent, ToldEvent>,
): Difference[] {
  const positions = new Map(replayed.map((event, position) => [event, position]));
  const paired = released.filter((event) => pairs.has(event));
  const differences: Difference[] = [];
  for (const events of groupBy(paired, ({ topic, story }) => `${topic} ${story}`).values()) {
    const positionOf = (event: ToldEvent) => positions.get(pairs.get(event)!)!;
    const reordered = [...events].sort((one, other) => positionOf(one) - positionOf(other));
    const [first] = events;
    if (!first || reordered.every((event, at) => event === events[at])) continue;
    if (!events.some((event) => event.counts)) continue;
    const { story, topic } = first;
    const then = events.map(({ type }) => type);
    const now = reordered.map(({ type }) => type);
    differences.push({ service, story, kind: 'other-order', topic, then, now });
  }
  return differences;
}

/** Compares which records became dead letters, and why. */
export function compareLetters(
  service: string,
  released: readonly ToldLetter[],
  replayed: readonly ToldLetter[],
): Difference[] {
  const then = new Map(released.map((letter) => [letter.id, letter]));
  const now = new Map(replayed.map((letter) => [letter.id, letter]));
  const differences: Difference[] = [];
  for (const letter of released.filter(({ counts }) => counts)) {
    const { id, story } = letter;
    const partner = now.get(id);
    if (!partner) {
      differences.push({ service, story, kind: 'dead-lettered-then', id, exception: reasonOf(letter) });
      continue;
    }
    const fields = differingFields(failureOf(letter), failureOf(partner));
    if (fields.length > 0) differences.push({ service, story, kind: 'other-dead-letter', id, fields });
  }
  for (const letter of replayed) {
    const { id, story, counts } = letter;
    if (counts && !then.has(id))
      differences.push({ service, story, kind: 'dead-lettered-now', id, exception: reasonOf(letter) });
  }
  return differences;
}

function failureOf({ exception, message }: ToldLetter) {
  return { exception, message };
}

function reasonOf({ exception, message }: ToldLetter): string {
  return `${exception}: ${message}`;
}

/** Compares what is kept in tables; a row that is not there has no fields. */
export function compareState(
  service: string,
  live: readonly StateRow[],
  scratch: readonly StateRow[],
): Difference[] {
  const idOf = ({ table, story, id }: StateRow) => JSON.stringify([table, story, id]);
  const now = new Map(scratch.map((row) => [idOf(row), row]));
  const then = new Map(live.map((row) => [idOf(row), row]));
  const rows = [...live, ...scratch.filter((row) => !then.has(idOf(row)))];
  return rows.flatMap((row): Difference[] => {
    const { table, story, id } = row;
    const fields = differingFields(then.get(idOf(row))?.columns ?? {}, now.get(idOf(row))?.columns ?? {});
    return fields.length === 0 ? [] : [{ service, story, kind: 'other-state', table, id, fields }];
  });
}

/** The leaves in which two values differ, named by their path; undefined where one does not have it. */
export function differingFields(then: unknown, now: unknown, path = ''): FieldDifference[] {
  if (isDeepStrictEqual(then, now)) return [];
  if (!isComposite(then) || !isComposite(now) || Array.isArray(then) !== Array.isArray(now))
    return [{ field: path, then, now }];
  const names = new Set([...Object.keys(then), ...Object.keys(now)]);
  return [...names].flatMap((name) =>
    differingFields(then[name], now[name], path === '' ? name : `${path}.${name}`),
  );
}

function isComposite(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
