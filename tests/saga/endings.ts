import type { Outcome } from './invariants';

/** Where each order ended, and what was told of it by order, product and payment. */
export function endingsOf({ orders, told }: Outcome): string[] {
  return orders.map(({ orderId, status }) => {
    const types = told.filter(({ data }) => data.orderId === orderId).map(({ type }) => type);
    const telling = types.filter((type) => type !== 'order.created' && type !== 'order.status-changed');
    const by = (service: string) => telling.filter((type) => type.startsWith(service)).join(' ');
    return [String(status), by('order'), by('stock'), by('payment')].filter((part) => part !== '').join(', ');
  });
}

/** How an order with items that stands was told of, after its status. */
export const confirmed = ', order.confirmed, stock.reserved, payment.completed';

/** All the ways in which an order with items can be given up. */
export const cancelledEndings = [
  '90, order.cancelled, stock.released, payment.voided',
  '90, order.cancelled, stock.rejected stock.released, payment.voided',
  '90, order.cancelled, stock.reserved stock.released, payment.voided',
  '90, order.cancelled, stock.reserved stock.released, payment.failed payment.voided',
  '90, order.cancelled, stock.reserved stock.released, payment.completed payment.refunded',
  '90, order.confirmed order.cancelled, stock.reserved stock.released, payment.completed payment.refunded',
];
