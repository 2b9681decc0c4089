import { kafkaExporterMetricNames, laneOf, metricNames, withDeadline, type Metrics } from '@naru/kernel';
import { Gauge } from 'prom-client';
import { ageKey } from './kafka/lag';
import { partitionCounts, type Readings } from './overview';
import { cachedReading } from './shared-reading';

const AGE_MS = 5_000;
/** Less than Prometheus waits. */
const DEADLINE_MS = 8_000;

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [Labels, number];
type Of = (readings: Readings) => readonly Sample[];

/**
 * What the console knows, as gauges; read when they are asked for, at most every 5 s. What could not be read has no
 * sample, so that it is seen to be missing rather than taken to be well.
 * @param asExporter also under the names of Kafka Exporter, where there is none
 */
export function registerMetrics(
  { registry }: Pick<Metrics, 'registry'>,
  readings: () => Promise<Readings>,
  asExporter: boolean,
): void {
  const cached = cachedReading(AGE_MS, readings);
  const gauge = (name: string, help: string, labelNames: readonly string[], of: Of) =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      async collect() {
        const read = await withDeadline(DEADLINE_MS, cached).catch(() => undefined);
        const samples = read ? of(read) : [];
        this.reset();
        // Without labels it would otherwise be 0.
        if (labelNames.length === 0 && samples.length === 0) this.remove();
        for (const [labels, value] of samples) this.set({ ...labels }, value);
      },
    });

  gauge(
    metricNames.groupLag_s,
    'Age of the oldest record that a group has yet to commit; 0 without lag',
    ['consumergroup', 'topic', 'partition'],
    ({ lags, ages }) => lags.map((lag) => [laneLabels(lag), ages.get(ageKey(lag)) ?? 0]),
  );
  gauge(
    metricNames.deadLetters,
    'Dead letters that were not sent on: waiting, or quarantined after too many redrives',
    ['topic', 'group', 'state'],
    ({ letters }) => letters.map(({ topic, group, state, count }) => [{ topic, group, state }, count]),
  );
  gauge(
    metricNames.underMinIsr,
    'Partitions that take no writes, for too few replicas are in sync',
    [],
    ({ sample }) => (sample.partitions.length === 0 ? [] : [[{}, partitionCounts(sample).underMinIsr]]),
  );
  gauge(metricNames.offlinePartitions, 'Partitions that nobody leads', [], ({ sample }) =>
    sample.partitions.length === 0 ? [] : [[{}, partitionCounts(sample).offline]],
  );
  if (asExporter)
    for (const [name, help, labelNames, of] of exporterMetrics) gauge(name, help, labelNames, of);
}

function laneLabels(lag: Readings['lags'][number]): Labels {
  return { consumergroup: lag.group, topic: lag.topic, partition: lag.partition };
}

type Partition = Readings['sample']['partitions'][number];

function ofPartitions(value: (partition: Partition, readings: Readings) => number | bigint | undefined): Of {
  return (readings) =>
    readings.sample.partitions.flatMap((state): Sample[] => {
      const found = value(state, readings);
      if (found === undefined) return [];
      return [[{ topic: state.topic, partition: state.partition }, Number(found)]];
    });
}

const LANE = ['topic', 'partition'];
const GROUP_LANE = ['consumergroup', 'topic', 'partition'];

/** Kafka Exporter's names, help and labels (github.com/danielqsj/kafka_exporter). */
const exporterMetrics: readonly [string, string, readonly string[], Of][] = [
  [
    kafkaExporterMetricNames.brokers,
    'Number of Brokers in the Kafka Cluster',
    [],
    ({ sample }) => [[{}, sample.brokers.filter(({ isUp }) => isUp).length]],
  ],
  [
    kafkaExporterMetricNames.partitions,
    'Number of partitions for this Topic',
    ['topic'],
    ({ sample }) => {
      const counts = new Map<string, number>();
      for (const { topic } of sample.partitions) counts.set(topic, (counts.get(topic) ?? 0) + 1);
      return [...counts].map(([topic, count]) => [{ topic }, count]);
    },
  ],
  [
    kafkaExporterMetricNames.currentOffset,
    'Current Offset of a Broker at Topic/Partition',
    LANE,
    ofPartitions((state, { sample }) => sample.ends.get(laneOf(state))),
  ],
  [
    kafkaExporterMetricNames.oldestOffset,
    'Oldest Offset of a Broker at Topic/Partition',
    LANE,
    ofPartitions((state, { sample }) => sample.starts.get(laneOf(state))),
  ],
  [
    kafkaExporterMetricNames.inSyncReplicas,
    'Number of In-Sync Replicas for this Topic/Partition',
    LANE,
    ofPartitions(({ inSync }) => inSync.length),
  ],
  [
    kafkaExporterMetricNames.replicas,
    'Number of Replicas for this Topic/Partition',
    LANE,
    ofPartitions(({ replicas }) => replicas.length),
  ],
  [
    kafkaExporterMetricNames.leader,
    'Leader Broker ID of this Topic/Partition',
    LANE,
    ofPartitions(({ leader }) => leader),
  ],
  [
    kafkaExporterMetricNames.underReplicated,
    '1 if Topic/Partition is under Replicated',
    LANE,
    ofPartitions(({ inSync, replicas }) => Number(inSync.length < replicas.length)),
  ],
  [
    kafkaExporterMetricNames.groupMembers,
    'Amount of members in a consumer group',
    ['consumergroup'],
    ({ sample }) =>
      [...sample.groups].map(([group, { members }]) => [{ consumergroup: group }, members.length]),
  ],
  [
    kafkaExporterMetricNames.groupOffset,
    'Current Offset of a ConsumerGroup at Topic/Partition',
    GROUP_LANE,
    ({ lags }) =>
      lags.flatMap((lag): Sample[] =>
        lag.committed === null ? [] : [[laneLabels(lag), Number(lag.committed)]],
      ),
  ],
  [
    kafkaExporterMetricNames.groupLag,
    'Current Approximate Lag of a ConsumerGroup at Topic/Partition',
    GROUP_LANE,
    ({ lags }) => lags.map((lag) => [laneLabels(lag), lag.lag]),
  ],
];
