/** What an event hands on to those that it leads to. */
export interface Cause {
  readonly correlationId: string;
  readonly sagaId: string | undefined;
  readonly traceparent: string | undefined;
}

/** What is to be paid, by whom. */
export interface Charge {
  readonly orderId: string;
  readonly sagaId: string;
  readonly userId: number | null;
  readonly customerId: string;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
}

/** That the order was given up. */
export interface Cancellation {
  readonly reason: string;
  /** Where the order's SAGA stood then. */
  readonly sagaStatus: string;
  readonly cause: Cause;
}

/** CAPTURING and REFUNDING wait for the provider; REFUNDED and VOIDED are final, and say that a cancellation was answered. */
export type PaymentStatus = 'CAPTURING' | 'COMPLETED' | 'FAILED' | 'REFUNDING' | 'REFUNDED' | 'VOIDED';

export interface Payment extends Charge {
  readonly paymentId: string;
  readonly status: PaymentStatus;
  /** Why the provider declined. */
  readonly declined: string | null;
  /** Kept from the moment it is heard of, even if the provider has to be asked first. */
  readonly cancellation: Cancellation | null;
  /** Of the event that asked for the payment, or of the cancellation that came before it. */
  readonly cause: Cause;
  readonly version: number;
}

/** Whether the provider is to be called. */
export function isDue({ status }: Pick<Payment, 'status'>): boolean {
  return status === 'CAPTURING' || status === 'REFUNDING';
}
