import { describe, expect, test } from '@jest/globals';
import { someFacts } from '../../test/some-facts';
import {
  aStep,
  cancelled,
  capture,
  confirmed,
  fine,
  items,
  logsOf,
  payments as paid,
  product,
  reservations as reserved,
  shown,
  steps,
  told,
} from '../../test/some-orders';
import type { Facts } from '../facts';
import { catalogue } from './catalogue';
import { orders } from './history';
import { notifications } from './notifications';
import { captures, payments } from './payments';
import { orderEvents, sagasEnded, sagaSteps } from './sagas';
import { reservations, stock } from './stock';

const invariants = {
  sagaSteps,
  sagasEnded,
  orderEvents,
  stock,
  reservations,
  payments,
  captures,
  catalogue,
  notifications,
};

test.each(Object.entries(invariants))('%s: an order confirmed and one cancelled are fine', (_, invariant) => {
  const finding = invariant(fine());
  expect(finding.violations).toEqual([]);
  expect(finding.checked).toBeGreaterThan(0);
});

test.each(Object.entries(invariants))('%s: without commerce there is nothing to judge', (_, invariant) => {
  expect(invariant(someFacts())).toMatchObject({ checked: 0, violated: 0 });
});

function withOrders(changed: Partial<Facts['order']>): Partial<Facts> {
  return { order: { orders: [confirmed, cancelled], steps, ...changed } };
}

const without = (...eventIds: string[]) => logsOf(told.filter(([eventId]) => !eventIds.includes(eventId)));

