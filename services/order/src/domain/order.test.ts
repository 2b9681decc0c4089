import {
  isShipped,
  refusalOf,
  repeatedItem,
  requestedMove,
  snapshotOf,
  type Order,
  type StatusRequest,
} from './order';
import { begin, type OrderStatus } from './saga';

const order: Order = {
  ...begin(false),
  orderId: 'o',
  sagaId: 's',
  userId: 7,
  customerId: 'user-1001',
  customerEmail: 'user1001@example.com',
  totalAmount: 12_900,
  currency: 'KRW',
  items: [],
  traceparent: null,
};

const request = (previousStatus: number, currentStatus: number): StatusRequest => {
  const { customerId, customerEmail } = order;
  return { customerId, customerEmail, previousStatus, currentStatus };
};

const at = (status: OrderStatus): Order => ({ ...order, status });

describe('a status request', () => {
  it('given an order of 20, when it asks for 25, is followed; likewise from 25 to 80', () => {
    expect(refusalOf(at(20), request(20, 25))).toBeUndefined();
    expect(requestedMove(request(20, 25))).toBe('ship');
    expect(refusalOf(at(25), request(25, 80))).toBeUndefined();
    expect(requestedMove(request(25, 80))).toBe('deliver');
  });

  it('given any order, when it asks for another move than these two, is refused', () => {
    const statuses = [10, 20, 25, 80, 90] as const;
    for (const status of statuses) {
      for (const previous of statuses) {
        for (const current of statuses) {
          const isKnown = (previous === 20 && current === 25) || (previous === 25 && current === 80);
          if (isKnown) continue;
          expect(refusalOf(at(status), request(previous, current))).toBe('transition-forbidden');
        }
      }
    }
  });

  it.each([10, 25, 80, 90] as const)('given an order of %i, when it believes 20, is refused', (status) => {
    expect(refusalOf(at(status), request(20, 25))).toBe('previous-status-mismatch');
  });

  it.each([{ customerId: 'user-1002' }, { customerEmail: 'user1002@example.com' }])(
    'given an order, when it names another customer %j, is refused',
    (other) => {
      expect(refusalOf(order, { ...request(20, 25), ...other })).toBe('customer-mismatch');
    },
  );
});

describe('an order', () => {
  it('can be cancelled until it is shipped', () => {
    expect(([10, 20, 25, 80, 90] as const).filter((status) => isShipped(at(status)))).toEqual([25, 80]);
  });

  it('tells all of itself but what is its own business', () => {
    const { traceparent: _, stockReleased: _stock, paymentReturned: _payment, ...told } = order;
    expect(snapshotOf(order)).toEqual(told);
  });

  it.each([
    [['a', 'b', 'c'], undefined],
    [['a', 'b', 'a', 'b'], 2],
    [[], undefined],
  ])('given items of %j, finds the first repeated one at %p', (productIds, position) => {
    expect(repeatedItem(productIds.map((productId) => ({ productId, quantity: 1 })))).toBe(position);
  });
});
