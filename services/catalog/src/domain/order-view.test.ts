import type { EventPayloads } from '@naru/contracts';
import type { OrderOccurrence } from './occurrence';
import { apply, nothingKnown, shown, type OrderState, type OrderView } from './order-view';

const orderId = 'order';
const order = {
  orderId,
  userId: 7,
  customerId: 'user-1001',
  customerEmail: 'user1001@example.com',
  totalAmount: 500,
  currency: 'KRW',
  items: [{ productId: 'keyboard', quantity: 2 }],
  status: 10,
  sagaId: 'saga',
  sagaStatus: 'STARTED',
  version: 1,
};
const stock = { orderId, sagaId: 'saga', userId: 7, customerId: 'user-1001', items: order.items };
const money = { paymentId: 'payment', orderId, sagaId: 'saga', userId: 7, amount: 500, currency: 'KRW' };

const data = {
  'order.created': order,
  'order.confirmed': { ...order, status: 20, sagaStatus: 'SUCCEEDED', version: 2 },
  'order.status-changed': {
    ...order,
    status: 25,
    sagaStatus: 'SUCCEEDED',
    previousStatus: 20,
    currentStatus: 25,
    version: 3,
  },
  'order.cancelled': { ...order, status: 90, sagaStatus: 'COMPENSATING', reason: 'cancelled', version: 4 },
  'stock.reserved': { ...stock, amount: 500, currency: 'KRW', version: 1 },
  'stock.rejected': { ...stock, amount: 500, currency: 'KRW', reason: 'too-little-stock', version: 1 },
  'stock.released': { ...stock, amount: 500, currency: 'KRW', reason: 'cancelled', version: 2 },
  'payment.completed': { ...money, version: 1 },
  'payment.failed': { ...money, reason: 'declined', version: 1 },
  'payment.refunded': { ...money, reason: 'cancelled', version: 2 },
  'payment.voided': { ...money, reason: 'cancelled', version: 2 },
} satisfies Partial<EventPayloads>;

/** Events of these types, each a second after the one before, in the order of their arrival. */
function heard(...types: readonly OrderOccurrence['type'][]): OrderOccurrence[] {
  return types.map(
    (type, nth) =>
      ({ eventId: type, type, data: data[type], at_ms: nth * 1_000, arrival: nth }) as OrderOccurrence,
  );
}

const viewAfter = (...occurrences: readonly OrderOccurrence[]) => occurrences.reduce(apply, nothingKnown);

function seen(view: OrderView, names: Record<string, string> = {}) {
  return shown(view as OrderView & { order: OrderState }, new Map(Object.entries(names)));
}

describe('an order in the catalogue', () => {
  it('given nothing but stock and payment, is kept and not known yet', () => {
    const view = viewAfter(...heard('payment.completed', 'stock.reserved'));
    expect(view.order).toBeNull();
    expect(view.payment).toMatchObject({ status: 'COMPLETED', version: 1 });
    expect(view.timeline).toHaveLength(2);
  });

  it('given its creation after them, shows them', () => {
    const view = viewAfter(...heard('payment.completed', 'stock.reserved', 'order.created'));
    expect(seen(view)).toMatchObject({
      orderId,
      status: 10,
      payment: { paymentId: 'payment', amount: 500, currency: 'KRW', status: 'COMPLETED' },
      timeline: [
        { type: 'payment.completed', at: '1970-01-01T00:00:00.000Z' },
        { type: 'stock.reserved', at: '1970-01-01T00:00:01.000Z' },
        { type: 'order.created', at: '1970-01-01T00:00:02.000Z' },
      ],
      version: 1,
    });
  });

  it('given an older snapshot after a newer one, keeps the newer', () => {
    const [created, confirmed] = heard('order.created', 'order.confirmed') as [
      OrderOccurrence,
      OrderOccurrence,
    ];
    expect(seen(viewAfter(confirmed, created))).toMatchObject({
      status: 20,
      sagaStatus: 'SUCCEEDED',
      version: 2,
    });
  });

  it('given a version without those before it, does not wait for them', () => {
    expect(seen(viewAfter(...heard('order.status-changed')))).toMatchObject({ status: 25, version: 3 });
  });

  it('given a refund and then the payment that came before it, stays refunded', () => {
    const view = viewAfter(...heard('payment.refunded', 'payment.completed'));
    expect(view.payment).toMatchObject({ status: 'REFUNDED', version: 2 });
  });

  it.each([
    ['payment.completed', 'COMPLETED'],
    ['payment.failed', 'FAILED'],
    ['payment.refunded', 'REFUNDED'],
    ['payment.voided', 'VOIDED'],
  ] as const)('given %s, shows the payment as %s', (type, status) => {
    expect(viewAfter(...heard(type)).payment?.status).toBe(status);
  });

  it('given an event twice, is the very same view', () => {
    const once = viewAfter(...heard('order.created', 'stock.reserved'));
    expect(apply(once, heard('order.created', 'stock.reserved')[1]!)).toBe(once);
  });

  it('given events of one moment, shows them in order of arrival', () => {
    const [completed, refunded] = heard('payment.completed', 'payment.refunded').map((each) => ({
      ...each,
      at_ms: 5,
    })) as [OrderOccurrence, OrderOccurrence];
    const view = viewAfter(...heard('order.created'), refunded, completed);
    expect(seen(view).timeline.map(({ type }) => type)).toEqual([
      'order.created',
      'payment.completed',
      'payment.refunded',
    ]);
  });

  it('given the names of some products, shows them, and null for the others', () => {
    const view = viewAfter(...heard('order.created'));
    expect(seen(view, { keyboard: 'wireless-keyboard' }).items).toEqual([
      { productId: 'keyboard', productName: 'wireless-keyboard', quantity: 2 },
    ]);
    expect(seen(view, { mouse: 'mouse' }).items[0]?.productName).toBeNull();
  });

  it.each([
    [['order.created'], 'STARTED'],
    [['order.created', 'stock.reserved'], 'PROCESSING'],
    [['stock.reserved', 'order.created'], 'PROCESSING'],
    [['order.created', 'stock.reserved', 'payment.completed', 'order.confirmed'], 'SUCCEEDED'],
    [['order.created', 'order.cancelled'], 'COMPENSATING'],
    [['order.created', 'order.cancelled', 'stock.released'], 'COMPENSATING'],
    [['order.created', 'order.cancelled', 'payment.voided'], 'COMPENSATING'],
    [['order.created', 'order.cancelled', 'payment.failed', 'stock.released'], 'COMPENSATING'],
    [['order.created', 'order.cancelled', 'stock.released', 'payment.voided'], 'COMPENSATED'],
    [['payment.refunded', 'stock.released', 'order.cancelled'], 'COMPENSATED'],
  ] as const)('given %j, says that its saga is %s', (types, status) => {
    expect(seen(viewAfter(...heard(...types))).sagaStatus).toBe(status);
  });
});
