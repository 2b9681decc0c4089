import { move, type Stock } from './stock';

const stock: Stock = { productId: 'a', price: 1, currency: 'KRW', free: 5, held: 2, sold: 0, version: 3 };

describe('move', () => {
  it('given enough, takes from one place what it puts in another, and counts the change', () => {
    expect(move(stock, 5, 'free', 'held')).toEqual({ ...stock, free: 0, held: 7, version: 4 });
    expect(move(stock, 2, 'held', 'sold')).toEqual({ ...stock, held: 0, sold: 2, version: 4 });
  });

  it.each([6, 0, -1])('given 5, refuses to move %d', (quantity) => {
    expect(() => move(stock, quantity, 'free', 'held')).toThrow('cannot go');
  });
});
