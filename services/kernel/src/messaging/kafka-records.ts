import { logLevel, Partitioners, type IHeaders, type KafkaMessage, type logCreator } from 'kafkajs';
import { InfrastructureError, NaruError } from '../errors';
import type { Log } from '../log';
import type { IncomingRecord, RecordHeaders } from './broker';

/** The broker will never take this record. */
export class RecordRefusedError extends NaruError {}

const refusals = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

export function brokerError(error: unknown): Error {
  const { type, cause } = error as { type?: string; cause?: { type?: string } };
  const protocolType = type ?? cause?.type;
  const message = error instanceof Error ? error.message : String(error);
  if (protocolType && refusals.has(protocolType)) {
    return new RecordRefusedError(protocolType.toLowerCase().replace(/_/g, '-'), message, { cause: error });
  }
  return new InfrastructureError('broker', message, { cause: error });
}

/**
 * kafkajs groups headers by name; a name that occurs twice keeps its values in their order. Without a prototype, or a
 * header named `constructor` would find one already there, and its record could never be sent.
 */
export function toKafkaHeaders(headers: RecordHeaders): IHeaders {
  const grouped = Object.create(null) as Record<string, Buffer | Buffer[]>;
  for (const [name, value] of headers) {
    const before = grouped[name];
    grouped[name] =
      before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return grouped;
}

/** kafkajs puts what a header's name finds on Object.prototype (`constructor`) before its values: that is left out. */
export function fromKafkaMessage(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  const headers: [string, Buffer][] = [];
  for (const [name, values] of Object.entries(message.headers ?? {})) {
    if (Array.isArray(values)) for (const value of values) addHeader(headers, name, value);
    else addHeader(headers, name, values);
  }
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestamp_ms: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers,
  };
}

function addHeader(headers: [string, Buffer][], name: string, value: unknown): void {
  if (Buffer.isBuffer(value)) headers.push([name, value]);
  else if (value == null || typeof value === 'string') headers.push([name, Buffer.from(value ?? '')]);
}

const partitioner = Partitioners.DefaultPartitioner();

/**
 * The partition of a key, as Kafka's own default partitioner has it (murmur2).
 * Topics keep their partition count, so it can be told when an event is appended.
 */
export function partitionOf(topic: string, key: Buffer | null, partitions: number): number {
  if (key === null) return 0;
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    leader: 0,
  }));
  return partitioner({ topic, partitionMetadata, message: { key, value: null } } as never);
}

/** kafkajs's log lines through ours; its chatter about retries is debug, for the kernel reports what matters. */
export function kafkaLog(log: Log): logCreator {
  return () =>
    ({ level, namespace, log: { message, error, stack: _stack, ...more } }) => {
      const fields = { kafkajs: namespace, error, ...(level <= logLevel.WARN ? {} : more) };
      if (level === logLevel.ERROR) log.debug(fields, message);
      else log.trace(fields, message);
    };
}
