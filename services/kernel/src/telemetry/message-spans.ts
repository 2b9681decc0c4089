import { SpanKind, type Attributes, type Span } from '@opentelemetry/api';
import { spanAttributes } from './names';
import { startSpan } from './tracing';

/** What is told of a message on its way. */
export interface MessageSpan {
  readonly topic: string;
  /** CloudEvents id. */
  readonly eventId: string | undefined;
  /** `traceparent` of what it is a part of. */
  readonly parent: string | undefined;
  readonly partition?: number;
  readonly offset?: bigint;
  readonly group?: string;
  /** Milliseconds since the epoch; now by default. */
  readonly from_ms?: number;
}

/**
 * `create`: an event is written into the outbox. `send`: it was published from there. `process`: a group works on it.
 * `apply`: what a group has only stored has its effect.
 */
export type MessageOperation = 'create' | 'send' | 'process' | 'apply';

const kinds = {
  create: SpanKind.PRODUCER,
  // The producer's span is the one that the message carries; the send is a request to the broker.
  send: SpanKind.CLIENT,
  process: SpanKind.CONSUMER,
  apply: SpanKind.CONSUMER,
} as const;

/** The operations that OpenTelemetry's messaging conventions know. */
const operationTypes = { create: 'create', send: 'send', process: 'process', apply: 'process' } as const;

/** Starts the span of an operation on one message; the caller ends it, and has asked `isTracing` before. */
export function startMessageSpan(operation: MessageOperation, message: MessageSpan): Span {
  const { topic, eventId, parent, partition, offset, group, from_ms } = message;
  const attributes: Attributes = {
    [spanAttributes.system]: 'kafka',
    [spanAttributes.operation]: operationTypes[operation],
    [spanAttributes.operationName]: operation,
    [spanAttributes.destination]: topic,
    ...(eventId !== undefined && { [spanAttributes.messageId]: eventId }),
    ...(partition !== undefined && { [spanAttributes.partition]: String(partition) }),
    ...(offset !== undefined && { [spanAttributes.offset]: Number(offset) }),
    ...(group !== undefined && { [spanAttributes.group]: group }),
  };
  const from = from_ms === undefined ? {} : { from_ms };
  return startSpan({ name: `${operation} ${topic}`, kind: kinds[operation], attributes, parent, ...from });
}
