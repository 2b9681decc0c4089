import type { Awaited, OrderStory } from './types';

/** What the order's SAGA waits for, from whom and until when; empty when it has ended. */
export function awaited({ order, reservation, payment }: OrderStory): Awaited[] {
  const { status, sagaStatus, deadlineAt, isStockReleased, isPaymentReturned } = order;
  const stock = `stock is ${reservation?.status ?? 'not known there'}`;
  const paid = `payment is ${payment?.status ?? 'not known there'}`;
  if (status === 10) {
    const known = payment ? paid : reservation ? stock : null;
    return sagaStatus === 'STARTED' && !reservation
      ? [{ what: 'stock.reserved', from: 'product', until: deadlineAt, known }]
      : [{ what: 'payment.completed', from: 'payment', until: deadlineAt, known }];
  }
  if (sagaStatus !== 'COMPENSATING') return [];
  const both = [
    { isThere: isStockReleased, what: 'stock.released', from: 'product', until: null, known: stock },
    {
      ...{ isThere: isPaymentReturned, what: 'payment.refunded or payment.voided', from: 'payment' },
      ...{ until: null, known: paid },
    },
  ];
  return both.filter(({ isThere }) => !isThere).map(({ isThere: _, ...waits }) => waits);
}
