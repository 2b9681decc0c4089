/** What a call to the provider that gives no answer depends on. */
export const PROVIDER = 'payment-provider';

/** A call to the provider. The same key always means the same charge or refund. */
export interface ProviderCall {
  readonly key: string;
  readonly orderId: string;
  readonly customerId: string;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
}

export type CaptureAnswer =
  { readonly type: 'captured' } | { readonly type: 'declined'; readonly reason: string };

/**
 * Who moves the money. Idempotent by key: a second call with a key does nothing and gets the first one's answer.
 * Anything thrown means that the outcome is not known; the call is to be made again, with the same key.
 */
export interface PaymentProvider {
  capture(call: ProviderCall, signal: AbortSignal): Promise<CaptureAnswer>;
  refund(call: ProviderCall, signal: AbortSignal): Promise<{ readonly type: 'refunded' }>;
}

export const captureKey = (orderId: string) => `capture:${orderId}`;
export const refundKey = (orderId: string) => `refund:${orderId}`;
