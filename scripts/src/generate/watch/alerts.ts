import { consumerGroup } from '@naru/contracts';
import { kafkaExporterMetricNames as kafka, metricNames as naru } from '@naru/kernel';

import { limits } from './limits';
import { labels, matching, ofClients, ofRelays, once, own, rate, renamed, sumBy } from './promql';

export interface Alert {
  readonly name: string;
  /** `critical` for what clients notice or what threatens data, `warning` for what will, if nobody looks. */
  readonly severity: 'critical' | 'warning';
  /** What it looks at: there is data of each as long as all is well. */
  readonly watches: readonly string[];
  readonly expr: string;
  /** How long it must hold, in Prometheus' way of writing. */
  readonly for: string;
  readonly summary: string;
  readonly description: string;
}

const WINDOW = '5m';
const lane = ['consumergroup', 'topic', 'partition'];

const lagAge = once(['consumergroup', 'topic'], naru.groupLag_s);
const lag = once(lane, matching(kafka.groupLag, `consumergroup=~"${consumerGroup('.+')}"`));
const progressAge = `time() - ${once(
  lane,
  renamed(own(naru.lastProgress), {
    [labels.group]: 'consumergroup',
    [labels.topic]: 'topic',
    [labels.partition]: 'partition',
  }),
)}`;
const outboxAge = once(['service'], own(naru.outboxOldestAge));
const stoppedRows = once(['service'], own(naru.outboxFailed));
const leaders = sumBy(['service'], own(naru.relayLeader, ofRelays));
const deadLetters = sumBy(['topic', 'group'], once(['topic', 'group', 'state'], naru.deadLetters));
const parkedKeys = sumBy(['service', labels.topic, labels.group], own(naru.parkedKeys));
const sagaAge = `max(${own(naru.sagaOldestOpenAge)})`;
const underMinIsr = `max(${naru.underMinIsr})`;
const offline = `max(${naru.offlinePartitions})`;
const isUp = own('up');
const requests = (...matchers: string[]) =>
  sumBy(['service'], rate(own(`${naru.httpDuration}_count`, ofClients, ...matchers), WINDOW));
const errorRatio = `(${requests('http_response_status_code=~"5.."')} or 0 * ${requests()}) / ${requests()}`;

export const alerts: readonly Alert[] = [
  {
    name: 'NaruLagOld',
    severity: 'warning',
    watches: [lagAge],
    expr: `${lagAge} > ${limits.lagAge_s}`,
    for: '2m',
    summary: '{{ $labels.consumergroup }} is behind on {{ $labels.topic }}',
    description:
      'The oldest record that is not yet committed has waited for {{ $value | humanizeDuration }}.',
  },
  {
    name: 'NaruConsumerStuck',
    severity: 'critical',
    watches: [lag, progressAge],
    // Without a consumer there is no age either, and that is as bad: hence not `and`.
    expr: `${lag} > 0 unless on (${lane.join(', ')}) (${progressAge} < ${limits.progressAge_s})`,
    for: '1m',
    summary: '{{ $labels.consumergroup }} does not move on {{ $labels.topic }}/{{ $labels.partition }}',
    description: '{{ $value }} records wait, and no offset of the partition is being committed.',
  },
  {
    name: 'NaruOutboxOld',
    severity: 'critical',
    watches: [outboxAge],
    expr: `${outboxAge} > ${limits.outboxAge_s}`,
    for: '1m',
    summary: 'Events of {{ $labels.service }} are not published',
    description: 'The oldest row of its outbox has waited for {{ $value | humanizeDuration }}.',
  },
  {
    name: 'NaruOutboxRowStopped',
    severity: 'warning',
    watches: [stoppedRows],
    expr: `${stoppedRows} > 0`,
    for: '1m',
    summary: 'The outbox of {{ $labels.service }} has rows that cannot be published',
    description:
      '{{ $value }} rows are refused by the broker for good; later events of their keys wait behind.',
  },
  {
    name: 'NaruRelayWithoutLeader',
    severity: 'critical',
    watches: [leaders],
    expr: `${leaders} == 0`,
    for: '1m',
    summary: 'No process of {{ $labels.service }} relays its outbox',
    description: 'Its processes run, but none holds the lease, so that no event is published.',
  },
  {
    name: 'NaruDeadLetters',
    severity: 'warning',
    watches: [deadLetters],
    expr: `${deadLetters} > 0`,
    for: '0s',
    summary: '{{ $labels.group }} has dead letters of {{ $labels.topic }}',
    description: '{{ $value }} records could not be handled and were not sent again.',
  },
  {
    name: 'NaruKeysParked',
    severity: 'warning',
    watches: [parkedKeys],
    expr: `${parkedKeys} > 0`,
    for: '1m',
    summary: `{{ $labels.${labels.group} }} has parked keys of {{ $labels.${labels.topic} }}`,
    description:
      '{{ $value }} keys are stopped by a record that failed for good; all later ones of the key wait.',
  },
  {
    name: 'NaruSagaOpen',
    severity: 'critical',
    watches: [sagaAge],
    expr: `${sagaAge} > ${limits.sagaAge_s}`,
    for: '1m',
    summary: 'An order does not come to an end',
    description: 'The oldest open SAGA has been open for {{ $value | humanizeDuration }}.',
  },
  {
    name: 'NaruUnderMinIsr',
    severity: 'critical',
    watches: [underMinIsr],
    expr: `${underMinIsr} > 0`,
    for: '1m',
    summary: 'Kafka takes no writes to {{ $value }} partitions',
    description: 'They have fewer replicas in sync than are needed for an acknowledgement.',
  },
  {
    name: 'NaruPartitionsOffline',
    severity: 'critical',
    watches: [offline],
    expr: `${offline} > 0`,
    for: '30s',
    summary: '{{ $value }} partitions of Kafka have no leader',
    description: 'They can be neither written nor read.',
  },
  {
    name: 'NaruServiceDown',
    severity: 'critical',
    watches: [isUp],
    // What is not there any more is down, too.
    expr: `count by (service) (max_over_time(${isUp}[15m])) unless on (service) count by (service) (${isUp} == 1)`,
    for: '1m',
    summary: '{{ $labels.service }} is down',
    description: 'None of the instances that there were within 15 minutes can be scraped.',
  },
  {
    name: 'NaruInstanceDown',
    severity: 'warning',
    watches: [isUp],
    expr: `${isUp} == 0`,
    for: '2m',
    summary: '{{ $labels.instance }} is down',
    description: 'This instance of {{ $labels.service }} does not answer on /metrics.',
  },
  {
    name: 'NaruHttpErrors',
    severity: 'critical',
    watches: [errorRatio],
    expr: `${errorRatio} > ${limits.httpErrorRatio} and ${requests()} > ${limits.httpRequests_per_s}`,
    for: '2m',
    summary: '{{ $labels.service }} answers with 5xx',
    description: `{{ $value | humanizePercentage }} of its answers within ${WINDOW} were errors of the server.`,
  },
];
