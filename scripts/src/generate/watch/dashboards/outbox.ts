import * as units from '@grafana/grafana-foundation-sdk/units';
import { metricNames as naru } from '@naru/kernel';

import { limits } from '../limits';
import { graph, number, states } from '../panels';
import { chosen, labels, ofRelays, once, orZero, own, quantile, rate, sumBy } from '../promql';
import type { DashboardPlan } from './dashboard';

const { topic } = labels;
const relays = [ofRelays, chosen.service];
// The one process of a service that has the first part of its outbox tells of all of it; the others say 0.
const perService = (name: string) => once(['service'], own(name, ...relays));
const sending = (suffix: string) => own(`${naru.publishDuration}${suffix}`, chosen.service);
const leaders = sumBy(['service'], own(naru.relayLeader, ...relays));

export const outbox: DashboardPlan = {
  uid: 'naru-outbox',
  title: 'Outbox and relay',
  about: 'Events that were committed with the state of a service, on their way to Kafka.',
  variable: 'service',
  rows: [
    [
      'Now',
      [
        number({
          title: 'Waiting',
          about: 'Outbox rows that the broker has not acknowledged yet, over all services.',
          unit: units.Short,
          queries: [['rows', `sum(${perService(naru.outboxPending)})`]],
          limits: { look: 1_000, wrong: 10_000 },
        }),
        number({
          title: 'Age of the oldest',
          about: 'How long the oldest of them has waited. Alert NaruOutboxOld.',
          unit: units.Seconds,
          queries: [['age', `max(${perService(naru.outboxOldestAge)})`]],
          limits: { look: limits.outboxAge_s / 2, wrong: limits.outboxAge_s },
        }),
        number({
          title: 'Stopped',
          about:
            'Rows that the broker refuses for good. Their keys wait; npm run outbox retries or skips them.',
          unit: units.Short,
          queries: [['rows', `sum(${perService(naru.outboxFailed)})`]],
          limits: { wrong: 1 },
        }),
        number({
          title: 'Services without a relay',
          about: 'Running, but no process of theirs holds the lease. Alert NaruRelayWithoutLeader.',
          unit: units.Short,
          queries: [['services', orZero(`count(${leaders} == 0)`)]],
          limits: { wrong: 1 },
        }),
      ],
    ],
    [
      'Outboxes',
      [
        graph({
          title: 'Waiting, by service',
          about: 'Usually none: a row is published within milliseconds of its commit.',
          unit: units.Short,
          queries: [['{{service}}', perService(naru.outboxPending)]],
        }),
        graph({
          title: 'Age of the oldest, by service',
          about: 'Rises while Kafka or the service’s database does not answer; nothing is lost meanwhile.',
          unit: units.Seconds,
          queries: [['{{service}}', perService(naru.outboxOldestAge)]],
          limits: { wrong: limits.outboxAge_s },
        }),
      ],
    ],
    [
      'Relay',
      [
        graph({
          title: 'Published, by topic',
          about: 'Records acknowledged by all replicas in sync, a second.',
          unit: units.EventsPerSecond,
          queries: [[`{{${topic}}}`, sumBy([topic], rate(own(naru.published, chosen.service)))]],
          isStacked: true,
        }),
        graph({
          title: 'Duration of a send, p50 and p99 by topic',
          about: 'Of one batch to one partition, until it is acknowledged.',
          unit: units.Seconds,
          queries: [
            [`p50 {{${topic}}}`, quantile(0.5, [topic], sending)],
            [`p99 {{${topic}}}`, quantile(0.99, [topic], sending)],
          ],
        }),
        states({
          title: 'Who relays',
          about:
            'Green: this process holds a lease. Several of a service may, each for its share of the keys.',
          unit: units.Short,
          queries: [['{{instance}}', once(['service', 'instance'], own(naru.relayLeader, ...relays))]],
          limits: { wrong: 1, isLeast: true },
        }),
        graph({
          title: 'Stopped, by service',
          about: 'Rows that the broker refuses for good: too large, or invalid. Alert NaruOutboxRowStopped.',
          unit: units.Short,
          queries: [['{{service}}', perService(naru.outboxFailed)]],
          limits: { wrong: 1 },
        }),
      ],
    ],
  ],
};
