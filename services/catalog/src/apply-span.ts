import { eventHeaders } from '@naru/contracts';
import { endSpan, headerText, isTracing, spanAttributes, startMessageSpan } from '@naru/kernel';
import type { Applied } from './apply-heard';

/** The effect of a heard event, next to the group's work on the message, which only stored it. */
export function tellTrace(group: string, { row, outcome, error }: Applied, from_ms: number): void {
  if (!isTracing()) return;
  const { topic, partition, offset, headers } = row.record;
  const parent = headerText(headers, eventHeaders.traceparent);
  const message = { topic, partition, offset, group, eventId: row.eventId, parent, from_ms };
  const span = startMessageSpan('apply', message);
  span.setAttribute(spanAttributes.outcome, outcome);
  endSpan(span, error);
}
