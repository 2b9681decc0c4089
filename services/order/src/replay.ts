import { restoration, type Event, type ReplayAssembly } from '@naru/kernel';
import {
  CANCEL_REASON,
  DEADLINE_REASON,
  type OrderStatus,
  type SagaInput,
  type SagaStatus,
} from './domain/saga';
import type { Sagas } from './sagas';
import { insertOrder, lockOrders, orderOf } from './store';

/**
 * Orders come to be by request, and requests and the deadline move them on; each is told of by an event. An order is
 * taken as it was placed, and what moved it on is done again where it was done then.
 */
export function orderReplay(sagas: Sagas): ReplayAssembly {
  return {
    restorations: [
      restoration('given', ['order.created'], async (trx, events) => {
        for (const { data, traceparent = null } of events) {
          if (await orderOf(trx, data.orderId)) continue;
          const status = data.status as OrderStatus;
          const sagaStatus = data.sagaStatus as SagaStatus;
          const begun = { status, sagaStatus, stockReleased: false, paymentReturned: false };
          await insertOrder(trx, { ...data, ...begun, traceparent });
        }
      }),
      restoration('redone', ['order.status-changed', 'order.cancelled'], async (trx, events) => {
        const moved = events.flatMap((event) => {
          const input = inputOf(event);
          return input ? [{ orderId: event.data.orderId, input }] : [];
        });
        if (moved.length === 0) return;
        const orders = await lockOrders(
          trx,
          moved.map(({ orderId }) => orderId),
        );
        await sagas.advance(
          trx,
          orders,
          moved.filter(({ orderId }) => orders.has(orderId)),
        );
      }),
    ],
    caveats: ['requests and deadlines are those that were told of; a changed deadline changes nothing here'],
  };
}

/** What was asked of the order; undefined where the event is the saga's own conclusion, which handling comes to again. */
function inputOf({ data }: Event<'order.status-changed' | 'order.cancelled'>): SagaInput | undefined {
  if ('currentStatus' in data) return { type: data.currentStatus === 25 ? 'ship' : 'deliver' };
  if (data.reason === CANCEL_REASON) return { type: 'cancel' };
  return data.reason === DEADLINE_REASON ? { type: 'deadline' } : undefined;
}
