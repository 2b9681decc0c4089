/** HTTP headers between the gateway and the services (design, section 2). */
export const httpHeaders = {
  userId: 'x-user-id',
  authenticatedUser: 'authenticated-user',
  via: 'x-naru-via',
  requestId: 'x-request-id',
  idempotencyKey: 'idempotency-key',
  idempotencyReplayed: 'idempotency-replayed',
} as const;

/** The value of `x-naru-via` on every request that came through the gateway. */
export const viaGateway = 'gateway';

/** Record headers: CloudEvents 1.0 Kafka protocol binding, binary content mode, and W3C trace context. */
export const eventHeaders = {
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  specVersion: 'ce_specversion',
  time: 'ce_time',
  subject: 'ce_subject',
  correlationId: 'ce_correlationid',
  sagaId: 'ce_sagaid',
  contentType: 'content-type',
  traceparent: 'traceparent',
} as const;

/** Headers that a dead letter adds to the record it carries; the names are Spring Kafka's. All UTF-8 text. */
export const deadLetterHeaders = {
  topic: 'kafka_dlt-original-topic',
  partition: 'kafka_dlt-original-partition',
  offset: 'kafka_dlt-original-offset',
  timestamp: 'kafka_dlt-original-timestamp',
  consumerGroup: 'kafka_dlt-original-consumer-group',
  exceptionName: 'kafka_dlt-exception-fqcn',
  exceptionMessage: 'kafka_dlt-exception-message',
  exceptionStack: 'kafka_dlt-exception-stacktrace',
  attempts: 'naru-dlt-attempts',
} as const;

/** Headers of a record that was sent again from its dead-letter topic. */
export const redriveHeaders = { group: 'naru-redrive-group', count: 'naru-redrive-count' } as const;

/** Header of an event that an operator made of a dead letter, edited: the id of the event that it stands for. */
export const editedFrom = 'naru-edited-from';
