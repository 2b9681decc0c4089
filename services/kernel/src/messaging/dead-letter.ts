import { deadLetterHeaders, type Topics } from '@naru/contracts';
import type { Transaction } from '../database/database';
import { NaruError } from '../errors';
import type { IncomingRecord, RecordHeaders } from './broker';
import { forget, receive } from './inbox-store';
import type { Outbox, RawDraft } from './outbox';

type RecordPosition = Pick<IncomingRecord, 'topic' | 'partition' | 'offset'>;

const MESSAGE_BYTES_MAX = 1_000;
const STACK_BYTES_MAX = 4_000;

/** What a dead letter tells of the error, capped. */
export interface ExceptionText {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export function exceptionText(error: unknown): ExceptionText {
  const cause = error instanceof Error ? error : new Error(String(error));
  return {
    name: error instanceof NaruError ? `${cause.name}:${error.code}` : cause.name,
    message: cap(cause.message, MESSAGE_BYTES_MAX),
    stack: cap(cause.stack ?? '', STACK_BYTES_MAX),
  };
}

/** What identifies a dead letter: the group that failed and the record it failed on. */
export function deadLetterId(group: string, { topic, partition, offset }: RecordPosition): string {
  return `${group}:${topic}:${partition}:${offset}`;
}

/** The group and position that an id of `deadLetterId` names, or undefined when it is none. */
export function parseDeadLetterId(id: string): (RecordPosition & { readonly group: string }) | undefined {
  const [, group, topic, partition, offset] = /^(.+):([^:]+):(\d+):(\d+)$/.exec(id) ?? [];
  if (!group || !topic || !partition || !offset) return undefined;
  return { group, topic, partition: Number(partition), offset: BigInt(offset) };
}

/**
 * A record for the dead-letter topic: same partition number, key, value and headers untouched, and headers that tell
 * where it came from and why it failed (names as in Spring Kafka), replacing those of an earlier time.
 */
export function deadLetter(
  topics: Topics,
  group: string,
  record: IncomingRecord,
  error: unknown,
  attempts: number,
): RawDraft {
  const topic = topics[record.topic]?.deadLetterTopic;
  if (!topic) throw new Error(`${record.topic} has no dead-letter topic`);
  const exception = exceptionText(error);
  const added: [string, string][] = [
    [deadLetterHeaders.topic, record.topic],
    [deadLetterHeaders.partition, String(record.partition)],
    [deadLetterHeaders.offset, String(record.offset)],
    [deadLetterHeaders.timestamp, String(record.timestamp_ms)],
    [deadLetterHeaders.consumerGroup, group],
    [deadLetterHeaders.exceptionName, exception.name],
    [deadLetterHeaders.exceptionMessage, exception.message],
    [deadLetterHeaders.exceptionStack, exception.stack],
    [deadLetterHeaders.attempts, String(attempts)],
  ];
  const names = new Set(added.map(([name]) => name));
  const headers: RecordHeaders = [
    ...record.headers.filter(([name]) => !names.has(name)),
    ...added.map(([name, value]) => [name, Buffer.from(value, 'utf8')] as const),
  ];
  const { partition, key, value } = record;
  return { id: deadLetterId(group, record), topic, partition, key, value, headers };
}

/** Writes a dead letter once, however often the record comes back. */
export async function writeDeadLetter(trx: Transaction, outbox: Outbox, group: string, letter: RawDraft) {
  const fresh = await receive(trx, group, [`dead-letter:${letter.id}`]);
  if (fresh.size > 0) await outbox.appendRaw(trx, [letter]);
}

/**
 * Buries an event that a transactional handler had taken in to be worked on later: writes its dead letter, and forgets
 * that the group received it, so that the event is let in again when it is redriven.
 */
export async function buryReceived(
  trx: Transaction,
  outbox: Outbox,
  group: string,
  eventId: string,
  letter: RawDraft,
): Promise<void> {
  await writeDeadLetter(trx, outbox, group, letter);
  await forget(trx, group, eventId);
}

/** Cuts text to a number of UTF-8 bytes without splitting a character. */
function cap(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= bytesMax) return text;
  return new TextDecoder('utf-8').decode(bytes.subarray(0, bytesMax), { stream: true });
}
