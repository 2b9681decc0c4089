import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricNames } from './names';

export type Metrics = ReturnType<typeof createMetrics>;

const latencyBuckets_s = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The metrics of one process, in a registry of its own so that tests can run several services in one process. */
export function createMetrics(service: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    httpDuration: new Histogram({
      name: metricNames.httpDuration,
      help: 'Duration of HTTP requests by route',
      labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
      buckets: latencyBuckets_s,
      registers,
    }),
    outboxPending: new Gauge({
      name: metricNames.outboxPending,
      help: 'Outbox rows not yet published',
      registers,
    }),
    outboxOldestAge: new Gauge({
      name: metricNames.outboxOldestAge,
      help: 'Age of the oldest outbox row that is not yet published',
      registers,
    }),
    outboxFailed: new Gauge({
      name: metricNames.outboxFailed,
      help: 'Outbox rows that cannot be published and stop their key',
      registers,
    }),
    relayLeader: new Gauge({
      name: metricNames.relayLeader,
      help: '1 while this process holds a lease to publish what the outbox has',
      registers,
    }),
    published: new Counter({
      name: metricNames.published,
      help: 'Records acknowledged by the broker',
      labelNames: ['messaging_destination_name'],
      registers,
    }),
    publishDuration: new Histogram({
      name: metricNames.publishDuration,
      help: 'Duration of one send to one partition',
      labelNames: ['messaging_destination_name'],
      buckets: latencyBuckets_s,
      registers,
    }),
    consumed: new Counter({
      name: metricNames.consumed,
      help: 'Records by what became of them: processed, duplicate, skipped, retried, dead-lettered, parked, queued',
      labelNames: ['messaging_destination_name', 'messaging_consumer_group_name', 'outcome'],
      registers,
    }),
    processDuration: new Histogram({
      name: metricNames.processDuration,
      help: 'Duration of handling one batch; of an effect outside the database, one record',
      labelNames: ['messaging_destination_name', 'messaging_consumer_group_name'],
      buckets: latencyBuckets_s,
      registers,
    }),
    endToEndLatency: new Histogram({
      name: metricNames.endToEndLatency,
      help: 'From the event (ce_time) to its committed effect',
      labelNames: ['messaging_destination_name', 'messaging_consumer_group_name'],
      buckets: latencyBuckets_s,
      registers,
    }),
    consumerPaused: new Gauge({
      name: metricNames.consumerPaused,
      help: '1 while a partition waits for the named dependency',
      labelNames: ['messaging_destination_name', 'messaging_destination_partition_id', 'dependency'],
      registers,
    }),
    lastProgress: new Gauge({
      name: metricNames.lastProgress,
      help: 'When an offset of a partition of this process was last committed, or the partition was assigned (Unix time)',
      labelNames: [
        'messaging_destination_name',
        'messaging_consumer_group_name',
        'messaging_destination_partition_id',
      ],
      registers,
    }),
    parkedKeys: new Gauge({
      name: metricNames.parkedKeys,
      help: 'Keys that are stopped by a record that failed for good, in the partitions of this process',
      labelNames: ['messaging_destination_name', 'messaging_consumer_group_name'],
      registers,
    }),
    parkedRecords: new Gauge({
      name: metricNames.parkedRecords,
      help: 'Records that wait in the database because their key is parked, in the partitions of this process',
      labelNames: ['messaging_destination_name', 'messaging_consumer_group_name'],
      registers,
    }),
  };
}
