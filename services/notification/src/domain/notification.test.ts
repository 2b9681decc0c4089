import { isMadeToFail, notifiedTypes, textOf } from './notification';

const order = {
  orderId: '0192',
  userId: 1,
  customerId: 'user-1001',
  customerEmail: 'user1001@example.com',
  totalAmount: 12_900,
  currency: 'KRW',
  items: [],
  status: 20,
  sagaId: '0193',
  sagaStatus: 'SUCCEEDED',
  version: 1,
};
const cancelled = { ...order, status: 90, reason: 'cancelled' };
const changed = (previousStatus: number, currentStatus: number) => ({
  ...order,
  status: currentStatus,
  previousStatus,
  currentStatus,
});

describe('textOf', () => {
  it.each([
    ['order.created', order, 'Your order 0192 over 12900 KRW was placed.'],
    ['order.confirmed', order, 'Your order 0192 is paid and confirmed.'],
    ['order.cancelled', cancelled, 'Your order 0192 was cancelled.'],
    ['order.status-changed', changed(20, 25), 'Your order 0192 is on its way.'],
    ['order.status-changed', changed(25, 80), 'Your order 0192 was delivered.'],
  ] as const)('given %s, says what happened to the order', (type, data, text) => {
    expect(textOf(type, data)).toBe(text);
  });

  it('given any type that is notified of, says something', () => {
    for (const type of notifiedTypes) expect(textOf(type, cancelled)).toContain('0192');
  });
});

describe('isMadeToFail', () => {
  it.each([
    ['fail-user-1', 'fail-', true],
    ['fail-', 'fail-', true],
    ['user-fail-1', 'fail-', false],
    ['FAIL-user-1', 'fail-', false],
    ['fail-user-1', '', false],
    ['', '', false],
  ])('given customer %j and prefix %j, says %s', (customerId, prefix, expected) => {
    expect(isMadeToFail(customerId, prefix)).toBe(expected);
  });
});
