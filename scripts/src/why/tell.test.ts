import { awaited, type OrderStory as Story } from '@naru/operations';

import { awaitedLine, tell } from './tell';

const story: Story = {
  order: {
    orderId: 'o-1',
    userId: 7,
    customerId: 'user-1001',
    totalAmount: 12900,
    currency: 'KRW',
    status: 10,
    sagaId: 's-1',
    sagaStatus: 'STARTED',
    version: 1,
    traceId: null,
    createdAt: '2026-11-20 12:00:00.000000',
    deadlineAt: '2026-11-20 12:01:00.000000',
    isStockReleased: false,
    isPaymentReturned: false,
  },
  steps: [
    {
      at: '2026-11-20 12:00:00.000000',
      input: 'create',
      isApplied: true,
      from: null,
      to: '10 STARTED',
      told: 'order.created',
      reason: null,
      eventId: null,
    },
  ],
  reservation: undefined,
  payment: undefined,
  notifications: [],
  unapplied: [],
  unpublished: [],
  deadLetters: [],
  parked: [],
};
const withOrder = (order: Partial<Story['order']>, more: Partial<Story> = {}): Story => ({
  ...story,
  ...more,
  order: { ...story.order, ...order },
});
const capturing = { status: 'CAPTURING', attempts: 2, dueAt: 'soon', lastError: 'no answer', operations: [] };

describe('what an order waits for', () => {
  it.each<[string, Story, string[]]>([
    ['at first, stock', story, ['stock.reserved from product, until 2026-11-20 12:01:00.000000']],
    [
      'with its stock held, payment',
      withOrder(
        { sagaStatus: 'PROCESSING' },
        { reservation: { status: 'HELD', reason: null }, payment: capturing },
      ),
      ['payment.completed from payment, until 2026-11-20 12:01:00.000000 (payment is CAPTURING)'],
    ],
    [
      'when it is being compensated, the answers that are missing',
      withOrder({ status: 90, sagaStatus: 'COMPENSATING', isStockReleased: true }, { payment: capturing }),
      ['payment.refunded or payment.voided from payment (payment is CAPTURING)'],
    ],
    ['once it is confirmed, nothing', withOrder({ status: 20, sagaStatus: 'SUCCEEDED' }), []],
    ['once it is compensated, nothing', withOrder({ status: 90, sagaStatus: 'COMPENSATED' }), []],
  ])('%s', (_, given, expected) => {
    expect(awaited(given).map(awaitedLine)).toEqual(expected);
  });
});

test('the story names steps, trouble and what is stuck, and leaves out what there is none of', () => {
  const told = tell({ ...story, payment: capturing, deadLetters: ['a letter'] });
  expect(told).toContain('nothing → 10 STARTED  (told order.created)');
  expect(told).toContain('CAPTURING, 2 calls so far, the next soon');
  expect(told).toContain('last failure: no answer');
  expect(told).toContain('dead letters\n  a letter');
  expect(told).not.toContain('parked');
});
