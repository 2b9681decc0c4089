/** Names of metrics, in one file because OpenTelemetry's messaging conventions are still in development. */
export const metricNames = {
  httpDuration: 'http_server_request_duration_seconds',
  sagas: 'naru_sagas',
  sagaOldestOpenAge: 'naru_saga_oldest_open_age_seconds',
  sagaSteps: 'naru_saga_steps_total',
  sagaDuration: 'naru_saga_duration_seconds',
  outboxPending: 'naru_outbox_pending',
  outboxOldestAge: 'naru_outbox_oldest_pending_age_seconds',
  outboxFailed: 'naru_outbox_failed',
  relayLeader: 'naru_relay_leader',
  published: 'naru_outbox_published_total',
  publishDuration: 'messaging_client_operation_duration_seconds',
  consumed: 'naru_consumed_total',
  processDuration: 'messaging_process_duration_seconds',
  endToEndLatency: 'naru_end_to_end_latency_seconds',
  consumerPaused: 'naru_consumer_paused',
  lastProgress: 'naru_consumer_last_progress_timestamp_seconds',
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

/** Attributes of spans, as OpenTelemetry's conventions for messaging and for HTTP name them. */
export const spanAttributes = {
  system: 'messaging.system',
  destination: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  group: 'messaging.consumer.group.name',
  operation: 'messaging.operation.type',
  operationName: 'messaging.operation.name',
  messageId: 'messaging.message.id',
  offset: 'messaging.kafka.offset',
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  path: 'url.path',
  url: 'url.full',
  template: 'url.template',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  peer: 'service.peer.name',
  errorType: 'error.type',
  /** Ours: what became of a record. */
  outcome: 'naru.outcome',
} as const;

/** Kafka Exporter's own names: on a cluster it tells them, elsewhere the console. */
export const kafkaExporterMetricNames = {
  brokers: 'kafka_brokers',
  partitions: 'kafka_topic_partitions',
  currentOffset: 'kafka_topic_partition_current_offset',
  oldestOffset: 'kafka_topic_partition_oldest_offset',
  leader: 'kafka_topic_partition_leader',
  replicas: 'kafka_topic_partition_replicas',
  inSyncReplicas: 'kafka_topic_partition_in_sync_replica',
  underReplicated: 'kafka_topic_partition_under_replicated_partition',
  groupMembers: 'kafka_consumergroup_members',
  groupOffset: 'kafka_consumergroup_current_offset',
  groupLag: 'kafka_consumergroup_lag',
} as const;
