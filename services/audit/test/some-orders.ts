import type { CatalogueOrder, Order, Payment, Reservation, SagaStep } from '../src/commerce-facts';
import type { Facts } from '../src/facts';
import { aLog, aRecord, someFacts } from './some-facts';

export const items = [{ productId: 'p', quantity: 2 }];

/** An order that is confirmed, and one that was cancelled; everything agrees about both. */
export const confirmed: Order = {
  orderId: 'o-1',
  customerId: 'c-1',
  totalAmount: 500,
  items,
  status: 20,
  sagaStatus: 'SUCCEEDED',
  version: 3,
};
export const cancelled: Order = {
  ...confirmed,
  orderId: 'o-2',
  customerId: 'c-2',
  status: 90,
  sagaStatus: 'COMPENSATED',
  version: 4,
};

export const steps: readonly SagaStep[] = [
  aStep('o-1', 'create', null, '10 STARTED', 1),
  aStep('o-1', 'stock.reserved', '10 STARTED', '10 PROCESSING', 2),
  aStep('o-1', 'payment.completed', '10 PROCESSING', '20 SUCCEEDED', 3),
  aStep('o-2', 'create', null, '10 STARTED', 1),
  aStep('o-2', 'cancel', '10 STARTED', '90 COMPENSATING', 2),
  aStep('o-2', 'stock.released', '90 COMPENSATING', '90 COMPENSATING', 3),
  aStep('o-2', 'payment.voided', '90 COMPENSATING', '90 COMPENSATED', 4),
];

export function aStep(orderId: string, input: string, from: string | null, to: string, version: number) {
  return { orderId, input, from, to, version };
}

export const reservations: readonly Reservation[] = [
  { orderId: 'o-1', status: 'SOLD', items },
  { orderId: 'o-2', status: 'RELEASED', items },
];
export const product = { productId: 'p', initial: 10, free: 8, held: 0, sold: 2 };
export const payments: readonly Payment[] = [
  { orderId: 'o-1', amount: 500, status: 'COMPLETED' },
  { orderId: 'o-2', amount: 500, status: 'VOIDED' },
];
export const capture = { orderId: 'o-1', kind: 'CAPTURE', amount: 500, isDeclined: false } as const;
export const shown: readonly CatalogueOrder[] = [
  { orderId: 'o-1', status: 20, sagaStatus: 'SUCCEEDED', heard: new Set(['order.created']) },
  {
    orderId: 'o-2',
    status: 90,
    sagaStatus: 'COMPENSATING',
    heard: new Set(['stock.released', 'payment.voided']),
  },
];

/** Event id and type of what was told of an order. */
export const told: readonly (readonly [eventId: string, type: string, orderId: string])[] = [
  ['e-1', 'order.created', 'o-1'],
  ['e-2', 'order.confirmed', 'o-1'],
  ['e-3', 'order.created', 'o-2'],
  ['e-4', 'order.cancelled', 'o-2'],
  ['e-5', 'stock.released', 'o-2'],
  ['e-6', 'payment.voided', 'o-2'],
];

export function logsOf(events: typeof told): Facts['logs'] {
  const records = events.map(([eventId, type, orderId], offset) =>
    aRecord(eventId, offset, { topic: 'order.created.v1', type, data: { orderId } }),
  );
  return [aLog(records, { topic: 'order.created.v1' })];
}

/** Facts in which all is well with both orders. */
export function fine(more: Partial<Facts> = {}): Facts {
  return someFacts({
    order: { orders: [confirmed, cancelled], steps },
    product: { products: [product], reservations },
    payment: { payments, operations: [capture] },
    catalog: { orders: shown, unapplied: [] },
    notification: {
      deliveries: ['e-1', 'e-2', 'e-3', 'e-4'].map((eventId) => {
        return { eventId, orderId: 'o', status: 'SENT', attempts: 1 };
      }),
    },
    logs: logsOf(told),
    ...more,
  });
}
