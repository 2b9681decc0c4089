import type { Metrics } from '@naru/kernel';
import { Counter, Gauge } from 'prom-client';

export const orderMetricNames = {
  sagas: 'naru_order_sagas_total',
  sagaSteps: 'naru_order_saga_steps_total',
  compensating: 'naru_order_compensating',
  compensatingOldestAge: 'naru_order_compensating_oldest_age_seconds',
} as const;

export type OrderMetrics = ReturnType<typeof createOrderMetrics>;

export function createOrderMetrics({ registry }: Metrics) {
  const registers = [registry];
  return {
    sagas: new Counter({
      name: orderMetricNames.sagas,
      help: 'Sagas by the status that they came to',
      labelNames: ['saga_status'],
      registers,
    }),
    sagaSteps: new Counter({
      name: orderMetricNames.sagaSteps,
      help: 'Inputs of sagas by outcome: applied, ignored (late, or again)',
      labelNames: ['input', 'outcome'],
      registers,
    }),
    compensating: new Gauge({
      name: orderMetricNames.compensating,
      help: 'Cancelled orders whose stock or payment has not been taken back yet; the same from every process',
      registers,
    }),
    compensatingOldestAge: new Gauge({
      name: orderMetricNames.compensatingOldestAge,
      help: 'How long the oldest of the compensating orders has been cancelled',
      registers,
    }),
  };
}
