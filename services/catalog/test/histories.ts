import { randomUUID } from 'node:crypto';
import type { Answer, EventPayloads, operations } from '@naru/contracts';
import type { Published } from '@naru/testing';

export type Told = Published;
export type CatalogueOrder = Answer<(typeof operations)['getCatalogueOrder']>;
export type OrderSnapshot = EventPayloads['order.created'];

export function newOrder(fields: Partial<OrderSnapshot> = {}): OrderSnapshot {
  return {
    orderId: randomUUID(),
    userId: 1,
    customerId: 'user-1001',
    customerEmail: 'user1001@example.com',
    totalAmount: 12_900,
    currency: 'KRW',
    items: [{ productId: randomUUID(), quantity: 1 }],
    status: 10,
    sagaId: randomUUID(),
    sagaStatus: 'STARTED',
    version: 1,
    ...fields,
  };
}

type StockType = 'stock.reserved' | 'stock.rejected' | 'stock.released';
type PaymentType = 'payment.completed' | 'payment.failed' | 'payment.refunded' | 'payment.voided';

export function stock(type: StockType, order: OrderSnapshot, version: number): Told {
  const { orderId, sagaId, userId, customerId, items, totalAmount: amount, currency } = order;
  const data = { orderId, sagaId, userId, customerId, items, amount, currency, version };
  return { type, data: type === 'stock.reserved' ? data : { ...data, reason: 'as it happens' } };
}

export function payment(type: PaymentType, order: OrderSnapshot, version: number): Told {
  const { orderId, sagaId, userId, totalAmount: amount, currency } = order;
  // One for each order, and a UUID.
  const data = { paymentId: sagaId, orderId, sagaId, userId, amount, currency, version };
  return { type, data: type === 'payment.completed' ? data : { ...data, reason: 'as it happens' } };
}

export interface History {
  readonly order: OrderSnapshot;
  /** As they happened, a second apart. */
  readonly events: readonly Told[];
  /** What the catalogue shows in the end. */
  readonly end: Partial<CatalogueOrder>;
}

const paid = (status: string) => ({ payment: { status } as CatalogueOrder['payment'] });

/** One of the ways that an order can go. @param nth picks it */
export function historyOf(order: OrderSnapshot, nth: number): History {
  const confirmed = { ...order, status: 20, sagaStatus: 'SUCCEEDED', version: 3 };
  const cancelled = { ...order, status: 90, sagaStatus: 'COMPENSATING', reason: 'cancelled', version: 4 };
  const shipped = (previousStatus: number, currentStatus: number, version: number): Told => ({
    type: 'order.status-changed',
    data: { ...confirmed, status: currentStatus, previousStatus, currentStatus, version },
  });
  const start: Told[] = [{ type: 'order.created', data: order }, stock('stock.reserved', order, 1)];
  const success: Told[] = [
    ...start,
    payment('payment.completed', order, 1),
    { type: 'order.confirmed', data: confirmed },
  ];
  const ways: (readonly [readonly Told[], Partial<CatalogueOrder>])[] = [
    [
      [...success, shipped(20, 25, 4), shipped(25, 80, 5)],
      { status: 80, sagaStatus: 'SUCCEEDED', version: 5, ...paid('COMPLETED') },
    ],
    [
      [
        start[0]!,
        stock('stock.rejected', order, 1),
        { type: 'order.cancelled', data: { ...cancelled, sagaStatus: 'FAILED', version: 2 } },
        stock('stock.released', order, 2),
        payment('payment.voided', order, 1),
      ],
      { status: 90, sagaStatus: 'FAILED', version: 2, ...paid('VOIDED') },
    ],
    [
      [
        ...success,
        { type: 'order.cancelled', data: cancelled },
        payment('payment.refunded', order, 2),
        stock('stock.released', order, 2),
      ],
      { status: 90, sagaStatus: 'COMPENSATED', version: 4, ...paid('REFUNDED') },
    ],
    [start, { status: 10, sagaStatus: 'PROCESSING', version: 1, payment: null }],
  ];
  const [events, end] = ways[nth % ways.length]!;
  const first_ms = Date.parse('2026-11-05T09:00:00.000Z');
  return {
    order,
    events: events.map((event, step) => ({ ...event, at_ms: first_ms + step * 1_000 })),
    end,
  };
}
