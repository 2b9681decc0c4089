import { metricNames, type Metrics } from '@naru/kernel';
import { Counter, Gauge, Histogram } from 'prom-client';

export const orderMetricNames = {
  // Those of the dashboards are in the kernel, where all that is watched is named.
  sagas: metricNames.sagas,
  sagaSteps: metricNames.sagaSteps,
  sagaDuration: metricNames.sagaDuration,
  oldestOpenAge: metricNames.sagaOldestOpenAge,
  compensatingOldestAge: 'naru_order_compensating_oldest_age_seconds',
} as const;

const durationBuckets_s = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export type OrderMetrics = ReturnType<typeof createOrderMetrics>;

export function createOrderMetrics({ registry }: Metrics) {
  const registers = [registry];
  return {
    sagas: new Gauge({
      name: orderMetricNames.sagas,
      help: 'Orders by saga status: all open ones, and those that ended in the last 24 h; at most 100,000 of each; the same from every process',
      labelNames: ['saga_status'],
      registers,
    }),
    sagaSteps: new Counter({
      name: orderMetricNames.sagaSteps,
      help: 'What sagas heard, by outcome: applied, ignored (late, or again)',
      labelNames: ['step', 'outcome'],
      registers,
    }),
    sagaDuration: new Histogram({
      name: orderMetricNames.sagaDuration,
      help: 'From an order’s creation to the end of its saga, by the status that it ended with',
      labelNames: ['saga_status'],
      buckets: durationBuckets_s,
      registers,
    }),
    oldestOpenAge: new Gauge({
      name: orderMetricNames.oldestOpenAge,
      help: 'How long the oldest open saga has been under way, or has been taken back; the same from every process',
      registers,
    }),
    compensatingOldestAge: new Gauge({
      name: orderMetricNames.compensatingOldestAge,
      help: 'How long the oldest of the compensating orders has been cancelled; the same from every process',
      registers,
    }),
  };
}
