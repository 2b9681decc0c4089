import { operations } from '@naru/contracts';
import { page, route, rowsToRead, type Database, type Route } from '@naru/kernel';
import { deliveriesOf } from './store';

export function notificationRoutes(database: Database): Route[] {
  return [
    route(operations.listNotifications, async (request) => {
      const { orderId, before } = request.query;
      const deliveries = await deliveriesOf(database, orderId, rowsToRead(request), before);
      const { body, ...rest } = page(request, deliveries, ({ sequence }) => sequence);
      return { ...rest, body: body.map(({ delivery }) => delivery) };
    }),
  ];
}
