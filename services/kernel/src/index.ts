export * from './composition';
export * from './config';
export { afterCommit, createDatabase, execute, select, transaction } from './database/database';
export type { Connection, Database, Transaction } from './database/database';
export { migrate } from './database/migrate';
export type { Migration } from './database/migration';
export * from './errors';
export * from './http';
export * from './jwt';
export { createLog, type Log } from './log';
export * from './messaging';
export * from './service';
export { createMetrics, type Metrics } from './telemetry/metrics';
export { kafkaExporterMetricNames, metricNames, spanAttributes } from './telemetry/names';
export { createRedis, type Redis } from './redis';
export * from './replay';
export { startMessageSpan } from './telemetry/message-spans';
export {
  callSpan,
  currentTraceparent,
  endSpan,
  isTraceparent,
  isTracing,
  startTracing,
  traceIdOf,
  traceparentOf,
  withinSpan,
} from './telemetry/tracing';
export { backoff_ms, pause, withDeadline } from './wait';
