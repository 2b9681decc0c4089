import {
  eventHeaders,
  topicOf,
  type EventPayloads,
  type EventType,
  type TopicDeclaration,
} from '@naru/contracts';
import type { Span } from '@opentelemetry/api';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { v7 as uuidv7 } from 'uuid';
import { afterCommit, execute, type Transaction } from '../database/database';
import { startMessageSpan } from '../telemetry/message-spans';
import { currentTraceparent, endSpan, isTracing, traceparentOf } from '../telemetry/tracing';
import type { OutgoingRecord, RecordHeaders } from './broker';
import type { Codec, Event, EventContracts } from './codec';
import { partitionOf } from './kafka-records';

/** Rows of one ordering key are all in one bucket; a bucket is relayed under one lease. */
export const OUTBOX_BUCKETS = 8;
const ROWS_PER_INSERT = 200;
const ORDERING_KEY_BYTES_MAX = 1_024;

/** An event about to be written, in the transaction that changes the state it tells of. */
export interface Draft<T extends EventType = EventType> {
  readonly type: T;
  readonly data: EventPayloads[T];
  /** Aggregate id (ce_subject). */
  readonly subject: string;
  /** The event that led to this one; hands on its trace, correlation id and saga id. */
  readonly causedBy?: Pick<Event, 'correlationId' | 'sagaId' | 'traceparent'>;
  readonly sagaId?: string;
  readonly sagaStatus?: string;
}

/** A record to be published as it is: a dead letter, or one that is sent again. */
export interface RawDraft extends OutgoingRecord {
  /** Unique for ever in this outbox: a second insert of the same one fails. */
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
}

interface Row extends RawDraft {
  readonly sagaId?: string | undefined;
  readonly sagaStatus?: string | undefined;
  /** From the event on, if spans go anywhere; the record carries its `traceparent`. */
  readonly span?: Span | undefined;
}

export interface Outbox {
  /**
   * Writes events into the outbox of the transaction's database. Lock the aggregate, or bump its version, before:
   * then row order is commit order for each key.
   * @returns the events' ids, in order
   * @throws Error (a programmer's) when a payload does not fit its schema
   */
  append(trx: Transaction, drafts: readonly Draft[]): Promise<string[]>;
  appendRaw(trx: Transaction, records: readonly RawDraft[]): Promise<void>;
}

/**
 * @param source CloudEvents source, `/naru/<service>`
 * @param onCommitted called after each transaction that wrote rows has committed
 */
export function createOutbox(
  contracts: EventContracts,
  codec: Codec,
  source: string,
  onCommitted: () => void,
): Outbox {
  function encode({ type, data, subject, causedBy, sagaId, sagaStatus }: Draft): Row {
    const topic = topicOf(type, contracts.topics);
    const declaration = contracts.topics[topic] as TopicDeclaration;
    const id = uuidv7();
    const key = declaration.key === null ? null : keyOf(declaration.key, type, data);
    const value = codec.encode(type, data);
    const parent = causedBy?.traceparent ?? currentTraceparent();
    const span = isTracing() ? startMessageSpan('create', { topic, eventId: id, parent }) : undefined;
    const headers: [string, string | undefined][] = [
      [eventHeaders.specVersion, '1.0'],
      [eventHeaders.id, id],
      [eventHeaders.source, source],
      [eventHeaders.type, type],
      [eventHeaders.time, new Date().toISOString()],
      [eventHeaders.subject, subject],
      [eventHeaders.correlationId, causedBy?.correlationId ?? id],
      [eventHeaders.sagaId, sagaId ?? causedBy?.sagaId],
      [eventHeaders.contentType, codec.contentType],
      [eventHeaders.traceparent, span ? traceparentOf(span) : parent],
    ];
    return {
      id,
      topic,
      partition: partitionOf(topic, key, declaration.partitions),
      key,
      value,
      headers: headers.flatMap(([name, text]) =>
        text === undefined ? [] : [[name, Buffer.from(text)] as const],
      ),
      span,
      sagaId: sagaId ?? causedBy?.sagaId,
      sagaStatus,
    };
  }

  async function insert(trx: Transaction, rows: readonly Row[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
      const chunk = rows.slice(from, from + ROWS_PER_INSERT);
      await execute(
        trx,
        `INSERT INTO outbox (event_id, topic, partition_number, record_key, payload, headers, ordering_key, bucket,
           saga_id, saga_status) VALUES ${chunk.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
        chunk.flatMap(columns),
      );
    }
    if (rows.length > 0) afterCommit(trx, onCommitted);
  }

  return {
    async append(trx, drafts) {
      const rows = drafts.map(encode);
      await insert(trx, rows).then(
        () => endSpans(rows),
        (error: unknown) => {
          endSpans(rows, error);
          throw error;
        },
      );
      return rows.map(({ id }) => id);
    },
    appendRaw: insert,
  };
}

function endSpans(rows: readonly Row[], error?: unknown): void {
  for (const { span } of rows) if (span) endSpan(span, error);
}

function columns({ id, topic, partition, key, value, headers, sagaId, sagaStatus }: Row): unknown[] {
  const orderingKey = orderingKeyOf(topic, key);
  const bucket = crc32(orderingKey) % OUTBOX_BUCKETS;
  const encoded = encodeHeaders(headers);
  return [id, topic, partition, key, value, encoded, orderingKey, bucket, sagaId ?? null, sagaStatus ?? null];
}

/** The column is indexed whole; a longer key, which only another producer's record has, is ordered by its digest. */
function orderingKeyOf(topic: string, key: Buffer | null): Buffer {
  const whole = key ?? Buffer.from(topic);
  return whole.length <= ORDERING_KEY_BYTES_MAX ? whole : createHash('sha256').update(whole).digest();
}

function keyOf(field: string, type: string, data: object): Buffer {
  const value = (data as Record<string, unknown>)[field];
  if (value === undefined || value === null)
    throw new Error(`${type} has no ${field}, which is its topic's key`);
  return Buffer.from(String(value));
}

/** Headers as one column: names and base64 values in order, so that any bytes survive. */
export function encodeHeaders(headers: RecordHeaders): Buffer {
  return Buffer.from(JSON.stringify(headers.map(([name, value]) => [name, value.toString('base64')])));
}

export function decodeHeaders(column: Buffer): RecordHeaders {
  const pairs = JSON.parse(column.toString('utf8')) as [string, string][];
  return pairs.map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
}
