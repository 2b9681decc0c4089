import type { Answer, operations } from '@naru/contracts';
import type { OrderOccurrence, PaymentType } from './occurrence';

/** An order as its newest snapshot tells. */
export interface OrderState {
  readonly orderId: string;
  /** Null when a trusted service ordered. */
  readonly userId: number | null;
  readonly status: number;
  readonly sagaStatus: string;
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly version: number;
}

export interface PaymentState {
  readonly paymentId: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: string;
  readonly version: number;
}

export interface TimelineEntry {
  readonly eventId: string;
  readonly type: string;
  readonly at_ms: number;
  readonly arrival: number;
}

/** What is known of an order, whichever of its events came first. */
export interface OrderView {
  readonly order: OrderState | null;
  readonly payment: PaymentState | null;
  /** In no order; `shown` sorts it. */
  readonly timeline: readonly TimelineEntry[];
}

export type CatalogueOrder = Answer<(typeof operations)['getCatalogueOrder']>;

export const nothingKnown: OrderView = { order: null, payment: null, timeline: [] };

const paymentStatuses: Readonly<Record<PaymentType, string>> = {
  'payment.completed': 'COMPLETED',
  'payment.failed': 'FAILED',
  'payment.refunded': 'REFUNDED',
  'payment.voided': 'VOIDED',
};

/** The view with one more event, which counts once however often it comes. Snapshots count if they are newer. */
export function apply(view: OrderView, occurrence: OrderOccurrence): OrderView {
  const { eventId, type, at_ms, arrival } = occurrence;
  if (view.timeline.some((entry) => entry.eventId === eventId)) return view;
  const told = { ...view, timeline: [...view.timeline, { eventId, type, at_ms, arrival }] };
  switch (occurrence.type) {
    case 'order.created':
    case 'order.status-changed':
    case 'order.confirmed':
    case 'order.cancelled': {
      const { orderId, userId, status, sagaStatus, items, version } = occurrence.data;
      return { ...told, order: newer(view.order, { orderId, userId, status, sagaStatus, items, version }) };
    }
    case 'payment.completed':
    case 'payment.failed':
    case 'payment.refunded':
    case 'payment.voided': {
      const { paymentId, amount, currency, version } = occurrence.data;
      const status = paymentStatuses[occurrence.type];
      return { ...told, payment: newer(view.payment, { paymentId, amount, currency, status, version }) };
    }
    default:
      return told;
  }
}

/** It never waits for the next number: versions that nobody tells of, and topics that overtake each other, leave gaps. */
function newer<S extends { readonly version: number }>(known: S | null, told: S): S {
  return known !== null && known.version >= told.version ? known : told;
}

/**
 * The order's two steps that have no event of its own follow from its partners' events: with its stock held it is
 * being processed, and with stock and money back it is compensated.
 */
export function sagaStatusOf({ sagaStatus }: OrderState, timeline: readonly TimelineEntry[]): string {
  const heard = new Set(timeline.map(({ type }) => type));
  if (sagaStatus === 'STARTED' && heard.has('stock.reserved')) return 'PROCESSING';
  const isMoneyBack = heard.has('payment.refunded') || heard.has('payment.voided');
  if (sagaStatus === 'COMPENSATING' && heard.has('stock.released') && isMoneyBack) return 'COMPENSATED';
  return sagaStatus;
}

/** What a reader sees of an order that is known. @param names of products, as far as they are known */
export function shown(
  { order, payment, timeline }: OrderView & { readonly order: OrderState },
  names: ReadonlyMap<string, string>,
): CatalogueOrder {
  const { orderId, status, items, version } = order;
  const sorted = [...timeline].sort((one, other) => one.at_ms - other.at_ms || one.arrival - other.arrival);
  return {
    orderId,
    status,
    sagaStatus: sagaStatusOf(order, timeline),
    items: items.map(({ productId, quantity }) => ({
      productId,
      productName: names.get(productId) ?? null,
      quantity,
    })),
    payment: payment && {
      paymentId: payment.paymentId,
      amount: payment.amount,
      currency: payment.currency,
      status: payment.status,
    },
    timeline: sorted.map(({ type, at_ms }) => ({ type, at: new Date(at_ms).toISOString() })),
    version,
  };
}
