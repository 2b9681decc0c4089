import { eventHeaders } from '@naru/contracts';
import { startMessageSpan } from '../telemetry/message-spans';
import { endSpan, isTracing } from '../telemetry/tracing';
import { headerIndex } from './broker';
import type { PendingRow } from './outbox-store';

/** A span for each record of a send that has ended, in the record's own trace; none where spans go nowhere. */
export function tellOfSend(rows: readonly PendingRow[], from_ms: number, error?: unknown): void {
  if (!isTracing()) return;
  for (const { topic, partition, headers } of rows) {
    const index = headerIndex(headers);
    const eventId = index.get(eventHeaders.id)?.toString('utf8');
    const parent = index.get(eventHeaders.traceparent)?.toString('utf8');
    endSpan(startMessageSpan('send', { topic, partition, eventId, parent, from_ms }), error);
  }
}
