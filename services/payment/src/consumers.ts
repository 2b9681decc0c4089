import { transactional, type AnyHandler, type Event } from '@naru/kernel';
import type { Cause } from './domain/payment';
import type { OrderInput, Settle } from './settle';

/** Handlers that move payments from state to state; the provider is called afterwards, outside their transactions. */
export function paymentHandlers(settle: Settle, newId: () => string): AnyHandler[] {
  return [
    transactional(['stock.reserved'], (trx, events) =>
      settle(
        trx,
        events.map((event) => toCharge(event, newId())),
      ),
    ),
    transactional(['order.cancelled'], (trx, events) =>
      settle(
        trx,
        events.map((event) => toCancel(event, newId())),
      ),
    ),
  ];
}

function toCharge(event: Event<'stock.reserved'>, paymentId: string): OrderInput {
  const { orderId, sagaId, userId, customerId, amount, currency } = event.data;
  const charge = { orderId, sagaId, userId, customerId, amount, currency };
  return { orderId, input: { type: 'charge', charge, paymentId, cause: causeOf(event) } };
}

function toCancel(event: Event<'order.cancelled'>, paymentId: string): OrderInput {
  const { orderId, sagaId, userId, customerId, totalAmount: amount, currency } = event.data;
  const charge = { orderId, sagaId, userId, customerId, amount, currency };
  const { reason, sagaStatus } = event.data;
  const cancellation = { reason, sagaStatus, cause: causeOf(event) };
  return { orderId, input: { type: 'cancel', charge, paymentId, cancellation } };
}

function causeOf({ correlationId, sagaId, traceparent }: Cause): Cause {
  return { correlationId, sagaId, traceparent };
}