describe('violations', () => {
  test.each<
    [
      name: string,
      invariant: (facts: Facts) => { violations: readonly string[] },
      more: Partial<Facts>,
      violation: string,
    ]
  >([
    [
      'a transition that is not allowed',
      sagaSteps,
      withOrders({
        steps: [
          ...steps.slice(0, 2),
          aStep('o-1', 'x', '10 PROCESSING', '80 SUCCEEDED', 3),
          ...steps.slice(3),
        ],
      }),
      'order o-1: x led from 10 PROCESSING to 80 SUCCEEDED, 3',
    ],
    [
      'a version that no step accounts for',
      sagaSteps,
      withOrders({ orders: [{ ...confirmed, version: 4 }, cancelled] }),
      'order o-1: 20 SUCCEEDED 4 after 3 steps to 20 SUCCEEDED',
    ],
    [
      'steps of no order',
      sagaSteps,
      withOrders({ orders: [confirmed] }),
      'order o-2: steps without an order',
    ],
    [
      'a saga that never ended',
      sagasEnded,
      withOrders({ orders: [confirmed, { ...cancelled, sagaStatus: 'COMPENSATING' }] }),
      'order o-2: 90 COMPENSATING',
    ],
    [
      'an order that nobody was told of',
      orderEvents,
      { logs: without('e-1') },
      'order o-1, 20: created 0 times',
    ],
    [
      'a confirmation that is not there',
      orderEvents,
      { logs: without('e-2') },
      'order o-1, 20: confirmed 0 times',
    ],
    [
      'a cancellation told twice',
      orderEvents,
      { logs: logsOf([...told, ['e-7', 'order.cancelled', 'o-2']]) },
      'order o-2, 90: cancelled 2 times',
    ],
    [
      'an answer of product missing',
      orderEvents,
      { logs: without('e-5') },
      'order o-2, 90: released 0 times',
    ],
    [
      'a payment returned twice',
      orderEvents,
      { logs: logsOf([...told, ['e-7', 'payment.refunded', 'o-2']]) },
      'order o-2, 90: returned 2 times',
    ],
    [
      'stock that is gone',
      stock,
      { product: { products: [{ ...product, free: 7 }], reservations: reserved } },
      'product p: 10 at first, 7 free, 0 held (0 reserved), 2 sold (2 reserved)',
    ],
    [
      'stock below nothing',
      stock,
      { product: { products: [{ ...product, initial: 1, free: -1 }], reservations: reserved } },
      'product p: 1 at first, -1 free, 0 held (0 reserved), 2 sold (2 reserved)',
    ],
    [
      'stock held for nobody',
      stock,
      { product: { products: [{ ...product, free: 7, held: 1 }], reservations: reserved } },
      'product p: 10 at first, 7 free, 1 held (0 reserved), 2 sold (2 reserved)',
    ],
    [
      'a product reserved that is not there',
      stock,
      { product: { products: [], reservations: reserved } },
      'product p: reserved, but not there',
    ],
    [
      'a confirmed order whose stock was given back',
      reservations,
      {
        product: {
          products: [product],
          reservations: [{ orderId: 'o-1', status: 'RELEASED', items }, reserved[1]!],
        },
      },
      'order o-1 is 20, its stock is RELEASED',
    ],
    [
      'a cancelled order that keeps its stock',
      reservations,
      {
        product: {
          products: [product],
          reservations: [reserved[0]!, { orderId: 'o-2', status: 'HELD', items }],
        },
      },
      'order o-2 is 90, its stock is HELD',
    ],
    [
      'a reservation of no order',
      reservations,
      {
        product: {
          products: [product],
          reservations: [...reserved, { orderId: 'o-3', status: 'HELD', items }],
        },
      },
      'order o-3: a reservation without an order',
    ],
    [
      'a confirmed order that was refunded',
      payments,
      { payment: { payments: [{ ...paid[0]!, status: 'REFUNDED' }, paid[1]!], operations: [] } },
      'order o-1 is 20, its payment REFUNDED',
    ],
    [
      'a cancelled order that stays charged',
      payments,
      { payment: { payments: [paid[0]!, { ...paid[1]!, status: 'COMPLETED' }], operations: [] } },
      'order o-2 is 90, its payment COMPLETED',
    ],
    [
      'an order charged twice',
      captures,
      { payment: { payments: paid, operations: [capture, capture] } },
      'order o-1: COMPLETED 500, charged 500, 500, given back nothing',
    ],
    [
      'a cancelled order charged by the provider',
      captures,
      { payment: { payments: paid, operations: [capture, { ...capture, orderId: 'o-2' }] } },
      'order o-2: VOIDED 500, charged 500, given back nothing',
    ],
    [
      'money moved without a payment',
      captures,
      { payment: { payments: paid, operations: [capture, { ...capture, orderId: 'o-3' }] } },
      'order o-3: the provider moved money, but there is no payment',
    ],
    [
      'a catalogue that is behind',
      catalogue,
      {
        catalog: { orders: [{ ...shown[0]!, status: 10, sagaStatus: 'STARTED' }, shown[1]!], unapplied: [] },
      },
      'order o-1 is 20 SUCCEEDED, shown as 10 STARTED',
    ],
    [
      'an order that is not shown',
      catalogue,
      { catalog: { orders: [shown[0]!], unapplied: [] } },
      'order o-2 is 90 COMPENSATED, shown as nothing',
    ],
    [
      'an event that was heard only',
      catalogue,
      { catalog: { orders: shown, unapplied: [{ eventId: 'e-1', aggregateId: 'o-1', status: 'NEW' }] } },
      'event e-1 of o-1: heard, but not applied',
    ],
    [
      'an event without a notification',
      notifications,
      { notification: { deliveries: [] } },
      'event e-1: no notification',
    ],
  ])('%s', (_, invariant, more, violation) => {
    expect(invariant(fine(more)).violations).toContain(violation);
  });
});

describe('orders of the history', () => {
  const command = (outcome: 'ok' | 'fail' | 'unknown', customerId: string, orderId?: string) =>
    ({ kind: 'order', outcome, customerId, orderId, sentAt_ms: 0, latency_ms: 1, status: 201 }) as const;

  test('acknowledged one, failed none, unanswered at most one', () => {
    const history = [command('ok', 'c-1', 'o-1'), command('unknown', 'c-2'), command('fail', 'c-3')];
    expect(orders(fine(), history).violations).toEqual([]);
    expect(orders(fine(), [command('ok', 'c-9')]).violations).toEqual(['customer c-9: 0 there, 1 expected']);
    expect(orders(fine(), [command('fail', 'c-1')]).violations).toEqual([
      'customer c-1: 1 there, 0 expected',
    ]);
    expect(orders(fine(), [command('ok', 'c-1', 'o-2')]).violations).toEqual([
      'order o-2: customer c-2 instead of customer c-1',
    ]);
  });
});
