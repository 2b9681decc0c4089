import type { CatalogueOrder } from '../commerce-facts';
import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { setAsideBy } from '../views';

const orderEvents = ['order.created', 'order.confirmed', 'order.cancelled', 'order.status-changed'];
const answers = ['stock.reserved', 'stock.released', 'payment.refunded', 'payment.voided'];

/** The catalogue shows each order as the order service has it, whatever order its events came in. */
export function catalogue(facts: Facts): Finding {
  const found = tally(
    'catalogue',
    'The catalogue equals the order service, and has applied all that it heard',
  );
  const { catalog, order, isAtRest } = facts;
  if (!catalog || !order) return found.finding();
  if (!isAtRest) {
    found.note('not at rest: the catalogue may be behind');
    return found.finding();
  }
  const aside = setAsideBy(facts, 'catalog', [...orderEvents, ...answers], ({ data }) => data?.orderId);
  const shown = new Map(catalog.orders.map((row) => [row.orderId, row]));
  for (const { orderId, status, sagaStatus } of order.orders) {
    const row = shown.get(orderId);
    shown.delete(orderId);
    const isSame = row !== undefined && row.status === status && sagaStatusOf(row) === sagaStatus;
    found.check(
      isSame || aside.has(orderId),
      () =>
        `order ${orderId} is ${status} ${sagaStatus}, shown as ${row ? `${row.status} ${sagaStatusOf(row)}` : 'nothing'}`,
    );
  }
  for (const orderId of shown.keys()) found.check(false, () => `order ${orderId}: shown, but not there`);
  for (const { eventId, aggregateId, status } of catalog.unapplied)
    found.check(status === 'FAILED', () => `event ${eventId} of ${aggregateId}: heard, but not applied`);
  return found.finding();
}

/** Two of an order's steps have no event of their own: they follow from its partners' answers. */
function sagaStatusOf({ sagaStatus, heard }: CatalogueOrder): string {
  if (sagaStatus === 'STARTED' && heard.has('stock.reserved')) return 'PROCESSING';
  const isMoneyBack = heard.has('payment.refunded') || heard.has('payment.voided');
  return sagaStatus === 'COMPENSATING' && heard.has('stock.released') && isMoneyBack
    ? 'COMPENSATED'
    : sagaStatus;
}
