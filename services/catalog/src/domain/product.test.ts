import type { ProductOccurrence } from './occurrence';
import { newestProducts, type Product } from './product';

function created(productId: string, productName: string, version: number): ProductOccurrence {
  const data = { productId, productName, price: 1, currency: 'KRW', stockQuantity: 1, version };
  return { eventId: `${productId} ${version}`, type: 'product.created', data, at_ms: 0, arrival: 0 };
}

const known = (...products: readonly Product[]) =>
  new Map(products.map((product) => [product.productId, product]));

describe('newestProducts', () => {
  it('given a product that is not known, takes it', () => {
    expect(newestProducts(known(), [created('a', 'apple', 1)])).toEqual([
      { productId: 'a', name: 'apple', version: 1 },
    ]);
  });

  it('given several versions in any order, takes the newest of each product', () => {
    const told = [created('a', 'new', 2), created('b', 'bean', 1), created('a', 'old', 1)];
    expect(newestProducts(known(), told)).toEqual([
      { productId: 'a', name: 'new', version: 2 },
      { productId: 'b', name: 'bean', version: 1 },
    ]);
  });

  it('given what is not newer than what is known, has nothing to write', () => {
    const apple = { productId: 'a', name: 'apple', version: 2 };
    expect(newestProducts(known(apple), [created('a', 'older', 1), created('a', 'same', 2)])).toEqual([]);
  });
});
