import type { SagaStep } from '../commerce-facts';
import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { eventsOf } from '../views';

/** As the design has it, not as the order service does: what it computes must not judge itself. */
const transitions = new Set([
  'null → 10 STARTED',
  'null → 20 SUCCEEDED',
  '10 STARTED → 10 PROCESSING',
  '10 STARTED → 20 SUCCEEDED',
  '10 PROCESSING → 20 SUCCEEDED',
  '20 SUCCEEDED → 25 SUCCEEDED',
  '25 SUCCEEDED → 80 SUCCEEDED',
  '10 STARTED → 90 FAILED',
  '10 PROCESSING → 90 FAILED',
  '10 STARTED → 90 COMPENSATING',
  '10 PROCESSING → 90 COMPENSATING',
  '20 SUCCEEDED → 90 COMPENSATING',
  '90 COMPENSATING → 90 COMPENSATING',
  '90 COMPENSATING → 90 COMPENSATED',
]);
const ended = new Set(['SUCCEEDED', 'FAILED', 'COMPENSATED']);

/** Each order went from step to step as the table allows, and is where its last step left it. */
export function sagaSteps({ order }: Facts): Finding {
  const found = tally('saga-steps', 'Each order went through allowed transitions only, one version a step');
  if (!order) return found.finding();
  const byOrder = new Map<string, SagaStep[]>();
  for (const step of order.steps) byOrder.set(step.orderId, [...(byOrder.get(step.orderId) ?? []), step]);
  for (const { orderId, status, sagaStatus, version } of order.orders) {
    let at: string | null = null;
    let count = 0;
    for (const { from, to, input, version: reached } of byOrder.get(orderId) ?? []) {
      const isRight = from === at && transitions.has(`${from ?? 'null'} → ${to}`) && reached === ++count;
      found.check(
        isRight,
        () => `order ${orderId}: ${input} led from ${from ?? 'nothing'} to ${to}, ${reached}`,
      );
      at = to;
    }
    const isThere = at === `${status} ${sagaStatus}` && count === version;
    found.check(
      isThere,
      () => `order ${orderId}: ${status} ${sagaStatus} ${version} after ${count} steps to ${at ?? 'nothing'}`,
    );
    byOrder.delete(orderId);
  }
  for (const orderId of byOrder.keys()) found.check(false, () => `order ${orderId}: steps without an order`);
  return found.finding();
}

/** At rest no saga is under way: each has succeeded, failed, or is compensated. */
export function sagasEnded({ order, isAtRest }: Facts): Finding {
  const found = tally('sagas-ended', 'Each saga has ended');
  if (!order) return found.finding();
  if (!isAtRest) {
    found.note('not at rest: sagas may be under way');
    return found.finding();
  }
  for (const { orderId, status, sagaStatus } of order.orders)
    found.check(ended.has(sagaStatus), () => `order ${orderId}: ${status} ${sagaStatus}`);
  return found.finding();
}

/** What an order's life must have been told as, by where it is. */
export function orderEvents(facts: Facts): Finding {
  const found = tally(
    'order-events',
    'Each order was told of once, confirmed and cancelled at most once, and each cancellation answered once',
  );
  const { order, isAtRest } = facts;
  if (!order || !facts.logs.some(({ topic }) => topic === 'order.created.v1')) return found.finding();
  const count = (...types: string[]) => countByOrder(types.flatMap((type) => eventsOf(facts, type)));
  const told = {
    created: count('order.created'),
    confirmed: count('order.confirmed'),
    cancelled: count('order.cancelled'),
    released: count('stock.released'),
    returned: count('payment.refunded', 'payment.voided'),
  };
  for (const { orderId, status, items } of order.orders) {
    const times = (what: keyof typeof told) => told[what].get(orderId) ?? 0;
    const check = (holds: boolean, what: keyof typeof told) =>
      found.check(holds, () => `order ${orderId}, ${status}: ${what} ${times(what)} times`);
    const isCancelled = status === 90;
    check(times('created') === 1, 'created');
    check(
      isCancelled
        ? times('confirmed') <= 1
        : times('confirmed') === (items.length > 0 && status !== 10 ? 1 : 0),
      'confirmed',
    );
    check(times('cancelled') === (isCancelled ? 1 : 0), 'cancelled');
    if (!isAtRest) continue;
    check(times('released') === (isCancelled ? 1 : 0), 'released');
    check(times('returned') === (isCancelled ? 1 : 0), 'returned');
  }
  return found.finding();
}

function countByOrder(events: ReturnType<typeof eventsOf>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { data } of events)
    if (data?.orderId !== undefined) counts.set(data.orderId, (counts.get(data.orderId) ?? 0) + 1);
  return counts;
}
