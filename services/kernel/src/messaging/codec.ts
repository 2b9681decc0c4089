import { eventHeaders, type EventPayloads, type EventType, type Topics } from '@naru/contracts';
import avsc from 'avsc';
import { isUtf8 } from 'node:buffer';
import { InfrastructureError, PoisonError } from '../errors';
import { avroReader, framed, framedBody, framedId, typeNameOf, typeOf, type AvroReader } from './avro';
import { headerIndex, headerText, type HeaderIndex, type IncomingRecord, type RecordHeaders } from './broker';
import { fieldDefaults, type FillDefaults } from './field-defaults';
import { noSchemas, type KnownSchemas, type WrittenSchema } from './known-schemas';
import { SCHEMA_REGISTRY } from './schema-registry';

/** Largest payload of an event, in bytes; well below what a topic takes, so that its dead letter fits too. */
export const EVENT_BYTES_MAX = 256 * 1024;
const EVENT_ID_LENGTH_MAX = 255;
const JSON_CONTENT = 'application/json';
const AVRO_CONTENT = 'application/avro';
const contentTypes = { json: JSON_CONTENT, avro: AVRO_CONTENT } as const;

/** How events are written; they are read as their content-type says, whatever it is. */
export type Encoding = keyof typeof contentTypes;

export interface CodecOptions {
  /** `json` by default. */
  readonly encoding?: Encoding;
  /** What is known of the ids in Avro records; nothing by default. */
  readonly schemas?: KnownSchemas;
}

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

/** A schema of the contracts, and what reads values of it. */
interface Reader {
  readonly type: avsc.Type;
  readonly fillDefaults: FillDefaults | undefined;
  /** By the id of the writer's schema; an error where the two do not go together. */
  readonly byWriter: Map<number, AvroReader | PoisonError>;
}

/** The subject of an event type, by Confluent's TopicRecordNameStrategy; `name` is the record's with its namespace. */
export function subjectOf(topic: string, name: string): string {
  return `${topic}-${name}`;
}

/** The schemas that a service writes by: those of the events on the topics that it produces. */
export function writtenSchemas({ topics, schemas }: EventContracts, producer: string): WrittenSchema[] {
  return Object.entries(topics).flatMap(([topic, declaration]) =>
    declaration.producer !== producer
      ? []
      : declaration.events.map((type) => {
          const schema = schemas[type];
          if (!schema) throw new Error(`event type ${type} has no schema`);
          return { subject: subjectOf(topic, String(typeOf(schema).name)), text: JSON.stringify(schema) };
        }),
  );
}

/**
 * Encodes and decodes payloads, checking them against the Avro schema both ways. Avro is in Confluent's framing; the
 * schema that a record was written by is resolved to the reader's own. None of it waits for anybody: what decoding needs
 * is made known by `prepare` before.
 */
