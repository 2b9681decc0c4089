import type { EventPayloads } from '@naru/contracts';

export const orderTypes = [
  'order.created',
  'order.status-changed',
  'order.confirmed',
  'order.cancelled',
] as const;
export const stockTypes = ['stock.reserved', 'stock.rejected', 'stock.released'] as const;
export const paymentTypes = [
  'payment.completed',
  'payment.failed',
  'payment.refunded',
  'payment.voided',
] as const;

/** All that the catalogue listens to. */
export const heardTypes = ['product.created', ...orderTypes, ...stockTypes, ...paymentTypes] as const;

export type HeardType = (typeof heardTypes)[number];
export type PaymentType = (typeof paymentTypes)[number];

/** An event as the catalogue applies it. */
export type Occurrence<T extends HeardType = HeardType> = {
  [K in T]: {
    readonly eventId: string;
    readonly type: K;
    readonly data: EventPayloads[K];
    /** When it happened (ce_time), milliseconds since the epoch. */
    readonly at_ms: number;
    /** Its place among all that was heard. */
    readonly arrival: number;
  };
}[T];

export type ProductOccurrence = Occurrence<'product.created'>;
export type OrderOccurrence = Occurrence<Exclude<HeardType, 'product.created'>>;

export function isOfProduct(occurrence: Occurrence): occurrence is ProductOccurrence {
  return occurrence.type === 'product.created';
}

/** What an event is about, and in whose order it is applied: an order, or a product. */
export function aggregateIdOf(data: EventPayloads[HeardType]): string {
  return 'orderId' in data ? data.orderId : data.productId;
}
