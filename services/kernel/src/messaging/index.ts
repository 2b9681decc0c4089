export * from './broker';
export {
  createCodec,
  EVENT_BYTES_MAX,
  subjectOf,
  writtenSchemas,
  type Codec,
  type Encoding,
  type Event,
  type EventContracts,
} from './codec';
export { createConsumer, type Consumer, type ConsumerParts } from './consumer';
export { buryReceived, deadLetter, deadLetterId, parseDeadLetterId } from './dead-letter';
export {
  transactional,
  type AnyHandler,
  type EffectHandler,
  type OnFailure,
  type TransactionalHandler,
} from './handlers';
export { createKafkaBroker } from './kafka-broker';
export type { KafkaAccess } from './kafka-client';
export { createKafkaObserver } from './kafka-observer';
export { partitionOf, RecordRefusedError } from './kafka-records';
export { createOutbox, decodeHeaders, encodeHeaders, type Draft, type Outbox, type RawDraft } from './outbox';
export { createOperatorSchemas } from './operator-schemas';
export { failedRows, outboxState, retryFailed, skipFailed, type OutboxState } from './outbox-store';
export type {
  BrokerNode,
  ClusterState,
  GroupState,
  KafkaObserver,
  Observed,
  PartitionState,
} from './observer';
export { blockingPolicy, type RetryPolicy } from './policy';
export { createRelay, type Relay } from './relay';
export {
  createSchemaKeeper,
  SchemaIdChangedError,
  type KnownSchemas,
  type SchemaKeeper,
  type WrittenSchema,
} from './known-schemas';
export {
  COMPATIBILITY,
  createSchemaRegistry,
  SCHEMA_REGISTRY,
  SchemaRefusedError,
  type SchemaRegistry,
} from './schema-registry';
export { databaseSchemaStore, keptSchema, type KeptSchema, type SchemaStore } from './schema-store';
export { createSendLog, type SendLog } from './send-log';
export {
  findDeadLetters,
  listDeadLetters,
  listStoredDeadLetters,
  type DeadLetter,
  type DeadLetterPage,
  type DeadLetterQuery,
  type DeadLetterSources,
  type DeadLetterState,
  type StoredDeadLetter,
  type StoredDeadLetterPage,
} from './dead-letter-reader';
export {
  discardParked,
  listParked,
  releaseParked,
  releaseParkedById,
  type DiscardParts,
  type Parked,
  type ParkedAnswer,
} from './parked';
export type { ParkedSelection } from './parked-lookup';
export {
  redrive,
  redriveEdited,
  REDRIVE_LIMIT_MAX,
  type EditedRecord,
  type OutOfTurn,
  type RedriveParts,
  type RedriveReport,
  type RedriveRequest,
} from './redrive';