export function createCodec(contracts: EventContracts, options: CodecOptions = {}) {
  const { encoding = 'json', schemas = noSchemas } = options;
  const readers = new Map(
    Object.entries(contracts.schemas).map(([name, schema]): [string, Reader] => {
      const type = typeOf(schema);
      return [name, { type, fillDefaults: fieldDefaults(type), byWriter: new Map() }];
    }),
  );
  const subjects = new Map(
    Object.entries(contracts.topics).flatMap(([topic, { events }]) =>
      events.map((name) => [name as string, subjectOf(topic, String(readers.get(name)?.type.name))] as const),
    ),
  );

  function encodeBody(name: string, type: avsc.Type, data: unknown): Buffer {
    if (encoding === 'json') return Buffer.from(JSON.stringify(data), 'utf8');
    const subject = subjects.get(name);
    if (subject === undefined) throw new Error(`${name} is on no topic`);
    const id = schemas.idToWrite(subject);
    if (id === undefined) throw new InfrastructureError(SCHEMA_REGISTRY, `${subject} is not registered yet`);
    return framed(id, type.toBuffer(data));
  }

  /** What reads records of one writer's schema. @throws PoisonError; InfrastructureError when it is not known */
  function readerOf({ type, byWriter }: Reader, id: number): AvroReader {
    const known = byWriter.get(id) ?? makeReader(type, id);
    if (!byWriter.has(id)) byWriter.set(id, known);
    if (known instanceof PoisonError) throw known;
    return known;
  }

  /** @throws what is of the moment, and not to be kept */
  function makeReader(type: avsc.Type, id: number): AvroReader | PoisonError {
    const text = schemas.text(id);
    if (text === undefined) {
      if (schemas.isAbsent(id)) throw new PoisonError('unknown-schema', `the registry has no schema ${id}`);
      throw new InfrastructureError(SCHEMA_REGISTRY, `schema ${id} is not known yet`);
    }
    try {
      return avroReader(type, typeOf(JSON.parse(text) as object));
    } catch (error) {
      const reason = `schema ${id} cannot be read as ${type.name}: ${String(error)}`;
      return new PoisonError('schema', reason, { cause: error });
    }
  }

  function decodeAvro(reader: Reader, value: Buffer): unknown {
    const id = framedId(value);
    if (id === undefined) throw new PoisonError('not-avro', 'the value is not Avro in a frame');
    const read = readerOf(reader, id);
    try {
      return read(framedBody(value));
    } catch (error) {
      throw new PoisonError('not-avro', `the value is not of schema ${id}: ${String(error)}`, {
        cause: error,
      });
    }
  }

  function payloadOf(record: IncomingRecord, headers: HeaderIndex, reader: Reader | undefined): unknown {
    if (!record.value || record.value.length === 0)
      throw new PoisonError('empty-value', 'the record has no value');
    if (record.value.length > EVENT_BYTES_MAX)
      throw new PoisonError('oversized', `${record.value.length} bytes`);
    const content = encodingOf(optional(headers, eventHeaders.contentType));
    if (!reader) throw new PoisonError('unknown-type', 'the event type has no schema');
    const data = content === 'avro' ? decodeAvro(reader, record.value) : decodeJson(record.value);
    if (content === 'json') reader.fillDefaults?.(data);
    const wrong = mismatch(reader.type, data, false);
    if (wrong) throw new PoisonError('schema', wrong);
    return data;
  }

  return {
    contentType: contentTypes[encoding],

    /**
     * @throws Error (a programmer's) when the payload does not fit its schema or is too large
     * @throws InfrastructureError when it is to be Avro and its schema is not registered yet
     */
    encode(type: string, data: unknown): Buffer {
      const reader = readers.get(type);
      if (!reader) throw new Error(`event type ${type} has no schema`);
      const wrong = mismatch(reader.type, data, true);
      if (wrong) throw new Error(`${type} does not fit its schema: ${wrong}`);
      const payload = encodeBody(type, reader.type, data);
      if (payload.length > EVENT_BYTES_MAX)
        throw new Error(`${type} has ${payload.length} bytes, more than allowed`);
      return payload;
    },

    /**
     * Makes the schemas known that records were written by. To be awaited before records are decoded.
     * @param isWanted whether a record will be decoded; the others need not be known
     * @returns undefined when there is nothing to wait for
     * @throws InfrastructureError when the registry does not answer
     */
    prepare(
      records: readonly IncomingRecord[],
      isWanted: (record: IncomingRecord) => boolean = () => true,
    ): Promise<void> | undefined {
      let missing: Map<number, string> | undefined;
      for (const record of records) {
        const id = framedId(record.value);
        if (id === undefined || schemas.text(id) !== undefined || missing?.has(id)) continue;
        if (schemas.isAbsent(id) || !isWanted(record) || !isAvro(record.headers)) continue;
        const subject = subjects.get(headerText(record.headers, eventHeaders.type) ?? '');
        if (subject !== undefined) (missing ??= new Map()).set(id, subject);
      }
      return missing && schemas.fetch(missing);
    },

    /**
     * Records' values for people to look at: as JSON, where they are Avro whose writer's schema can be had, else as they
     * are. What a record that no handler can read says is shown too.
     */
    async presentable(records: readonly IncomingRecord[]): Promise<(Buffer | null)[]> {
      // Whoever looks does so because something is down: what cannot be had is not waited for twice.
      await this.prepare(records)?.catch(() => undefined);
      return records.map(({ value, headers }) => {
        const id = framedId(value);
        const text = id === undefined ? undefined : schemas.text(id);
        if (value === null || text === undefined || !isAvro(headers)) return value;
        try {
          const type = typeOf(JSON.parse(text) as object);
          return Buffer.from(JSON.stringify(avroReader(type, type)(framedBody(value))));
        } catch {
          return value;
        }
      });
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

    /**
     * @throws PoisonError when the record is not a valid event of its topic
     * @throws InfrastructureError when `prepare` has not made its schema known
     */
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
        data: payloadOf(record, headers, readers.get(type)) as Event['data'],
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

function decodeJson(value: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(value));
  } catch (error) {
    throw new PoisonError('not-json', 'the value is not JSON', { cause: error });
  }
}

/** What a content-type says; JSON where there is none. @throws PoisonError when it is neither */
function encodingOf(contentType: string | undefined): Encoding {
  if (contentType === undefined || contentType === JSON_CONTENT) return 'json';
  if (contentType === AVRO_CONTENT) return 'avro';
  const media = contentType.split(';')[0]?.trim().toLowerCase();
  if (media === JSON_CONTENT) return 'json';
  if (media === AVRO_CONTENT) return 'avro';
  throw new PoisonError('content-type', `${contentType.slice(0, 100)} is not known`);
}

function isAvro(headers: RecordHeaders): boolean {
  const contentType = headerText(headers, eventHeaders.contentType);
  return contentType?.split(';')[0]?.trim().toLowerCase() === AVRO_CONTENT;
}

/** Undeclared fields are refused when written and passed over when read, so that a writer may be newer. */
function mismatch(schema: avsc.Type, data: unknown, noUndeclaredFields: boolean): string | null {
  if (schema.isValid(data, { noUndeclaredFields })) return null;
  const wrong: string[] = [];
  const errorHook = (path: string[], _value: unknown, type: avsc.Type) => {
    wrong.push(`${path.join('.') || 'value'} is not ${typeNameOf(type)}`);
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
