import type { Cancellation, Cause, Charge, Payment, PaymentStatus } from './payment';

interface Asked {
  readonly charge: Charge;
  /** Of the payment, if this is the first that is heard of it. */
  readonly paymentId: string;
}

/** What a payment hears: the first two are events, the others the provider's answers. */
export type Input =
  | (Asked & { readonly type: 'charge'; readonly cause: Cause })
  | (Asked & { readonly type: 'cancel'; readonly cancellation: Cancellation })
  | { readonly type: 'captured' }
  | { readonly type: 'declined'; readonly reason: string }
  | { readonly type: 'refunded' };

/** An event to tell. */
export interface Told {
  readonly type: 'payment.completed' | 'payment.failed' | 'payment.refunded' | 'payment.voided';
  /** As it is with this event. */
  readonly payment: Payment;
  readonly reason?: string;
  /** Where the order's SAGA stands with this event. */
  readonly sagaStatus: string;
  readonly cause: Cause;
}

export interface Step {
  /** The same object when nothing changed. */
  readonly payment: Payment | undefined;
  readonly told: readonly Told[];
}

/**
 * Decides one input, and changes nothing for one that was decided before, or that comes too late to matter. Each
 * cancelled order is answered once, by payment.refunded or payment.voided.
 */
export function decide(payment: Payment | undefined, input: Input): Step {
  switch (input.type) {
    case 'charge':
      return payment ? unchanged(payment) : { payment: asked(input), told: [] };
    case 'cancel':
      return cancel(payment, input);
    case 'captured':
      return payment?.status === 'CAPTURING' ? complete(payment) : unchanged(payment);
    case 'declined':
      return payment?.status === 'CAPTURING' ? fail(payment, input.reason) : unchanged(payment);
    case 'refunded':
      return payment?.status === 'REFUNDING' && payment.cancellation
        ? conclude(payment, payment.cancellation, 'REFUNDED', 'payment.refunded')
        : unchanged(payment);
  }
}

function unchanged(payment: Payment | undefined): Step {
  return { payment, told: [] };
}

function asked({ charge, paymentId, cause }: Extract<Input, { type: 'charge' }>): Payment {
  return { ...charge, paymentId, status: 'CAPTURING', declined: null, cancellation: null, cause, version: 1 };
}

function cancel(payment: Payment | undefined, input: Extract<Input, { type: 'cancel' }>): Step {
  const { charge, paymentId, cancellation } = input;
  if (!payment) {
    const { cause } = cancellation;
    const unheardOf = { ...charge, paymentId, declined: null, cancellation, cause, version: 0 };
    return conclude({ ...unheardOf, status: 'VOIDED' }, cancellation, 'VOIDED', 'payment.voided');
  }
  if (payment.cancellation) return unchanged(payment);
  const cancelled = { ...payment, cancellation };
  switch (payment.status) {
    case 'CAPTURING':
      return { payment: next(cancelled, 'CAPTURING'), told: [] };
    case 'COMPLETED':
      return { payment: next(cancelled, 'REFUNDING'), told: [] };
    case 'FAILED':
      return conclude(cancelled, cancellation, 'VOIDED', 'payment.voided');
    default:
      return unchanged(payment);
  }
}

/** Charged. If the order was given up meanwhile, that is told first, and then undone. */
function complete(payment: Payment): Step {
  const { cancellation, cause } = payment;
  const completed = next(payment, 'COMPLETED');
  const sagaStatus = cancellation?.sagaStatus ?? 'SUCCEEDED';
  const told: Told[] = [{ type: 'payment.completed', payment: completed, sagaStatus, cause }];
  return { payment: cancellation ? next(completed, 'REFUNDING') : completed, told };
}

function fail(payment: Payment, reason: string): Step {
  const { cancellation, cause } = payment;
  const failed = { ...next(payment, 'FAILED'), declined: reason };
  const sagaStatus = cancellation?.sagaStatus ?? 'COMPENSATING';
  const told: Told[] = [{ type: 'payment.failed', payment: failed, reason, sagaStatus, cause }];
  if (!cancellation) return { payment: failed, told };
  const voided = conclude(failed, cancellation, 'VOIDED', 'payment.voided');
  return { payment: voided.payment, told: [...told, ...voided.told] };
}

function conclude(
  payment: Payment,
  { reason, sagaStatus, cause }: Cancellation,
  status: PaymentStatus,
  type: Told['type'],
): Step {
  const concluded = next(payment, status);
  return { payment: concluded, told: [{ type, payment: concluded, reason, sagaStatus, cause }] };
}

function next(payment: Payment, status: PaymentStatus): Payment {
  return { ...payment, status, version: payment.version + 1 };
}
