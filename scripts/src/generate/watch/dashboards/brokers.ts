import * as units from '@grafana/grafana-foundation-sdk/units';
import { MIN_IN_SYNC_REPLICAS, REPLICATION } from '@naru/contracts';
import { kafkaExporterMetricNames as kafka, metricNames as naru } from '@naru/kernel';

import { graph, number } from '../panels';
import { chosen, matching, once, rate, sumBy } from '../promql';
import type { DashboardPlan } from './dashboard';

const lane = ['topic', 'partition'];
const perPartition = (name: string) => once(lane, matching(name, chosen.topic));

export const brokers: DashboardPlan = {
  uid: 'naru-brokers',
  title: 'Brokers',
  about: 'Whether Kafka has its replicas, who leads, and what is written.',
  variable: 'topic',
  rows: [
    [
      'Now',
      [
        number({
          title: 'Brokers',
          about: 'Those that the cluster knows of.',
          unit: units.Short,
          queries: [['brokers', `max(${kafka.brokers})`]],
          limits: { wrong: MIN_IN_SYNC_REPLICAS, look: REPLICATION, isLeast: true },
        }),
        number({
          title: 'Partitions under min ISR',
          about:
            'With fewer replicas in sync than an acknowledgement takes: they refuse writes. Alert NaruUnderMinIsr.',
          unit: units.Short,
          queries: [['partitions', `max(${naru.underMinIsr})`]],
          limits: { wrong: 1 },
        }),
        number({
          title: 'Offline partitions',
          about: 'Without a leader: neither written nor read. Alert NaruPartitionsOffline.',
          unit: units.Short,
          queries: [['partitions', `max(${naru.offlinePartitions})`]],
          limits: { wrong: 1 },
        }),
        number({
          title: 'Under-replicated partitions',
          about: 'A replica is missing or behind, as after a restart; they go on working.',
          unit: units.Short,
          queries: [['partitions', `sum(${perPartition(kafka.underReplicated)})`]],
          limits: { look: 1 },
        }),
      ],
    ],
    [
      'Replicas',
      [
        graph({
          title: 'Leaders, by broker',
          about: 'Evenly spread, and again so half a minute after a broker has come back.',
          unit: units.Short,
          queries: [['broker {{broker}}', `count_values("broker", ${perPartition(kafka.leader)})`]],
          isStacked: true,
        }),
        graph({
          title: 'Fewest replicas in sync, by topic',
          about: `Of ${REPLICATION}. At less than ${MIN_IN_SYNC_REPLICAS} writes are refused.`,
          unit: units.Short,
          queries: [['{{topic}}', `min by (topic) (${perPartition(kafka.inSyncReplicas)})`]],
          limits: { wrong: MIN_IN_SYNC_REPLICAS, look: REPLICATION, isLeast: true },
        }),
        graph({
          title: 'Replicas that are not in sync, by topic',
          about: 'Over all partitions of the topic.',
          unit: units.Short,
          queries: [
            [
              '{{topic}}',
              sumBy(['topic'], `${perPartition(kafka.replicas)} - ${perPartition(kafka.inSyncReplicas)}`),
            ],
          ],
        }),
        graph({
          title: 'Under min ISR and offline',
          about: 'Partitions that do not take writes, and those that do nothing at all.',
          unit: units.Short,
          queries: [
            ['under min ISR', `max(${naru.underMinIsr})`],
            ['offline', `max(${naru.offlinePartitions})`],
          ],
          limits: { wrong: 1 },
        }),
      ],
    ],
    [
      'Topics',
      [
        graph({
          title: 'Records written, by topic',
          about: 'A second.',
          unit: units.EventsPerSecond,
          queries: [
            ['{{topic}}', sumBy(['topic'], once(lane, rate(matching(kafka.currentOffset, chosen.topic))))],
          ],
          isStacked: true,
        }),
        graph({
          title: 'Records kept, by topic',
          about: 'Between the oldest offset and the newest.',
          unit: units.Short,
          queries: [
            [
              '{{topic}}',
              sumBy(['topic'], `${perPartition(kafka.currentOffset)} - ${perPartition(kafka.oldestOffset)}`),
            ],
          ],
        }),
      ],
    ],
  ],
};
