/** Names of metrics, in one file because OpenTelemetry's messaging conventions are still in development. */
export const metricNames = {
  httpDuration: 'http_server_request_duration_seconds',
  outboxPending: 'naru_outbox_pending',
  outboxOldestAge: 'naru_outbox_oldest_pending_age_seconds',
  outboxFailed: 'naru_outbox_failed',
  published: 'naru_outbox_published_total',
  publishDuration: 'messaging_client_operation_duration_seconds',
  consumed: 'naru_consumed_total',
  processDuration: 'messaging_process_duration_seconds',
  endToEndLatency: 'naru_end_to_end_latency_seconds',
  consumerPaused: 'naru_consumer_paused',
  parkedKeys: 'naru_parked_keys',
  parkedRecords: 'naru_parked_records',
  groupLag_s: 'naru_consumergroup_lag_seconds',
  deadLetters: 'naru_dead_letters',
  underMinIsr: 'naru_kafka_under_min_isr_partitions',
  offlinePartitions: 'naru_kafka_offline_partitions',
} as const;

/** What became of a consumed record. */
export type Outcome =
  | 'processed'
  | 'duplicate'
  | 'skipped'
  | 'retried'
  | 'dead-lettered'
  /** Failed for good, and stops its key. */
  | 'parked'
  /** Waits behind a parked record of its key. */
  | 'queued';

export const spanAttributes = {
  system: 'messaging.system',
  destination: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  group: 'messaging.consumer.group.name',
  operation: 'messaging.operation.type',
  messageId: 'messaging.message.id',
} as const;
