import { operations } from '@naru/contracts';
import { problem, route, type Database, type Route } from '@naru/kernel';
import { shown } from './domain/order-view';
import { readView } from './view-store';

export function catalogRoutes(database: Database): Route[] {
  return [
    route(operations.getCatalogueOrder, async ({ caller, params: { orderId } }) => {
      const { view, names } = await readView(database, orderId);
      const { order } = view;
      if (!order || (caller.kind === 'user' && order.userId !== caller.userId)) {
        throw problem('order-unknown', `there is no order ${orderId}`);
      }
      return { body: shown({ ...view, order }, names) };
    }),
  ];
}
