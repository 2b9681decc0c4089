import type { Metrics } from '@naru/kernel';
import { Counter, Histogram } from 'prom-client';

export const paymentMetricNames = {
  payments: 'naru_payment_payments_total',
  providerCalls: 'naru_payment_provider_call_duration_seconds',
} as const;

const providerBuckets_s = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type PaymentMetrics = ReturnType<typeof createPaymentMetrics>;

export function createPaymentMetrics({ registry }: Metrics) {
  const registers = [registry];
  return {
    payments: new Counter({
      name: paymentMetricNames.payments,
      help: 'Payments that came into a status',
      labelNames: ['status'],
      registers,
    }),
    providerCalls: new Histogram({
      name: paymentMetricNames.providerCalls,
      help: 'Duration of calls to the provider by operation (capture, refund) and outcome; failed: not known',
      labelNames: ['operation', 'outcome'],
      buckets: providerBuckets_s,
      registers,
    }),
  };
}
