import { operations } from '@naru/contracts';
import { problem, route, type Database, type Route } from '@naru/kernel';
import { paymentOf } from './store';

export function paymentRoutes(database: Database): Route[] {
  return [
    route(operations.getPayment, async ({ caller, params: { orderId } }) => {
      const found = await paymentOf(database, orderId);
      if (!found || (caller.kind === 'user' && caller.userId !== found.userId)) {
        throw problem('payment-unknown', `there is no payment of order ${orderId}`);
      }
      return { body: found.payment };
    }),
  ];
}
