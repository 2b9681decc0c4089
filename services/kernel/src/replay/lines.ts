import type { EventType, ServiceName } from '@naru/contracts';
import type { IncomingRecord } from '../messaging/broker';
import type { CapturedEffect } from './assembly';

/** A record as a part of a JSON line: bytes as base64, the offset as decimal digits. */
export interface RecordLine {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly timestamp_ms: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What a service that replays reads, one to a line. What follows from history is told as such, for nobody compares it. */
export interface ReplayInput {
  readonly record: RecordLine;
  readonly isHistory: boolean;
  /** The message of the exception that made it a dead letter then. */
  readonly givenUp?: string;
}

/** The first line that a service writes: what it wants to read. */
export interface ReplayNeeds {
  readonly kind: 'needs';
  readonly service: ServiceName;
  /** Topics of its handlers. */
  readonly handledTopics: readonly string[];
  /** Types of its own events that it restores from. */
  readonly restored: readonly EventType[];
  /** Those of them that handling does not tell of again. */
  readonly given: readonly EventType[];
  readonly dependsOnOtherKeys: boolean;
  readonly caveats: readonly string[];
}

/** What a service that replays writes, one to a line; `end` is the last, without which the replay has failed. */
export type ReplayOutput =
  | ReplayNeeds
  /** A record that it wrote to its outbox; the offset is its place there. */
  | { readonly kind: 'told'; readonly record: RecordLine; readonly isHistory: boolean }
  | { readonly kind: 'effect'; readonly effect: CapturedEffect; readonly isHistory: boolean }
  | { readonly kind: 'end'; readonly records: number };

export function toRecordLine({ key, value, headers, offset, ...record }: IncomingRecord): RecordLine {
  return {
    ...record,
    offset: String(offset),
    key: key && key.toString('base64'),
    value: value && value.toString('base64'),
    headers: headers.map(([name, bytes]) => [name, bytes.toString('base64')] as const),
  };
}

export function fromRecordLine({ key, value, headers, offset, ...record }: RecordLine): IncomingRecord {
  return {
    ...record,
    offset: BigInt(offset),
    key: key === null ? null : Buffer.from(key, 'base64'),
    value: value === null ? null : Buffer.from(value, 'base64'),
    headers: headers.map(([name, text]) => [name, Buffer.from(text, 'base64')] as const),
  };
}
