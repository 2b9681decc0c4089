import { eventHeaders } from '@naru/contracts';
import type { Log } from '../log';
import { spanAttributes, type Outcome } from '../telemetry/names';
import { endSpan, traceIdOf } from '../telemetry/tracing';
import { headerText, laneOf } from './broker';
import { recordOf, type GroupParts, type Sorted } from './processor';

/** What became of a record. */
export interface Report {
  readonly entry: Sorted;
  readonly outcome: Outcome;
  readonly error?: unknown;
}

/** Counts and logs what became of a record. */
export function report(parts: GroupParts, entry: Sorted, outcome: Outcome, error?: unknown): void {
  reportAll(parts, [{ entry, outcome, error }]);
}

/** Counts and logs what became of records of one partition; the one place that tells of it. */
export function reportAll({ group, log, metrics }: GroupParts, reports: readonly Report[]): void {
  const [first] = reports;
  if (!first) return;
  const { topic, partition } = recordOf(first.entry);
  const labels = { messaging_destination_name: topic, messaging_consumer_group_name: group };
  const lines = partitionLog(log, topic, partition);
  const counts = new Map<Outcome, number>();
  const now_ms = Date.now();
  for (const { entry, outcome, error } of reports) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    writeLine(lines, entry, outcome, error);
    if (entry.kind !== 'event' || outcome === 'retried') continue;
    if (outcome === 'processed') {
      metrics.endToEndLatency.observe(labels, Math.max(0, now_ms - entry.event.time_ms) / 1_000);
    }
    if (!entry.span) continue;
    entry.span.setAttribute(spanAttributes.outcome, outcome);
    endSpan(entry.span, error);
  }
  for (const [outcome, count] of counts) metrics.consumed.inc({ ...labels, outcome }, count);
}

const partitionLogs = new WeakMap<Log, Map<string, Log>>();

/**
 * Topic and partition are put in words once for all their lines. Looking for secrets to redact is half the cost of
 * a line; `writeLine` names its fields, and none is one.
 */
function partitionLog(log: Log, topic: string, partition: number): Log {
  const known = partitionLogs.get(log) ?? new Map<string, Log>();
  partitionLogs.set(log, known);
  const lane = laneOf({ topic, partition });
  const existing = known.get(lane);
  if (existing) return existing;
  const made = log.child({ topic, partition }, { redact: [] });
  known.set(lane, made);
  return made;
}

function writeLine(log: Log, entry: Sorted, outcome: Outcome, error: unknown): void {
  const record = recordOf(entry);
  const isEvent = entry.kind === 'event';
  const fields = {
    offset: String(record.offset),
    eventId: isEvent ? entry.event.id : headerText(record.headers, eventHeaders.id),
    type: isEvent ? entry.event.type : undefined,
    traceId: isEvent ? traceIdOf(entry.event.traceparent) : undefined,
    error: error === undefined ? undefined : String(error),
  };
  if (outcome === 'dead-lettered') log.error(fields, 'DEAD LETTER');
  else if (outcome === 'parked') log.error(fields, 'PARKED');
  else if (outcome === 'queued') log.info(fields, 'queued behind a parked record');
  else if (outcome === 'retried') log.warn(fields, 'failed, trying again');
  else if (outcome === 'skipped') log.info(fields, 'skipped');
  else log.info(fields, outcome === 'duplicate' ? 'DUPLICATE' : 'processed');
}
