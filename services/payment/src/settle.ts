import { afterCommit, type Draft, type Outbox, type Transaction } from '@naru/kernel';
import { decide, type Input, type Step, type Told } from './domain/decide';
import { isDue, type Payment, type PaymentStatus } from './domain/payment';
import type { PaymentMetrics } from './metrics';
import { lockPayments, lockSequence, savePayments } from './store';

/** What the payment of an order hears. */
export interface OrderInput {
  readonly orderId: string;
  readonly input: Input;
}

/** Carries out inputs, in order, in one transaction that holds the lock of all payment events. */
export type Settle = (trx: Transaction, inputs: readonly OrderInput[]) => Promise<void>;

export interface SettleParts {
  readonly outbox: Outbox;
  readonly metrics: PaymentMetrics;
  /** Called after the commit when the provider is to be called. */
  onDue(): void;
}

export function createSettle({ outbox, metrics, onDue }: SettleParts): Settle {
  return async (trx, inputs) => {
    await lockSequence(trx);
    const payments = await lockPayments(
      trx,
      inputs.map(({ orderId }) => orderId),
    );
    const changed = new Map<string, Payment>();
    const told: Told[] = [];
    const entered: PaymentStatus[] = [];
    for (const { orderId, input } of inputs) {
      const before = changed.get(orderId) ?? payments.get(orderId);
      const step = decide(before, input);
      if (!step.payment || step.payment === before) continue;
      changed.set(orderId, step.payment);
      told.push(...step.told);
      entered.push(...statusesEntered(before, step));
    }
    await savePayments(trx, [...changed.values()]);
    await outbox.append(trx, told.map(toDraft));
    afterCommit(trx, () => {
      entered.forEach((status) => metrics.payments.inc({ status }));
      if (entered.some((status) => isDue({ status }))) onDue();
    });
  };
}

/** One step may pass through a status that is told of, and go on to another. */
function statusesEntered(before: Payment | undefined, { payment, told }: Step): Set<PaymentStatus> {
  const statuses = told.map((event) => event.payment.status);
  if (payment && payment.status !== before?.status) statuses.push(payment.status);
  return new Set(statuses);
}

function toDraft({ type, payment, reason, sagaStatus, cause }: Told): Draft {
  const { paymentId, orderId, sagaId, userId, amount, currency, version } = payment;
  const about = { paymentId, orderId, sagaId, userId, amount, currency, version };
  const data = reason === undefined ? about : { ...about, reason };
  return { type, data, subject: orderId, causedBy: cause, sagaId, sagaStatus };
}
