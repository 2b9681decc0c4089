import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { eventsOf, setAsideBy } from '../views';

const told = ['order.created', 'order.status-changed', 'order.confirmed', 'order.cancelled'];

/** Each event of an order has one notification, sent or dead-lettered, and there is none of no event. */
export function notifications(facts: Facts): Finding {
  const found = tally('notifications', 'Each event of an order has one notification, sent or dead-lettered');
  const { notification, isAtRest } = facts;
  if (!notification) return found.finding();
  const aside = setAsideBy(facts, 'notification', told, ({ eventId }) => eventId);
  const deliveries = new Map(notification.deliveries.map((row) => [row.eventId, row]));
  for (const { eventId = '' } of told.flatMap((type) => eventsOf(facts, type))) {
    const delivery = deliveries.get(eventId);
    deliveries.delete(eventId);
    if (!delivery && !isAtRest) continue;
    const isRight =
      delivery?.status === 'SENT' || aside.has(eventId) || (!isAtRest && delivery?.status === 'SENDING');
    found.check(isRight, () => `event ${eventId}: ${delivery?.status ?? 'no notification'}`);
    if (delivery)
      found.check(delivery.attempts >= 1, () => `event ${eventId}: ${delivery.attempts} attempts`);
  }
  found.noteCount(deliveries.size, 'notifications are of events that their topics no longer hold');
  return found.finding();
}
