import type { Stock } from './stock';

export interface Item {
  readonly productId: string;
  readonly quantity: number;
}

/** An order as its events tell of it. */
export interface Order {
  readonly orderId: string;
  readonly sagaId: string;
  readonly sagaStatus: string;
  readonly userId: number | null;
  readonly customerId: string;
  readonly items: readonly Item[];
  /** In the currency's minor unit. */
  readonly totalAmount: number;
  readonly currency: string;
}

/** Why nothing is held for an order. */
export type Refusal = 'product-unknown' | 'amount-mismatch' | 'stock-too-small';

/** What speaks against holding an order's items, or undefined. A product may be among the items more than once. */
export function refusalOf(
  { items, totalAmount, currency }: Order,
  stockOf: (productId: string) => Stock | undefined,
): Refusal | undefined {
  const wanted = [...quantities(items)].map(([productId, quantity]) => ({
    quantity,
    stock: stockOf(productId),
  }));
  if (wanted.some(({ stock }) => !stock)) return 'product-unknown';
  const sum = wanted.reduce((total, { stock, quantity }) => total + (stock?.price ?? 0) * quantity, 0);
  if (sum !== totalAmount || wanted.some(({ stock }) => stock?.currency !== currency))
    return 'amount-mismatch';
  if (wanted.some(({ stock, quantity }) => (stock?.free ?? 0) < quantity)) return 'stock-too-small';
  return undefined;
}

function quantities(items: readonly Item[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { productId, quantity } of items) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  return sums;
}
