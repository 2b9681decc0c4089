import { eventHeaders, type EventPayloads, type EventType, type Topics } from '@naru/contracts';
import avsc from 'avsc';
import { isUtf8 } from 'node:buffer';
import { PoisonError } from '../errors';
import { headerIndex, type HeaderIndex, type IncomingRecord, type RecordHeaders } from './broker';

/** Largest payload of an event, in bytes; well below what a topic takes, so that its dead letter fits too. */
export const EVENT_BYTES_MAX = 256 * 1024;
const EVENT_ID_LENGTH_MAX = 255;
const JSON_CONTENT = 'application/json';

/** Topics and the Avro schemas of their events: Naru's own from contracts, or a test's. */
export interface EventContracts {
  readonly topics: Topics;
  readonly schemas: Readonly<Record<string, object>>;
}

/** An event as a handler sees it, valid against its schema. */
export interface Event<T extends EventType = EventType> {
  readonly id: string;
  readonly type: T;
  readonly data: EventPayloads[T];
  readonly subject: string | undefined;
  /** When it happened (ce_time), milliseconds since the epoch. */
  readonly time_ms: number;
  readonly correlationId: string;
  readonly sagaId: string | undefined;
  readonly traceparent: string | undefined;
  readonly record: IncomingRecord;
}

export type Codec = ReturnType<typeof createCodec>;

/** Encodes and decodes payloads, checking them against the Avro schema both ways. */
export function createCodec(contracts: EventContracts) {
  const types = new Map(
    Object.entries(contracts.schemas).map(([type, schema]) => [
      type,
      avsc.Type.forSchema(schema as avsc.Schema, { registry: {} }),
    ]),
  );

  return {
    contentType: JSON_CONTENT,

    /** @throws Error (a programmer's) when the payload does not fit its schema or is too large */
    encode(type: string, data: unknown): Buffer {
      const schema = types.get(type);
      if (!schema) throw new Error(`event type ${type} has no schema`);
      const wrong = mismatch(schema, data, true);
      if (wrong) throw new Error(`${type} does not fit its schema: ${wrong}`);
      const payload = Buffer.from(JSON.stringify(data), 'utf8');
      if (payload.length > EVENT_BYTES_MAX)
        throw new Error(`${type} has ${payload.length} bytes, more than allowed`);
      return payload;
    },

    /**
     * @returns the event's id and type, from headers alone
     * @throws PoisonError when they are missing, doubled or undeclared
     */
    identify(record: IncomingRecord, headers = headerIndex(record.headers)): { id: string; type: string } {
      const id = single(record.headers, headers, eventHeaders.id);
      if (id.length > EVENT_ID_LENGTH_MAX) throw new PoisonError('event-id', 'ce_id is too long');
      const type = single(record.headers, headers, eventHeaders.type);
      if (!contracts.topics[record.topic]?.events.includes(type as EventType)) {
        throw new PoisonError('unknown-type', `${type} is not declared on ${record.topic}`);
      }
      return { id, type };
    },

    /** @throws PoisonError when the record is not a valid event of its topic */
    decode(record: IncomingRecord, headers = headerIndex(record.headers)): Event {
      const { id, type } = this.identify(record, headers);
      const specVersion = optional(headers, eventHeaders.specVersion);
      if (specVersion !== undefined && specVersion !== '1.0') {
        throw new PoisonError('spec-version', `CloudEvents ${specVersion} is not known`);
      }
      const time_ms = Date.parse(optional(headers, eventHeaders.time) ?? '');
      return {
        id,
        type: type as EventType,
        data: payloadOf(record, headers, types.get(type)) as Event['data'],
        subject: optional(headers, eventHeaders.subject),
        time_ms: Number.isNaN(time_ms) ? record.timestamp_ms : time_ms,
        correlationId: optional(headers, eventHeaders.correlationId) ?? id,
        sagaId: optional(headers, eventHeaders.sagaId),
        traceparent: optional(headers, eventHeaders.traceparent),
        record,
      };
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function payloadOf(record: IncomingRecord, headers: HeaderIndex, schema: avsc.Type | undefined): unknown {
  if (!record.value || record.value.length === 0)
    throw new PoisonError('empty-value', 'the record has no value');
  if (record.value.length > EVENT_BYTES_MAX)
    throw new PoisonError('oversized', `${record.value.length} bytes`);
  const contentType = optional(headers, eventHeaders.contentType) ?? JSON_CONTENT;
  if (contentType !== JSON_CONTENT && contentType.split(';')[0]?.trim().toLowerCase() !== JSON_CONTENT) {
    throw new PoisonError('content-type', `${contentType.slice(0, 100)} is not known`);
  }
  let data: unknown;
  try {
    data = JSON.parse(utf8.decode(record.value));
  } catch (error) {
    throw new PoisonError('not-json', 'the value is not JSON', { cause: error });
  }
  if (!schema) throw new PoisonError('unknown-type', 'the event type has no schema');
  const wrong = mismatch(schema, data, false);
  if (wrong) throw new PoisonError('schema', wrong);
  return data;
}

/** Undeclared fields are refused when written and passed over when read, so that a writer may be newer. */
function mismatch(schema: avsc.Type, data: unknown, noUndeclaredFields: boolean): string | null {
  if (schema.isValid(data, { noUndeclaredFields })) return null;
  const wrong: string[] = [];
  const errorHook = (path: string[], _value: unknown, type: avsc.Type) => {
    wrong.push(`${path.join('.') || 'value'} is not ${String(type.typeName)}`);
  };
  schema.isValid(data, { noUndeclaredFields, errorHook });
  return wrong.slice(0, 5).join(', ') || 'not valid';
}

function single(headers: RecordHeaders, index: HeaderIndex, name: string): string {
  // Only where some name occurs twice.
  if (index.size < headers.length) {
    const count = headers.filter(([header]) => header === name).length;
    if (count > 1) throw new PoisonError('header', `${name} is there ${count} times`);
  }
  const value = index.get(name);
  if (!value || value.length === 0) throw new PoisonError('header', `${name} is missing`);
  // Replacement characters would make one id of many, and all but the first would be dropped as duplicates.
  if (!isUtf8(value)) throw new PoisonError('header', `${name} is not UTF-8`);
  return value.toString('utf8');
}

function optional(headers: HeaderIndex, name: string): string | undefined {
  const value = headers.get(name);
  return value && value.length > 0 ? value.toString('utf8') : undefined;
}
