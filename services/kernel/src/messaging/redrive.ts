import { deadLetterHeaders, redriveHeaders, type Topics } from '@naru/contracts';
import { execute, transaction, type Database } from '../database/database';
import { isDuplicateKey } from '../errors';
import { pause } from '../wait';
import type { Broker, IncomingRecord, RecordHeaders } from './broker';
import { placeOf, readDeadLetters, type DeadLetter, type StoredDeadLetter } from './dead-letter-reader';
import type { Outbox } from './outbox';

const RATE_PER_S_DEFAULT = 100;
const LIMIT_DEFAULT = 1_000;
export const REDRIVE_LIMIT_MAX = 10_000;

export interface RedriveRequest {
  readonly topic: string;
  readonly group: string;
  /** Which of the group's dead letters: that with this id or event id, or those of a key; all of them by default. */
  readonly id?: string | undefined;
  readonly key?: string | undefined;
  /** Only tells what would be sent. */
  readonly dryRun?: boolean | undefined;
  readonly ratePerSecond?: number | undefined;
  /** How many are sent in one run; 1,000 by default, at most 10,000. */
  readonly limit?: number | undefined;
}

/** A dead letter that is not sent because an earlier one of its key still waits. */
export interface OutOfTurn {
  readonly letter: DeadLetter;
  /** Id of the one to be sent first. */
  readonly earlier: string;
}

export interface RedriveReport {
  /** Sent again, or, in a dry run, to be sent; in key order. */
  readonly redriven: readonly DeadLetter[];
  /** Sent again five times already; the first of them, as many as the limit. */
  readonly refused: readonly DeadLetter[];
  readonly outOfTurn: readonly OutOfTurn[];
  /** How many of those asked for were sent again before. */
  readonly already: number;
  /** Whether the limit ended the run. */
  readonly isCutShort: boolean;
}

export interface RedriveParts {
  readonly broker: Pick<Broker, 'read' | 'offsetRange'>;
  readonly topics: Topics;
  /** Database and outbox of the service whose group failed. */
  readonly database: Database;
  readonly outbox: Outbox;
}

/**
 * Sends dead letters of a group to their source topic again: same partition, key, value and event id, marked so that
 * other groups pass over them. Goes through the outbox, with a note of what was sent, so that neither a crash
 * nor a second run, one at the same time included, sends a dead letter twice. Dead letters of a key are sent in their
 * order: one is refused while an earlier one of its key waits.
 */
export async function redrive(
  parts: RedriveParts,
  request: RedriveRequest,
  signal?: AbortSignal,
): Promise<RedriveReport> {
  const { topic, group, id, key, dryRun = false } = request;
  const limit = Math.min(request.limit ?? LIMIT_DEFAULT, REDRIVE_LIMIT_MAX);
  const interval_ms = 1_000 / (request.ratePerSecond ?? RATE_PER_S_DEFAULT);
  const redriven: DeadLetter[] = [];
  const refused: DeadLetter[] = [];
  const outOfTurn: OutOfTurn[] = [];
  /** Keys of dead letters that wait and are not asked for, and the first of each. */
  const waiting = new Map<string, string>();
  let already = 0;
  let isCutShort = false;

  async function take({ letter, record }: StoredDeadLetter) {
    const isAsked =
      (id === undefined || letter.id === id || letter.eventId === id) &&
      (key === undefined || letter.key === key);
    const earlier = waiting.get(keyOf(record));
    if (!isAsked) {
      if (letter.state === 'waiting' && !earlier) waiting.set(keyOf(record), letter.id);
    } else if (letter.state === 'redriven') already++;
    else if (letter.state === 'quarantined') {
      if (refused.length < limit) refused.push(letter);
    } else if (earlier) outOfTurn.push({ letter, earlier });
    else if (redriven.length >= limit) isCutShort = true;
    else if (dryRun) redriven.push(letter);
    else {
      if (await sendAgain(parts, letter, record)) redriven.push(letter);
      else already++;
      await pause(interval_ms, signal);
    }
  }

  const sources = { ...parts, databaseOf: () => parts.database };
  for await (const chunk of readDeadLetters(sources, topic, placeOf(topic, id))) {
    for (const stored of chunk) {
      if (signal?.aborted || isCutShort) break;
      if (stored.letter.group === group && stored.letter.topic === topic) await take(stored);
    }
    if (signal?.aborted || isCutShort) break;
  }
  return { redriven, refused, outOfTurn, already, isCutShort };
}

/** Order holds within a partition and key; where there is no key, within the partition. */
function keyOf({ partition, key }: IncomingRecord): string {
  return `${partition}:${key?.toString('latin1') ?? ''}`;
}

/** What an edited copy has in place of what its dead letter has. */
export interface EditedRecord {
  readonly value: Buffer | null;
  /** Replace those of the same name. */
  readonly headers: RecordHeaders;
}

/**
 * Sends one dead letter again with another payload, as another event, and marks it as redriven; quarantined ones too,
 * for it is not the same that failed before. Keeps the order of its key as `redrive` does.
 * @param edit what is sent in place of the record. @throws whatever it throws
 * @returns undefined when there is no dead letter with this id; in a dry run what would be done
 */
export async function redriveEdited(
  parts: RedriveParts,
  { topic, group, id, dryRun = false }: RedriveRequest & { readonly id: string },
  edit: (stored: StoredDeadLetter) => EditedRecord,
): Promise<{ letter: DeadLetter; outcome: 'sent' | 'already' | OutOfTurn } | undefined> {
  const waiting = new Map<string, string>();
  const sources = { ...parts, databaseOf: () => parts.database };
  for await (const chunk of readDeadLetters(sources, topic, placeOf(topic, id))) {
    for (const { letter, record } of chunk) {
      if (letter.group !== group || letter.topic !== topic) continue;
      const earlier = waiting.get(keyOf(record));
      if (letter.id !== id) {
        if (letter.state === 'waiting' && !earlier) waiting.set(keyOf(record), letter.id);
        continue;
      }
      const edited = edit({ letter, record });
      if (letter.state === 'redriven') return { letter, outcome: 'already' };
      if (earlier) return { letter, outcome: { letter, earlier } };
      if (dryRun) return { letter, outcome: 'sent' };
      return { letter, outcome: (await sendAgain(parts, letter, record, edited)) ? 'sent' : 'already' };
    }
  }
  return undefined;
}

/** @returns false when another run has sent it meanwhile */
async function sendAgain(
  { database, outbox }: RedriveParts,
  { id, topic, partition, redrives, eventId, group }: DeadLetter,
  record: IncomingRecord,
  edited: EditedRecord = { value: record.value, headers: [] },
): Promise<boolean> {
  const replaced = new Set<string>([
    ...Object.values(deadLetterHeaders),
    ...Object.values(redriveHeaders),
    ...edited.headers.map(([name]) => name),
  ]);
  const headers: RecordHeaders = [
    ...record.headers.filter(([name]) => !replaced.has(name)),
    ...edited.headers,
    [redriveHeaders.group, Buffer.from(group)],
    [redriveHeaders.count, Buffer.from(String(redrives + 1))],
  ];
  try {
    await transaction(database, async (trx) => {
      const sql = 'INSERT INTO redriven (dead_letter, times, event_id) VALUES (?, ?, ?)';
      await execute(trx, sql, [id, redrives + 1, eventId ?? null]);
      await outbox.appendRaw(trx, [
        { id: `redrive:${id}`, topic, partition, key: record.key, value: edited.value, headers },
      ]);
    });
    return true;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}
