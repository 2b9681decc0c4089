/** How much of a product is where; together they are what it was put up for sale with. */
export interface Stock {
  readonly productId: string;
  /** Of one, in the currency's minor unit. */
  readonly price: number;
  readonly currency: string;
  /** Can still be ordered. */
  readonly free: number;
  /** Kept for orders that are not confirmed yet. */
  readonly held: number;
  readonly sold: number;
  readonly version: number;
}

export type Place = 'free' | 'held' | 'sold';

/** @throws Error (a programmer's) for less than one, or more than there is */
export function move(stock: Stock, quantity: number, from: Place, to: Place): Stock {
  if (quantity < 1 || stock[from] < quantity) {
    throw new Error(`${quantity} of ${stock.productId} cannot go from ${from}, where ${stock[from]} are`);
  }
  return {
    ...stock,
    [from]: stock[from] - quantity,
    [to]: stock[to] + quantity,
    version: stock.version + 1,
  };
}
