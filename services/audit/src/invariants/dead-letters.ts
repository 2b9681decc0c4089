import type { Facts, LogRecord } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { deadLettersOf, isPoison, laneOf, placeOf } from '../views';
import { lanesRead } from './delivery';

/**
 * A dead letter is written once, and carries its record untouched. The relay may repeat a record whose acknowledgement
 * was lost, byte for byte; that is noted, for a redrive passes over such a copy.
 */
export function deadLetters(facts: Facts): Finding {
  const found = tally('dead-letters', 'Each dead letter is there once, with the bytes of its record');
  const sources = new Map(
    facts.logs.flatMap(({ records }) => records.map((record) => [placeOf(record), record])),
  );
  const lows = new Map(facts.logs.map((log) => [laneOf(log), log.low]));
  const seen = new Map<string, string>();
  let repeated = 0;
  let gone = 0;
  for (const record of deadLettersOf(facts)) {
    const { letter, fingerprint } = record;
    const before = seen.get(letter.id);
    seen.set(letter.id, before ?? fingerprint);
    if (before === fingerprint) repeated++;
    else found.check(before === undefined, () => `${letter.id}: another one at ${placeOf(record)}`);
    if (before !== undefined) continue;
    const source = sources.get(placeOf(letter));
    if (source) found.check(isSame(record, source), () => `${letter.id}: not as ${placeOf(source)}`);
    else if (letter.offset < (lows.get(laneOf(letter)) ?? 0)) gone++;
    else found.check(false, () => `${letter.id}: there is no such record`);
  }
  for (const [id, count] of rowsTwice(facts)) found.check(false, () => `${id}: ${count} outbox rows`);
  found.noteCount(repeated, 'dead letters were repeated byte for byte by the relay');
  found.noteCount(gone, 'records of dead letters are past the retention of their topic');
  return found.finding();
}

function isSame(letter: LogRecord, source: LogRecord): boolean {
  return letter.partition === source.partition && letter.content === source.content;
}

/** Dead letters that stand more than once in outboxes, under whatever id. */
function rowsTwice(facts: Facts): [id: string, count: number][] {
  const letters = new Map(deadLettersOf(facts).map((record) => [record.fingerprint, record.letter.id]));
  const counts = new Map<string, number>();
  for (const { fingerprint } of facts.services.flatMap(({ rows }) => rows)) {
    const id = letters.get(fingerprint);
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1);
}

/** A record that no handler can read is a dead letter of each group that reads its topic, or waits in the queue of a parked key. */
export function poison(facts: Facts): Finding {
  const found = tally(
    'poison',
    'Every unreadable record is a dead letter of each group that reads its topic',
  );
  const letters = new Set(deadLettersOf(facts).map(({ letter }) => letter.id));
  for (const { subscription, service, log } of lanesRead(facts)) {
    const next = service.progress.get(laneOf(log)) ?? 0;
    const parked = new Set(service.parked.map(placeOf));
    for (const record of log.records) {
      if (record.offset >= next || !isPoison(record, subscription)) continue;
      const id = `${subscription.group}:${record.topic}:${record.partition}:${record.offset}`;
      found.check(letters.has(id) || parked.has(placeOf(record)), () => `${id}: no dead letter`);
    }
  }
  return found.finding();
}
