import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';

/** What was there at first is free, held or sold, nothing is negative, and held and sold are what reservations say. */
export function stock({ product }: Facts): Finding {
  const found = tally(
    'stock',
    'Of each product, free, held and sold are what there was, by its reservations',
  );
  if (!product) return found.finding();
  const held = new Map<string, number>();
  const sold = new Map<string, number>();
  for (const { orderId, status, items } of product.reservations) {
    found.check(status !== 'NEW', () => `order ${orderId}: a reservation that nobody decided`);
    const sums = status === 'HELD' ? held : status === 'SOLD' ? sold : undefined;
    for (const { productId, quantity } of items) sums?.set(productId, (sums.get(productId) ?? 0) + quantity);
  }
  for (const row of product.products) {
    const { productId } = row;
    const isWhole = row.free + row.held + row.sold === row.initial;
    const isThere = row.free >= 0 && row.held >= 0 && row.sold >= 0;
    const [heldSum, soldSum] = [held.get(productId) ?? 0, sold.get(productId) ?? 0];
    found.check(
      isWhole && isThere && row.held === heldSum && row.sold === soldSum,
      () =>
        `product ${productId}: ${row.initial} at first, ${row.free} free, ${row.held} held (${heldSum} reserved), ` +
        `${row.sold} sold (${soldSum} reserved)`,
    );
    held.delete(productId);
    sold.delete(productId);
  }
  for (const productId of new Set([...held.keys(), ...sold.keys()]))
    found.check(false, () => `product ${productId}: reserved, but not there`);
  return found.finding();
}

/** An order's stock is sold exactly when the order stands, and given back when it does not. */
export function reservations({ order, product, isAtRest }: Facts): Finding {
  const found = tally('reservations', 'Stock is sold for each order that stands, and for no other');
  if (!order || !product) return found.finding();
  const byOrder = new Map(product.reservations.map((reservation) => [reservation.orderId, reservation]));
  let open = 0;
  for (const { orderId, status, items } of order.orders) {
    const reservation = byOrder.get(orderId);
    byOrder.delete(orderId);
    if (status === 10 || !isAtRest) open++;
    else
      found.check(isRight(reservation?.status, status, items.length > 0), () =>
        tell(orderId, status, reservation),
      );
  }
  for (const orderId of byOrder.keys())
    found.check(false, () => `order ${orderId}: a reservation without an order`);
  found.noteCount(open, 'orders are under way');
  return found.finding();
}

function isRight(reservation: string | undefined, status: number, hasItems: boolean): boolean {
  if (status === 90) return reservation === 'RELEASED';
  return hasItems ? reservation === 'SOLD' : reservation === undefined;
}

function tell(orderId: string, status: number, reservation: { status: string } | undefined): string {
  return `order ${orderId} is ${status}, its stock is ${reservation?.status ?? 'not reserved'}`;
}
