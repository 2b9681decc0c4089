import * as units from '@grafana/grafana-foundation-sdk/units';
import { kafkaExporterMetricNames as kafka, metricNames as naru } from '@naru/kernel';

import { limits } from '../limits';
import { graph, number } from '../panels';
import { chosen, labels, matching, once, orZero, own, quantile, rate, sumBy } from '../promql';
import type { DashboardPlan } from './dashboard';

const { topic, group, partition } = labels;
const lane = ['consumergroup', 'topic', 'partition'];
/** A group that has never committed has a lag of -1. */
const lag = `clamp_min(${once(lane, matching(kafka.groupLag, chosen.group))}, 0)`;
const lagAge = once(lane, matching(naru.groupLag_s, chosen.group));
const consumed = (...matchers: string[]) => rate(own(naru.consumed, chosen.service, ...matchers));
const latency = (suffix: string) => own(`${naru.endToEndLatency}${suffix}`, chosen.service);
const handling = (suffix: string) => own(`${naru.processDuration}${suffix}`, chosen.service);

export const consumerLag: DashboardPlan = {
  uid: 'naru-consumer-lag',
  title: 'Consumer lag',
  about: 'How far consumer groups are behind, in records and in seconds, and how fast they go.',
  variable: 'service',
  rows: [
    [
      'Now',
      [
        number({
          title: 'Lag',
          about:
            'Records that no group member has committed yet, over all groups. It comes and goes with bursts.',
          unit: units.Short,
          queries: [['records', `sum(${lag})`]],
          limits: { look: 1_000, wrong: 10_000 },
        }),
        number({
          title: 'Age of the oldest',
          about: 'How long the oldest uncommitted record of any group has waited. Alert NaruLagOld.',
          unit: units.Seconds,
          queries: [['age', `max(${lagAge})`]],
          limits: { look: limits.lagAge_s / 2, wrong: limits.lagAge_s },
        }),
        number({
          title: 'Effects',
          about:
            'Records handled a second, without repeats and without those that a group has no handler for.',
          unit: units.EventsPerSecond,
          queries: [['processed', `sum(${consumed('outcome="processed"')})`]],
        }),
        number({
          title: 'Partitions that wait',
          about: 'Paused until what they need (database, SMTP, …) answers; nothing is skipped meanwhile.',
          unit: units.Short,
          queries: [['paused', orZero(`sum(${own(naru.consumerPaused, chosen.service)})`)]],
          limits: { wrong: 1 },
        }),
      ],
    ],
    [
      'Groups',
      [
        graph({
          title: 'Lag in records, by group and topic',
          about: 'Rises while more arrives than is handled. On a cluster KEDA adds consumers.',
          unit: units.Short,
          queries: [['{{consumergroup}} {{topic}}', sumBy(['consumergroup', 'topic'], lag)]],
        }),
        graph({
          title: 'Lag in seconds, by group and topic',
          about: 'The age of the oldest uncommitted record: what somebody who waits for an effect notices.',
          unit: units.Seconds,
          queries: [['{{consumergroup}} {{topic}}', once(['consumergroup', 'topic'], lagAge)]],
          limits: { wrong: limits.lagAge_s },
        }),
        graph({
          title: 'Members, by group',
          about: 'Never more of use than the largest topic of the group has partitions.',
          unit: units.Short,
          queries: [
            ['{{consumergroup}}', once(['consumergroup'], matching(kafka.groupMembers, chosen.group))],
          ],
        }),
        graph({
          title: 'Since the last commit, by group and topic',
          about:
            'Rises for hours where nothing arrives, which is well; with lag it is alert NaruConsumerStuck.',
          unit: units.Seconds,
          queries: [
            [
              `{{${group}}} {{${topic}}}`,
              `max by (${group}, ${topic}) (time() - ${once([group, topic, partition], own(naru.lastProgress, chosen.service))})`,
            ],
          ],
        }),
      ],
    ],
    [
      'Throughput',
      [
        graph({
          title: 'Records by outcome',
          about:
            'Duplicates follow restarts and rebalances, and do nothing. Retries are followed by one of the others.',
          unit: units.EventsPerSecond,
          queries: [['{{outcome}}', sumBy(['outcome'], consumed())]],
          isStacked: true,
        }),
        graph({
          title: 'Effects, by group',
          about: 'Records handled a second.',
          unit: units.EventsPerSecond,
          queries: [[`{{${group}}}`, sumBy([group], consumed('outcome="processed"'))]],
          isStacked: true,
        }),
        graph({
          title: 'Retried or given up, by group',
          about: 'Permanent failures: tried again, then a dead letter or a parked key. Usually none.',
          unit: units.EventsPerSecond,
          queries: [
            [
              `{{${group}}} {{outcome}}`,
              orZero(sumBy([group, 'outcome'], consumed('outcome=~"retried|dead-lettered|parked"'))),
            ],
          ],
          limits: { wrong: 1 },
        }),
        graph({
          title: 'Records written, by topic',
          about: 'What arrives, to be compared with what is handled.',
          unit: units.EventsPerSecond,
          queries: [['{{topic}}', sumBy(['topic'], once(['topic', 'partition'], rate(kafka.currentOffset)))]],
          isStacked: true,
        }),
      ],
    ],
    [
      'Latency',
      [
        graph({
          title: 'From the event to its effect, p50 and p99 by group',
          about: 'From the moment at which the event was appended (ce_time) to the commit of what it does.',
          unit: units.Seconds,
          queries: [
            [`p50 {{${group}}}`, quantile(0.5, [group], latency)],
            [`p99 {{${group}}}`, quantile(0.99, [group], latency)],
          ],
          limits: { wrong: limits.lagAge_s },
        }),
        graph({
          title: 'Handling of a batch, p99 by group',
          about: 'One transaction for a batch of records; for mail and notifications one effect.',
          unit: units.Seconds,
          queries: [[`{{${group}}}`, quantile(0.99, [group], handling)]],
        }),
      ],
    ],
  ],
};
