import { PermanentError, transactional, type Event, type TransactionalHandler } from '@naru/kernel';
import type { SagaInput } from './domain/saga';
import type { Sagas } from './sagas';
import { lockOrders } from './store';

const replies = [
  'stock.reserved',
  'stock.rejected',
  'stock.released',
  'payment.completed',
  'payment.failed',
  'payment.refunded',
  'payment.voided',
] as const;

type Reply = (typeof replies)[number];

/** What product and payment say of an order. */
export function orderHandlers(sagas: Sagas): TransactionalHandler<Reply>[] {
  return [
    transactional(replies, async (trx, events) => {
      const orderIds = [...new Set(events.map(({ data }) => data.orderId))];
      const orders = await lockOrders(trx, orderIds);
      const unknown = orderIds.filter((orderId) => !orders.has(orderId));
      if (unknown.length > 0) {
        // Sagas begin here and nowhere else, after the order is committed: it will not come.
        throw new PermanentError('order-unknown', `there is no order ${unknown.slice(0, 5).join(', ')}`);
      }
      const occurrences = events.map((event) => {
        return { orderId: event.data.orderId, input: inputOf(event), event };
      });
      await sagas.advance(trx, orders, occurrences);
    }),
  ];
}

function inputOf({ type, data }: Event<Reply>): SagaInput {
  if (type !== 'stock.rejected' && type !== 'payment.failed') return { type };
  return { type, reason: 'reason' in data ? data.reason : type };
}
