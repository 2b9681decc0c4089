import { activeFaults } from '@naru/contracts';
import type { MessagingAssembly, MessagingKernel } from '@naru/kernel';
import { v7 as uuidv7 } from 'uuid';
import { paymentRoutes } from './api';
import type { PaymentConfig } from './config';
import { paymentHandlers } from './consumers';
import { createPaymentMetrics } from './metrics';
import { paymentReplay } from './replay';
import { createSimulatedProvider } from './provider/simulated';
import { createSettle } from './settle';
import { createWorker } from './worker';

/** Puts the payment service together. The worker runs where the consumer does, whose commits wake it. */
export function composePayment(
  config: PaymentConfig,
  { database, outbox, log, shadow, ...kernel }: MessagingKernel,
): MessagingAssembly {
  const newId = () => uuidv7();
  const metrics = createPaymentMetrics(kernel.metrics);
  const provider = createSimulatedProvider({
    database,
    delay_ms: config.PROVIDER_DELAY_MS,
    failures_percent: config.PROVIDER_FAILURES_PERCENT,
    faults: () => activeFaults(config.PROVIDER_FAULTS_FILE),
    random: Math.random,
  });
  const settle = createSettle({ outbox, metrics, onDue: () => worker.wake() });
  const owner = config.INSTANCE ?? `payment-${process.pid}`;
  const worker = createWorker({ database, provider, settle, log, metrics, owner, newId });
  return {
    routes: paymentRoutes(database),
    handlers: paymentHandlers(settle, newId),
    parts: config.ROLES.split(',').includes('consumer') ? [worker] : [],
    ...(shadow && { replay: paymentReplay({ database, settle, shadow, owner }) }),
  };
}
