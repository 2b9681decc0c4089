import type { Facts, LogFacts, ServiceFacts, Subscription } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { deadLettersOf, isHandled, laneOf, placeOf } from '../views';

/** Inboxes keep ids for at least this long: twice the longest limited retention of a topic (kernel's promise 9). */
const INBOX_RETENTION_MS_MIN = 14 * 24 * 60 * 60_000;

/** Everything could be read: nothing below was judged by a part of what is there. */
export function complete(facts: Facts): Finding {
  const found = tally('complete', 'All sources could be read in full');
  for (const { name, isWhole } of facts.sources) found.check(isWhole, () => `${name}: too large to judge`);
  found.note(`services: ${facts.services.map(({ name }) => name).join(', ')}`);
  return found.finding();
}

/** The system is at rest: all that was written is published, and all that was published is consumed. */
export function drained(facts: Facts): Finding {
  const found = tally('drained', 'Outboxes are empty and groups have read to the end');
  found.check(facts.isAtRest, () => 'the system did not come to rest in the time given');
  for (const { name, rows } of facts.services) {
    const waiting = rows.filter(({ status }) => status !== 'PUBLISHED');
    if (waiting.length === 0) found.check(true, () => '');
    for (const { eventId, topic, status, lastError } of waiting) {
      const why = lastError === null ? '' : `: ${lastError}`;
      found.check(false, () => `${name} ${eventId} for ${topic} is ${status}${why}`);
    }
  }
  for (const { subscription, service, log } of lanesRead(facts)) {
    if (log.high === 0) continue;
    const lane = laneOf(log);
    const progress = service.progress.get(lane);
    const committed = service.committed.get(lane);
    found.check(
      (progress ?? 0) >= log.high && (committed ?? 0) >= log.high,
      () =>
        `${subscription.group} ${lane}: end ${log.high}, database ${progress ?? 'none'}, committed ${committed ?? 'none'}`,
    );
  }
  return found.finding();
}

/**
 * What a group handles it has received, unless it put it aside: nothing was lost on the way in. Repeats are looked at
 * like any other, for the first of an event may be a dead letter and the second an effect. That none is received
 * twice is the inbox's primary key.
 */
export function received(facts: Facts): Finding {
  const found = tally('received', 'Every event that a group handles was received by it');
  const letters = new Set(deadLettersOf(facts).map(({ letter }) => letter.id));
  let old = 0;
  let aside = 0;
  for (const { subscription, service, log } of lanesRead(facts)) {
    const parked = new Set(service.parked.map(placeOf));
    const next = service.progress.get(laneOf(log)) ?? 0;
    for (const record of log.records) {
      if (record.offset >= next) break;
      if (!isHandled(record, subscription)) continue;
      if (service.received.has(record.eventId ?? '')) found.check(true, () => '');
      else if (letters.has(`${subscription.group}:${record.topic}:${record.partition}:${record.offset}`))
        aside++;
      else if (parked.has(placeOf(record))) aside++;
      else if (record.timestamp_ms < facts.readAt_ms - INBOX_RETENTION_MS_MIN) old++;
      else
        found.check(
          false,
          () => `${subscription.group} never received ${record.eventId ?? ''} at ${placeOf(record)}`,
        );
    }
  }
  found.noteCount(aside, 'events are dead letters or parked');
  found.noteCount(old, 'events are older than what inboxes keep');
  return found.finding();
}

export interface LaneRead {
  readonly subscription: Subscription;
  readonly service: ServiceFacts;
  readonly log: LogFacts;
}

/** Each partition that an audited group reads. */
export function lanesRead(facts: Facts): LaneRead[] {
  return facts.subscriptions.flatMap((subscription) => {
    const service = facts.services.find(({ group }) => group === subscription.group);
    const logs = facts.logs.filter(({ topic }) => topic === subscription.topic);
    return service ? logs.map((log) => ({ subscription, service, log })) : [];
  });
}
