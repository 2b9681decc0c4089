import { consumerGroup } from '@naru/contracts';
import type { Facts, LogFacts, LogRecord, OutboxRow, ServiceFacts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { laneOf, placeOf, publishedRows } from '../views';

/** A record may be written this long before its row says so by the database's clock. */
const CLOCK_SKEW_MS = 5_000;
/** Brokers look for expired segments now and then; rows this close to the end of retention are not judged. */
const RETENTION_MARGIN_MS = 10 * 60_000;

/** What was marked as published is in the log of its topic and partition, with the same bytes: this is what finds loss. */
export function published(facts: Facts): Finding {
  const found = tally('published', 'Every published outbox row is in its topic, byte for byte');
  const logs = logsByLane(facts);
  const fingerprints = new Set(
    facts.logs.flatMap(({ records }) => records.map((record) => record.fingerprint)),
  );
  const eventIds = eventIdsByLane(facts);
  let expired = 0;
  for (const service of facts.services) {
    const skipped = service.rows.filter(
      ({ status, publishedAt_ms }) => status === 'PUBLISHED' && publishedAt_ms === null,
    );
    found.noteCount(skipped.length, `rows of ${service.name} were given up by an operator`);
    for (const row of publishedRows(service)) {
      const log = logs.get(laneOf(row));
      if (log && isExpired(row, log, facts.readAt_ms)) expired++;
      else
        found.check(fingerprints.has(row.fingerprint), () => {
          const isChanged = eventIds.get(laneOf(row))?.has(row.eventId) ?? false;
          return `${service.name} ${row.eventId}: ${isChanged ? 'other bytes in' : 'not in'} ${laneOf(row)}`;
        });
    }
  }
  found.noteCount(expired, 'rows are past the retention of their topic');
  return found.finding();
}

/** For each partition and ordering key, records occur for the first time in the order of their outbox rows. */
export function order(facts: Facts): Finding {
  const found = tally('order', 'For each key, first occurrences in the log are in the order of the outbox');
  const first = firstOffsets(facts);
  for (const service of facts.services) {
    const last = new Map<string, { offset: number; eventId: string }>();
    for (const row of service.rows) {
      const offset = first.get(row.fingerprint);
      if (offset === undefined) continue;
      const key = `${laneOf(row)} ${row.orderingKey}`;
      const before = last.get(key);
      if (before) {
        found.check(offset > before.offset, () => {
          const later = `${before.eventId} (offset ${before.offset})`;
          return `${service.name} ${row.eventId}: ${laneOf(row)}@${offset}, its row is after that of ${later}`;
        });
      }
      last.set(key, { offset, eventId: row.eventId });
    }
  }
  return found.finding();
}

/** A record that says it is a service's has a row in that service's outbox. */
export function noPhantom(facts: Facts): Finding {
  const found = tally('no-phantom', 'Every record comes from the outbox of its service');
  const producers = new Map(facts.services.map((service) => [service.name, outboxOf(service)]));
  let purged = 0;
  let unknown = 0;
  for (const { records } of facts.logs) {
    for (const record of records) {
      const outbox = producers.get(producerOf(record, facts));
      if (!outbox) unknown++;
      else if (outbox.fingerprints.has(record.fingerprint)) found.check(true, () => '');
      else if (record.timestamp_ms < outbox.completeFrom_ms) purged++;
      else found.check(false, () => `${placeOf(record)} (${record.eventId ?? 'no id'}): in no outbox`);
    }
  }
  found.noteCount(purged, 'records are older than what their outboxes keep');
  found.noteCount(unknown, 'records are of no audited service');
  return found.finding();
}

/** Whose outbox a record came from: the failed group's for dead letters and what was sent again, else its source's. */
function producerOf(record: LogRecord, facts: Facts): string {
  const group = record.letter?.group ?? record.redriveGroup;
  if (group !== undefined) return facts.services.find((service) => service.group === group)?.name ?? '';
  const name = /^\/naru\/(.+)$/.exec(record.source ?? '')?.[1] ?? '';
  return facts.services.some((service) => service.name === name && service.group === consumerGroup(name))
    ? name
    : '';
}

interface Outbox {
  readonly fingerprints: ReadonlySet<string>;
  /** Rows of records written from then on have not been purged. */
  readonly completeFrom_ms: number;
}

function outboxOf({ rows }: ServiceFacts): Outbox {
  const fingerprints = new Set(rows.map(({ fingerprint }) => fingerprint));
  if (rows[0]?.id === 1) return { fingerprints, completeFrom_ms: 0 };
  const oldest_ms = rows.reduce(
    (least, { publishedAt_ms }) => Math.min(least, publishedAt_ms ?? Infinity),
    Infinity,
  );
  return { fingerprints, completeFrom_ms: oldest_ms + CLOCK_SKEW_MS };
}

function isExpired({ publishedAt_ms }: OutboxRow, { retention_ms }: LogFacts, now_ms: number): boolean {
  if (retention_ms < 0 || publishedAt_ms === null) return false;
  return publishedAt_ms < now_ms - retention_ms + RETENTION_MARGIN_MS;
}

function logsByLane(facts: Facts): Map<string, LogFacts> {
  return new Map(facts.logs.map((log) => [laneOf(log), log]));
}

function eventIdsByLane(facts: Facts): Map<string, Set<string>> {
  return new Map(
    facts.logs.map((log) => [laneOf(log), new Set(log.records.flatMap(({ eventId }) => eventId ?? []))]),
  );
}

function firstOffsets(facts: Facts): Map<string, number> {
  const first = new Map<string, number>();
  for (const { records } of facts.logs) {
    for (const { fingerprint, offset } of records)
      if (!first.has(fingerprint)) first.set(fingerprint, offset);
  }
  return first;
}
