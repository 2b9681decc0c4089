import * as units from '@grafana/grafana-foundation-sdk/units';
import { metricNames as naru } from '@naru/kernel';

import { graph, number, rows } from '../panels';
import { chosen, labels, matching, once, orZero, own, rate, sumBy } from '../promql';
import type { DashboardPlan } from './dashboard';

const { topic, group } = labels;
/** The console tells of them by group. */
const ofGroups = chosen.group.replace('consumergroup', 'group');
const letters = (...matchers: string[]) =>
  once(['topic', 'group', 'state'], matching(naru.deadLetters, ofGroups, ...matchers));
const parked = (name: string) => sumBy([topic, group], own(name, chosen.service));
const givenUp = own(naru.consumed, chosen.service, 'outcome=~"dead-lettered|parked"');

export const deadLetters: DashboardPlan = {
  uid: 'naru-dead-letters',
  title: 'Dead letters and parked keys',
  about: 'Records that could not be handled: set aside, or stopping their key until somebody decides.',
  variable: 'service',
  rows: [
    [
      'Now',
      [
        number({
          title: 'Dead letters waiting',
          about: 'Not sent again yet: npm run dead-letters -- list. Alert NaruDeadLetters.',
          unit: units.Short,
          queries: [['waiting', orZero(`sum(${letters('state="waiting"')})`)]],
          limits: { wrong: 1 },
        }),
        number({
          title: 'In quarantine',
          about: 'They came back after five redrives, and stay until the topic’s retention ends.',
          unit: units.Short,
          queries: [['quarantined', orZero(`sum(${letters('state="quarantined"')})`)]],
          limits: { wrong: 1 },
        }),
        number({
          title: 'Parked keys',
          about:
            'Stopped by a record that failed for good: npm run dead-letters -- parked. Alert NaruKeysParked.',
          unit: units.Short,
          queries: [['keys', orZero(`sum(${parked(naru.parkedKeys)})`)]],
          limits: { wrong: 1 },
        }),
        number({
          title: 'Given up within an hour',
          about: 'Records that became a dead letter or parked their key.',
          unit: units.Short,
          queries: [['records', orZero(`sum(increase(${givenUp}[1h]))`)]],
          limits: { wrong: 1 },
        }),
      ],
    ],
    [
      'Dead letters',
      [
        graph({
          title: 'By group and topic',
          about: 'How many there are that are not dealt with. Redriven ones do not count.',
          unit: units.Short,
          queries: [['{{group}} {{topic}}', orZero(sumBy(['group', 'topic'], letters()))]],
          limits: { wrong: 1 },
        }),
        rows({
          title: 'By state',
          about: 'waiting can be redriven; quarantined cannot.',
          unit: units.Short,
          queries: [['letters', orZero(sumBy(['group', 'topic', 'state'], letters()))]],
          limits: { wrong: 1 },
        }),
        graph({
          title: 'Given up, by group',
          about: 'Where records fail for good, and when it began.',
          unit: units.EventsPerSecond,
          queries: [
            [
              `{{${group}}} {{${topic}}} {{outcome}}`,
              orZero(sumBy([group, topic, 'outcome'], rate(givenUp))),
            ],
          ],
        }),
        graph({
          title: 'Tried again, by group',
          about: 'Failures that may pass: three more attempts, two seconds apart.',
          unit: units.EventsPerSecond,
          queries: [
            [
              `{{${group}}} {{${topic}}}`,
              orZero(sumBy([group, topic], rate(own(naru.consumed, chosen.service, 'outcome="retried"')))),
            ],
          ],
        }),
      ],
    ],
    [
      'Parked keys',
      [
        graph({
          title: 'Keys, by group and topic',
          about: 'Each waits for npm run dead-letters -- release or discard.',
          unit: units.Short,
          queries: [[`{{${group}}} {{${topic}}}`, parked(naru.parkedKeys)]],
          limits: { wrong: 1 },
        }),
        graph({
          title: 'Records behind them, by group and topic',
          about: 'In the service’s database, in order. At 10,000 of a key its partition waits.',
          unit: units.Short,
          queries: [[`{{${group}}} {{${topic}}}`, parked(naru.parkedRecords)]],
          limits: { look: 1_000, wrong: 10_000 },
        }),
      ],
    ],
  ],
};
