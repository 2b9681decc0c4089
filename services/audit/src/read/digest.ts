import { createHash } from 'node:crypto';
import { deadLetterHeaders } from '@naru/contracts';
import type { OutgoingRecord, RecordHeaders } from '@naru/kernel';

const DIGEST_BYTES = 16;
const addedByDeadLetters = new Set<string>(Object.values(deadLetterHeaders));

/** Digest of key, value and headers in their order; null and empty bytes differ. */
export function digestOf({ key, value, headers }: OutgoingRecord, place = ''): string {
  const hash = createHash('sha256');
  const part = (bytes: Buffer | null) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes?.length ?? -1);
    hash.update(length).update(bytes ?? '');
  };
  part(Buffer.from(place));
  part(key);
  part(value);
  for (const [name, bytes] of asKafkajsHasThem(headers)) {
    part(Buffer.from(name));
    part(bytes);
  }
  return hash.digest().subarray(0, DIGEST_BYTES).toString('base64');
}

/** Digest of what a dead letter carries of its record. */
export function contentOf({ key, value, headers }: OutgoingRecord): string {
  return digestOf({ key, value, headers: headers.filter(([name]) => !addedByDeadLetters.has(name)) });
}

/** kafkajs writes and reads headers grouped by name; the order of values of one name is kept. */
function asKafkajsHasThem(headers: RecordHeaders): [string, Buffer][] {
  const grouped = Object.create(null) as Record<string, Buffer[]>;
  for (const [name, value] of headers) (grouped[name] ??= []).push(value);
  return Object.entries(grouped).flatMap(([name, values]) =>
    values.map((value): [string, Buffer] => [name, value]),
  );
}
