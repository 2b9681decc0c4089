import type { ProductOccurrence } from './occurrence';

export interface Product {
  readonly productId: string;
  readonly name: string;
  readonly version: number;
}

/** The newest of what was told of each product, where that is newer than what is known of it. */
export function newestProducts(
  known: ReadonlyMap<string, Product>,
  occurrences: readonly ProductOccurrence[],
): Product[] {
  const newest = new Map<string, Product>();
  for (const { data } of occurrences) {
    const { productId, productName, version } = data;
    const before = newest.get(productId) ?? known.get(productId);
    if (!before || before.version < version) newest.set(productId, { productId, name: productName, version });
  }
  return [...newest.values()];
}
