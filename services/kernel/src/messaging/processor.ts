import type { Span } from '@opentelemetry/api';
import { eventHeaders, redriveHeaders, type EventType } from '@naru/contracts';
import type { Database } from '../database/database';
import { PoisonError } from '../errors';
import type { Log } from '../log';
import type { Metrics } from '../telemetry/metrics';
import { startMessageSpan } from '../telemetry/message-spans';
import { isTraceparent, isTracing, newTraceparent, traceparentOf } from '../telemetry/tracing';
import { headerIndex, headerText, type IncomingRecord, type TopicPartition } from './broker';
import type { Codec, Event, EventContracts } from './codec';
import type { AnyHandler } from './handlers';
import type { Outbox } from './outbox';

/** What handling records needs, the same for every partition of a group. */
export interface GroupParts {
  readonly group: string;
  readonly contracts: EventContracts;
  readonly codec: Codec;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly handlers: ReadonlyMap<EventType, AnyHandler>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** A transactional handler that takes longer is rolled back and counts as failed. */
  readonly handlerDeadline_ms: number;
  /** Records of one parked key, itself included; beyond it the partition waits. 10,000 by default. */
  readonly parkedRecordsMax?: number;
}

/** Tries work again while something it depends on does not answer; nothing is lost by waiting. */
export type UntilAvailable = <T>(work: () => Promise<T>) => Promise<T>;

/** Handles the records of one partition; resolves when all of them are done for good. */
export interface Processor {
  process(records: readonly IncomingRecord[], until: Until): Promise<void>;
}

export interface Until {
  readonly available: UntilAvailable;
  /** Aborts waiting: the partition is no longer this member's, or the process stops. */
  readonly ending: AbortSignal;
  /** Everything up to this offset (exclusive) is done and saved. */
  done(next: bigint): void;
  /** A sign of progress for the watchdog. */
  alive(): void;
}

/**
 * A record sorted: an event with its handler, a poison with its error, or one that is passed over. An event is in a span
 * of its own where spans go anywhere; else it goes on in the trace it came with.
 */
export type Sorted =
  | {
      readonly kind: 'event';
      readonly event: Event & { readonly traceparent: string };
      readonly handler: AnyHandler;
      readonly span?: Span;
    }
  | { readonly kind: 'poison'; readonly record: IncomingRecord; readonly error: PoisonError }
  | { readonly kind: 'skipped'; readonly record: IncomingRecord };

/** @throws InfrastructureError when `prepareRecords` has not made its schema known */
export function sortRecord(parts: GroupParts, record: IncomingRecord): Sorted {
  const headers = headerIndex(record.headers);
  const redrivenFor = headers.get(redriveHeaders.group)?.toString('utf8');
  if (redrivenFor !== undefined && redrivenFor !== parts.group) return { kind: 'skipped', record };
  try {
    const { type } = parts.codec.identify(record, headers);
    const handler = parts.handlers.get(type as EventType);
    if (!handler) return { kind: 'skipped', record };
    const event = parts.codec.decode(record, headers);
    return { kind: 'event', handler, ...traced(parts.group, event) };
  } catch (error) {
    if (error instanceof PoisonError) return { kind: 'poison', record, error };
    throw error;
  }
}

/**
 * Makes known what sorting records needs; those that the group passes over need nothing.
 * @returns undefined when there is nothing to wait for
 */
export function prepareRecords(
  { codec, group, handlers }: GroupParts,
  records: readonly IncomingRecord[],
): Promise<void> | undefined {
  return codec.prepare(records, ({ headers }) => {
    const redrivenFor = headerText(headers, redriveHeaders.group);
    const type = headerText(headers, eventHeaders.type);
    return (redrivenFor === undefined || redrivenFor === group) && handlers.has(type as EventType);
  });
}

function traced(group: string, event: Event) {
  const { id: eventId, record, traceparent: parent } = event;
  if (isTracing()) {
    const { topic, partition, offset } = record;
    const span = startMessageSpan('process', { topic, partition, offset, group, eventId, parent });
    return { event: { ...event, traceparent: traceparentOf(span) }, span };
  }
  return {
    event: isTraceparent(parent)
      ? { ...event, traceparent: parent }
      : { ...event, traceparent: newTraceparent() },
  };
}

export function recordOf(sorted: Sorted): IncomingRecord {
  return sorted.kind === 'event' ? sorted.event.record : sorted.record;
}

export function lastOf(records: readonly IncomingRecord[]): { partition: TopicPartition; next: bigint } {
  const last = records[records.length - 1];
  if (!last) throw new Error('a batch has at least one record');
  return { partition: { topic: last.topic, partition: last.partition }, next: last.offset + 1n };
}
