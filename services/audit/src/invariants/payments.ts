import type { ProviderOperation } from '../commerce-facts';
import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';

/** An order with items that stands is paid, one that was given up is not, and no order is paid twice. */
export function payments({ order, payment, isAtRest }: Facts): Finding {
  const found = tally(
    'payments',
    'Charged and kept exactly for orders that stand; given back for the others',
  );
  if (!order || !payment) return found.finding();
  const byOrder = new Map(payment.payments.map((row) => [row.orderId, row]));
  let open = 0;
  for (const { orderId, status, items, totalAmount } of order.orders) {
    const paid = byOrder.get(orderId);
    byOrder.delete(orderId);
    if (status === 10 || !isAtRest) {
      open++;
      continue;
    }
    const isRight =
      status === 90
        ? paid?.status === 'REFUNDED' || paid?.status === 'VOIDED'
        : items.length > 0
          ? paid?.status === 'COMPLETED' && paid.amount === totalAmount
          : paid === undefined;
    found.check(isRight, () => `order ${orderId} is ${status}, its payment ${paid?.status ?? 'not there'}`);
  }
  for (const orderId of byOrder.keys())
    found.check(false, () => `order ${orderId}: a payment without an order`);
  found.noteCount(open, 'orders are under way');
  return found.finding();
}

/** What the provider did by its own books is what the payments say. */
export function captures({ payment, isAtRest }: Facts): Finding {
  const found = tally(
    'captures',
    'The provider charged each payment once, and gave back what was to be given back',
  );
  if (!payment) return found.finding();
  const done = (kind: ProviderOperation['kind']) => {
    const byOrder = new Map<string, number[]>();
    for (const { orderId, amount, isDeclined, kind: of } of payment.operations)
      if (of === kind && !isDeclined) byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), amount]);
    return byOrder;
  };
  const charged = done('CAPTURE');
  const returned = done('REFUND');
  for (const { orderId, status, amount } of payment.payments) {
    const [captured = [], refunded = []] = [charged.get(orderId), returned.get(orderId)];
    charged.delete(orderId);
    returned.delete(orderId);
    const isOpen = status === 'CAPTURING' || status === 'REFUNDING';
    const owed = status === 'COMPLETED' || status === 'REFUNDED' || status === 'REFUNDING' ? 1 : 0;
    const given = status === 'REFUNDED' ? 1 : 0;
    const isRight = isOpen
      ? !isAtRest && captured.length <= 1 && refunded.length <= 1
      : captured.length === owed && refunded.length === given;
    const isSame = [...captured, ...refunded].every((sum) => sum === amount);
    found.check(
      isRight && isSame,
      () =>
        `order ${orderId}: ${status} ${amount}, charged ${captured.join(', ') || 'nothing'}, given back ${refunded.join(', ') || 'nothing'}`,
    );
  }
  for (const orderId of new Set([...charged.keys(), ...returned.keys()]))
    found.check(false, () => `order ${orderId}: the provider moved money, but there is no payment`);
  return found.finding();
}
