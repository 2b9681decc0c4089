import type { OfOrder } from './lanes';

/** What the three services and the payment provider have come to, whoever ran them. */
export interface Outcome {
  readonly orders: readonly OrderOutcome[];
  readonly products: readonly ProductOutcome[];
  /** What the provider has done, by its own books. */
  readonly operations: readonly Operation[];
  /** All events, those of one service in the order of its commits. */
  readonly told: readonly (OfOrder & { readonly data: { readonly reason?: string } })[];
}

interface Item {
  readonly productId: string;
  readonly quantity: number;
}

interface OrderOutcome {
  readonly orderId: string;
  readonly status: number;
  readonly sagaStatus: string;
  readonly items: readonly Item[];
}

export interface ProductOutcome {
  readonly productId: string;
  readonly initial: number;
  readonly free: number;
  readonly held: number;
  readonly sold: number;
}

export interface Operation {
  readonly orderId: string;
  readonly kind: 'CAPTURE' | 'REFUND';
  readonly isDeclined: boolean;
}

type Told = Outcome['told'];

/** What holds at every moment. @returns what does not, each beginning with the name of its invariant */
export function brokenNow(outcome: Outcome): string[] {
  const told = byOrder(outcome.told, ({ data }) => data.orderId);
  const operations = byOrder(outcome.operations, ({ orderId }) => orderId);
  return [
    ...outcome.products.flatMap(stockIsWhole),
    ...outcome.orders.flatMap((order) => [
      ...providerIsAskedOnce(order, operations.get(order.orderId) ?? []),
      ...storyIsTrue(order, told.get(order.orderId) ?? []),
    ]),
  ];
}

/** What holds besides when all that was told is heard, and the provider has answered. */
export function brokenAtRest(outcome: Outcome): string[] {
  const told = byOrder(outcome.told, ({ data }) => data.orderId);
  const operations = byOrder(outcome.operations, ({ orderId }) => orderId);
  return [
    ...stockFollowsOrders(outcome),
    ...outcome.orders.flatMap((order) => [
      ...sagaHasEnded(order),
      ...moneyFollowsOrder(order, operations.get(order.orderId) ?? []),
      ...answersFollowOrder(order, told.get(order.orderId) ?? [], operations.get(order.orderId) ?? []),
    ]),
  ];
}

function stockIsWhole({ productId, initial, free, held, sold }: ProductOutcome): string[] {
  const isWhole = free + held + sold === initial && Math.min(free, held, sold) >= 0;
  return unless(isWhole, `stock: ${productId} has ${free} free, ${held} held, ${sold} sold of ${initial}`);
}

function providerIsAskedOnce({ orderId }: OrderOutcome, operations: readonly Operation[]): string[] {
  const { captures, refunds } = moneyOf(operations);
  return unless(
    captures <= 1 && refunds <= captures,
    `provider: ${orderId} is charged ${captures} times, refunded ${refunds} times`,
  );
}

/** Types of which an order hears one at most, and that once. */
const once: readonly (readonly Told[number]['type'][])[] = [
  ['order.created'],
  ['order.confirmed'],
  ['order.cancelled'],
  ['stock.reserved', 'stock.rejected'],
  ['stock.released'],
  ['payment.completed', 'payment.failed'],
  ['payment.refunded', 'payment.voided'],
];

function storyIsTrue({ orderId, sagaStatus }: OrderOutcome, told: Told): string[] {
  const types = told.map(({ type }) => type);
  const answers = count(types, 'stock.released', 'payment.refunded', 'payment.voided');
  const cancellation = types.indexOf('order.cancelled');
  const isGivenUpLate =
    types.includes('order.confirmed') &&
    cancellation >= 0 &&
    told[cancellation]?.data.reason !== 'cancel-requested';
  return [
    ...once.flatMap((kinds) =>
      unless(count(types, ...kinds) <= 1, `once: ${orderId} was told of by ${types.join(', ')}`),
    ),
    ...unless(
      answers === 0 || cancellation >= 0,
      `answers: ${orderId} has ${answers}, and was never cancelled`,
    ),
    ...unless(
      sagaStatus !== 'COMPENSATED' || answers === 2,
      `compensated: ${orderId} after ${answers} answers`,
    ),
    ...unless(!isGivenUpLate, `confirmed: ${orderId} was given up afterwards, and nobody asked for it`),
    ...unless(
      cancellation < 0 || !types.includes('order.status-changed'),
      `shipped: ${orderId} was cancelled as well`,
    ),
  ];
}

const ends: ReadonlySet<string> = new Set([
  '20 SUCCEEDED',
  '25 SUCCEEDED',
  '80 SUCCEEDED',
  '90 FAILED',
  '90 COMPENSATED',
]);

function sagaHasEnded({ orderId, status, sagaStatus }: OrderOutcome): string[] {
  return unless(ends.has(`${status} ${sagaStatus}`), `ended: ${orderId} is ${status} ${sagaStatus}`);
}

const stands = ({ status }: OrderOutcome) => status === 20 || status === 25 || status === 80;

function stockFollowsOrders({ products, orders }: Outcome): string[] {
  const sales = orders.filter(stands).flatMap(({ items }) => items);
  return products.flatMap(({ productId, held, sold }) => {
    const owed = sales.reduce((sum, item) => sum + (item.productId === productId ? item.quantity : 0), 0);
    return unless(
      held === 0 && sold === owed,
      `sold: ${productId} has ${held} held, ${sold} sold, and orders that stand have ${owed}`,
    );
  });
}

/** Charged and kept exactly when it stands; what a cancelled one was charged is given back. */
function moneyFollowsOrder(order: OrderOutcome, operations: readonly Operation[]): string[] {
  const { captures, refunds } = moneyOf(operations);
  const owed = stands(order) && order.items.length > 0 ? 1 : 0;
  return unless(
    captures - refunds === owed,
    `money: ${order.orderId} is ${order.status}, charged ${captures} times, refunded ${refunds} times`,
  );
}

function answersFollowOrder(order: OrderOutcome, told: Told, operations: readonly Operation[]): string[] {
  const { orderId, status, items } = order;
  const types = told.map(({ type }) => type);
  const { captures, refunds } = moneyOf(operations);
  const cancelled = status === 90 ? 1 : 0;
  const expected: readonly (readonly [type: Told[number]['type'], times: number])[] = [
    ['order.created', 1],
    ['order.cancelled', cancelled],
    ['stock.released', cancelled],
    ['payment.completed', captures],
    ['payment.refunded', refunds],
    ['payment.voided', cancelled - refunds],
    ...(stands(order) ? ([['order.confirmed', items.length > 0 ? 1 : 0]] as const) : []),
  ];
  return expected.flatMap(([type, times]) =>
    unless(
      count(types, type) === times,
      `answered: ${orderId} is ${status}, charged ${captures} times, refunded ${refunds} times; ` +
        `${type} was told ${count(types, type)} times`,
    ),
  );
}

function moneyOf(operations: readonly Operation[]) {
  const done = (kind: Operation['kind']) =>
    operations.filter((operation) => operation.kind === kind && !operation.isDeclined).length;
  return { captures: done('CAPTURE'), refunds: done('REFUND') };
}

function count(types: readonly string[], ...wanted: readonly string[]): number {
  return types.filter((type) => wanted.includes(type)).length;
}

function byOrder<T>(rows: readonly T[], orderOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(orderOf(row));
    if (group) group.push(row);
    else groups.set(orderOf(row), [row]);
  }
  return groups;
}

function unless(holds: boolean, broken: string): string[] {
  return holds ? [] : [broken];
}
