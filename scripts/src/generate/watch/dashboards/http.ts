import * as units from '@grafana/grafana-foundation-sdk/units';
import { metricNames as naru } from '@naru/kernel';

import { limits } from '../limits';
import { graph, number, rows } from '../panels';
import { chosen, ofClients, orZero, own, quantile, rate, sumBy } from '../promql';
import type { DashboardPlan } from './dashboard';

const requests = (...matchers: string[]) =>
  rate(own(`${naru.httpDuration}_count`, chosen.service, ofClients, ...matchers));
const duration = (suffix: string) => own(`${naru.httpDuration}${suffix}`, chosen.service, ofClients);
const route = ['service', 'http_request_method', 'http_route'];
const routeName = '{{service}} {{http_request_method}} {{http_route}}';
const isServerError = 'http_response_status_code=~"5.."';
/** Not the services' own: of prom-client, the same in every Node process. */
const process = {
  eventLoopLag: 'nodejs_eventloop_lag_p99_seconds',
  memory: 'process_resident_memory_bytes',
  cpu: 'process_cpu_seconds_total',
};

export const http: DashboardPlan = {
  uid: 'naru-http',
  title: 'HTTP',
  about:
    'Requests of clients and between services, without probes and scrapes, and the processes that answer.',
  variable: 'service',
  rows: [
    [
      'Now',
      [
        number({
          title: 'Requests',
          about: 'A second. One from outside counts at the gateway and at each service behind it.',
          unit: units.RequestsPerSecond,
          queries: [['requests', `sum(${requests()})`]],
        }),
        number({
          title: 'Errors of the server',
          about: 'The part that was answered with 5xx. Alert NaruHttpErrors.',
          unit: units.PercentUnit,
          queries: [['part', `(${orZero(`sum(${requests(isServerError)})`)}) / sum(${requests()})`]],
          limits: { look: limits.httpErrorRatio / 5, wrong: limits.httpErrorRatio },
        }),
        number({
          title: 'Duration, p50',
          about: 'Half of the requests took less.',
          unit: units.Seconds,
          queries: [['p50', quantile(0.5, [], duration)]],
          limits: { look: 0.25, wrong: 1 },
        }),
        number({
          title: 'Duration, p99',
          about: 'One of a hundred took longer.',
          unit: units.Seconds,
          queries: [['p99', quantile(0.99, [], duration)]],
          limits: { look: 1, wrong: 2.5 },
        }),
      ],
    ],
    [
      'Routes',
      [
        graph({
          title: 'Requests, by route',
          about: 'A second.',
          unit: units.RequestsPerSecond,
          queries: [[routeName, sumBy(route, requests())]],
          isStacked: true,
        }),
        graph({
          title: 'Answers, by status',
          about: '4xx are mistakes of clients; 429 and 503 are load that was turned away.',
          unit: units.RequestsPerSecond,
          queries: [['{{http_response_status_code}}', sumBy(['http_response_status_code'], requests())]],
          isStacked: true,
        }),
        graph({
          title: 'Duration, p50 by route',
          about: 'Half of the requests took less.',
          unit: units.Seconds,
          queries: [[routeName, quantile(0.5, route, duration)]],
        }),
        graph({
          title: 'Duration, p99 by route',
          about: 'One of a hundred took longer.',
          unit: units.Seconds,
          queries: [[routeName, quantile(0.99, route, duration)]],
          limits: { wrong: 2.5 },
        }),
        graph({
          title: 'Errors of the server, by service',
          about: 'The part of its answers that were 5xx.',
          unit: units.PercentUnit,
          max: 1,
          queries: [
            [
              '{{service}}',
              `(${sumBy(['service'], requests(isServerError))} or 0 * ${sumBy(['service'], requests())}) / ${sumBy(['service'], requests())}`,
            ],
          ],
          limits: { wrong: limits.httpErrorRatio },
        }),
        rows({
          title: 'Slowest routes',
          about: 'By their p99 at the end of the time range.',
          unit: units.Seconds,
          queries: [['p99', `topk(10, ${quantile(0.99, route, duration)})`]],
        }),
      ],
    ],
    [
      'Processes',
      [
        graph({
          title: 'Lag of the event loop, p99',
          about: 'How late timers fire: a process that computes for long answers nobody meanwhile.',
          unit: units.Seconds,
          queries: [['{{instance}}', own(process.eventLoopLag, chosen.service)]],
          limits: { look: 0.1, wrong: 0.5 },
          width: 8,
        }),
        graph({
          title: 'Memory',
          about: 'Resident, of each instance.',
          unit: units.BytesIEC,
          queries: [['{{instance}}', own(process.memory, chosen.service)]],
          width: 8,
        }),
        graph({
          title: 'CPU',
          about: 'Cores that each instance keeps busy.',
          unit: units.Short,
          queries: [['{{instance}}', rate(own(process.cpu, chosen.service))]],
          width: 8,
        }),
        graph({
          title: 'Instances that answer, by service',
          about: 'As Prometheus sees them. Alerts NaruServiceDown and NaruInstanceDown.',
          unit: units.Short,
          queries: [['{{service}}', sumBy(['service'], own('up', chosen.service))]],
          width: 24,
        }),
      ],
    ],
  ],
};
