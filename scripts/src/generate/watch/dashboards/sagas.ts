import * as units from '@grafana/grafana-foundation-sdk/units';
import { topicOf } from '@naru/contracts';
import { metricNames as naru } from '@naru/kernel';

import { limits } from '../limits';
import { graph, number } from '../panels';
import { chosen, labels, once, orZero, own, quantile, rate, sumBy } from '../promql';
import type { DashboardPlan } from './dashboard';

const { topic, group } = labels;
const isOpen = 'saga_status=~"STARTED|PROCESSING|COMPENSATING"';
/** Every process of the order service counts the same rows. */
const sagas = (...matchers: string[]) => once(['saga_status'], own(naru.sagas, chosen.service, ...matchers));
const duration = (suffix: string) => own(`${naru.sagaDuration}${suffix}`, chosen.service);
const ended = (window: string, ...matchers: string[]) =>
  `sum(increase(${own(`${naru.sagaDuration}_count`, chosen.service, ...matchers)}[${window}]))`;
/** The topics that an order travels on. */
const legs = [
  topicOf('order.created'),
  topicOf('stock.reserved'),
  topicOf('payment.completed'),
  topicOf('order.confirmed'),
].map((name) => name.replaceAll('.', '\\\\.'));
const leg = (suffix: string) => own(`${naru.endToEndLatency}${suffix}`, `${topic}=~"${legs.join('|')}"`);

export const sagasDashboard: DashboardPlan = {
  uid: 'naru-sagas',
  title: 'SAGAs',
  about: 'Orders with items on their way through stock and payment, and how they end.',
  variable: 'service',
  rows: [
    [
      'Now',
      [
        number({
          title: 'Open',
          about: 'Orders whose SAGA has not come to an end: started, processing or compensating.',
          unit: units.Short,
          queries: [['orders', orZero(`sum(${sagas(isOpen)})`)]],
        }),
        number({
          title: 'Age of the oldest open',
          about:
            'A SAGA that is not through in time is cancelled; one that compensates has no deadline. Alert NaruSagaOpen.',
          unit: units.Seconds,
          queries: [['age', `max(${own(naru.sagaOldestOpenAge, chosen.service)})`]],
          limits: { look: limits.sagaAge_s / 3, wrong: limits.sagaAge_s },
        }),
        number({
          title: 'Succeeded, of those ended within 15 min',
          about: 'The rest was refused (stock, payment), cancelled or too late, and was taken back.',
          unit: units.PercentUnit,
          queries: [['part', `${ended('15m', 'saga_status="SUCCEEDED"')} / ${ended('15m')}`]],
        }),
        number({
          title: 'Duration, p99',
          about: 'From the order to the end of its SAGA.',
          unit: units.Seconds,
          queries: [['p99', quantile(0.99, [], duration)]],
          limits: { look: 10, wrong: limits.sagaAge_s },
        }),
      ],
    ],
    [
      'How they go',
      [
        graph({
          title: 'Orders by status of their SAGA',
          about: 'Open ones, and those that ended within 24 hours.',
          unit: units.Short,
          queries: [['{{saga_status}}', sagas()]],
        }),
        graph({
          title: 'Ended, by how',
          about: 'SUCCEEDED confirmed, FAILED refused at once, COMPENSATED taken back.',
          unit: units.EventsPerSecond,
          queries: [['{{saga_status}}', sumBy(['saga_status'], rate(duration('_count')))]],
          isStacked: true,
        }),
        graph({
          title: 'Steps, by outcome',
          about:
            'What the order service heard or was asked. Ignored ones came late or again, and changed nothing.',
          unit: units.EventsPerSecond,
          queries: [
            ['{{step}} {{outcome}}', sumBy(['step', 'outcome'], rate(own(naru.sagaSteps, chosen.service)))],
          ],
        }),
        graph({
          title: 'Duration, p50 and p99 by how they ended',
          about: 'From the order to the end of its SAGA.',
          unit: units.Seconds,
          queries: [
            ['p50 {{saga_status}}', quantile(0.5, ['saga_status'], duration)],
            ['p99 {{saga_status}}', quantile(0.99, ['saga_status'], duration)],
          ],
        }),
      ],
    ],
    [
      'Where the time goes',
      [
        graph({
          title: 'Each leg, p99 by topic and group',
          about: 'From an event of a SAGA to its effect, in whichever service hears it.',
          unit: units.Seconds,
          queries: [[`{{${topic}}} {{${group}}}`, quantile(0.99, [topic, group], leg)]],
          width: 24,
        }),
      ],
    ],
  ],
};
