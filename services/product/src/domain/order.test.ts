import { refusalOf, type Item, type Order } from './order';
import type { Stock } from './stock';

const stock = (productId: string, price: number, free: number, currency = 'KRW'): Stock => {
  return { productId, price, currency, free, held: 0, sold: 0, version: 1 };
};
const stocks = new Map(
  [stock('a', 100, 5), stock('b', 7, 2), stock('$', 3, 9, 'USD')].map((s) => [s.productId, s]),
);
const stockOf = (productId: string) => stocks.get(productId);

const order = (items: readonly Item[], totalAmount: number, currency = 'KRW'): Order => {
  const about = { orderId: 'o', sagaId: 's', sagaStatus: 'STARTED', userId: 1, customerId: 'c' };
  return { ...about, items, totalAmount, currency };
};
const item = (productId: string, quantity: number): Item => ({ productId, quantity });

describe('refusalOf', () => {
  it.each([
    ['one product', [item('a', 5)], 500],
    ['several', [item('a', 1), item('b', 2)], 114],
    ['one named twice', [item('a', 2), item('a', 3)], 500],
  ])('given enough stock and the right amount of %s, has nothing against it', (_, items, amount) => {
    expect(refusalOf(order(items, amount), stockOf)).toBeUndefined();
  });

  it('given a product that is not there, names that before anything else', () => {
    expect(refusalOf(order([item('a', 99), item('x', 1)], 1), stockOf)).toBe('product-unknown');
  });

  it.each([499, 501, 0])('given %d where 500 is the sum, refuses the amount', (amount) => {
    expect(refusalOf(order([item('a', 5)], amount), stockOf)).toBe('amount-mismatch');
  });

  it('given another currency than a product is sold in, refuses the amount', () => {
    expect(refusalOf(order([item('a', 1)], 100, 'USD'), stockOf)).toBe('amount-mismatch');
    expect(refusalOf(order([item('a', 1), item('$', 1)], 103), stockOf)).toBe('amount-mismatch');
  });

  it.each([
    ['one line', [item('a', 6)], 600],
    ['the sum of lines', [item('a', 3), item('a', 3)], 600],
    ['one of two products', [item('a', 1), item('b', 3)], 121],
  ])('given too little stock for %s, says so', (_, items, amount) => {
    expect(refusalOf(order(items, amount), stockOf)).toBe('stock-too-small');
  });
});
