import { operations } from '@naru/contracts';
import { page, route, rowsToRead, type Caller, type Database, type Route } from '@naru/kernel';
import { snapshotOf } from './domain/order';
import { cancel, changeStatus, checkItems, orderUnknown } from './requests';
import type { Sagas } from './sagas';
import { orderOf, ordersOf, type StoredOrder } from './store';

interface OrderParts {
  readonly database: Database;
  readonly sagas: Sagas;
}

export function orderRoutes({ database, sagas }: OrderParts): Route[] {
  return [
    route(operations.createOrder, (request) => {
      const { items = [], ...terms } = request.body;
      checkItems(items);
      return request.once(async (trx) => {
        const userId = ownerOf(request.caller) ?? null;
        const order = await sagas.place(trx, { ...terms, items, userId });
        return { headers: { Location: `/api/orders/${order.orderId}` }, body: viewOf(order) };
      });
    }),

    route(operations.changeOrderStatus, (request) =>
      request.once(async (trx) => {
        const wanted = { ...request.params, owner: ownerOf(request.caller) };
        return { body: viewOf(await changeStatus(trx, sagas, wanted, request.body)) };
      }),
    ),

    route(operations.cancelOrder, (request) =>
      request.once(async (trx) => {
        const wanted = { ...request.params, owner: ownerOf(request.caller) };
        return { body: viewOf(await cancel(trx, sagas, wanted)) };
      }),
    ),

    route(operations.listOrders, async (request) => {
      const { caller, query } = request;
      const orders = await ordersOf(database, rowsToRead(request), query.before, ownerOf(caller));
      const listed = page(request, orders, (order) => order.sequence);
      return { ...listed, body: listed.body.map(viewOf) };
    }),

    route(operations.getOrder, async ({ caller, params: { orderId } }) => {
      const order = await orderOf(database, orderId, ownerOf(caller));
      if (!order) throw orderUnknown(orderId);
      return { body: viewOf(order) };
    }),
  ];
}

/** Whose orders a caller sees; undefined for a direct one, who sees all. */
function ownerOf(caller: Caller): number | undefined {
  return caller.kind === 'user' ? caller.userId : undefined;
}

function viewOf(order: StoredOrder) {
  return { ...snapshotOf(order), items: [...order.items], createdAt: order.createdAt };
}
