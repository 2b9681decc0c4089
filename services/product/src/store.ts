import type { Answer, operations } from '@naru/contracts';
import { execute, select, type Connection, type Transaction } from '@naru/kernel';
import type { Reservation } from './domain/decide';
import type { Item } from './domain/order';
import type { Stock } from './domain/stock';

/** Enough to make round trips rare, few enough for a statement's text and its CASE expressions to stay small. */
const ROWS_PER_STATEMENT = 100;

export type Product = Answer<(typeof operations)['getProduct']>;

export interface NewProduct extends Omit<Product, 'createdAt'> {
  readonly version: number;
}

export async function insertProduct(trx: Transaction, product: NewProduct): Promise<void> {
  await insert(trx, product, '');
}

/** Makes a product anew from the event that told of it; one that is there stays as it is. */
export async function restoreProduct(trx: Transaction, product: NewProduct): Promise<void> {
  await insert(trx, product, 'ON DUPLICATE KEY UPDATE product_id = VALUES(product_id)');
}

async function insert(trx: Transaction, product: NewProduct, onDuplicate: string): Promise<void> {
  const { productId, sellerId, productName, price, currency, stockQuantity, version } = product;
  await execute(
    trx,
    `INSERT INTO products (product_id, seller_id, name, price, currency, initial, free, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ${onDuplicate}`,
    [productId, sellerId, productName, price, currency, stockQuantity, stockQuantity, version],
  );
}

interface ProductColumns {
  product_id: string;
  sequence: number;
  seller_id: number | null;
  name: string;
  price: number;
  currency: string;
  free: number;
  created_at: string;
}

const PRODUCTS = `SELECT product_id, sequence, seller_id, name, price, currency, free,
    DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS created_at
  FROM products`;

export async function productOf(connection: Connection, productId: string) {
  const sql = `${PRODUCTS} WHERE product_id = ?`;
  const [row] = await select<ProductColumns>(connection, sql, [productId]);
  return row && toListed(row);
}

/** Products with sequence numbers below `before`, newest first. */
export async function productsBefore(connection: Connection, limit: number, before?: number) {
  const rows = await select<ProductColumns>(
    connection,
    `${PRODUCTS} ${before === undefined ? '' : 'WHERE sequence < ?'} ORDER BY sequence DESC LIMIT ?`,
    before === undefined ? [limit] : [before, limit],
  );
  return rows.map(toListed);
}

function toListed(row: ProductColumns): { sequence: number; product: Product } {
  const product = {
    productId: row.product_id,
    productName: row.name,
    price: row.price,
    currency: row.currency,
    stockQuantity: row.free,
    sellerId: row.seller_id,
    createdAt: row.created_at,
  };
  return { sequence: row.sequence, product };
}

/**
 * Locks the reservations of orders in order of ids; one that is not there is made, so that there is something to
 * lock, and the transaction must write it.
 * @returns those that were there
 */
export async function lockReservations(trx: Transaction, orderIds: readonly string[]) {
  const reservations = new Map<string, Reservation>();
  for (const chunk of chunks(sorted(orderIds))) {
    await execute(
      trx,
      `INSERT INTO reservations (order_id, items) VALUES ${chunk.map(() => "(?, '[]')").join(', ')}
       ON DUPLICATE KEY UPDATE order_id = VALUES(order_id)`,
      chunk,
    );
    const rows = await select<{
      order_id: string;
      status: Reservation['status'];
      items: string;
      reason: string | null;
      version: number;
    }>(
      trx,
      `SELECT order_id, status, items, reason, version FROM reservations
       WHERE order_id IN (${marks(chunk)}) AND status <> 'NEW'`,
      chunk,
    );
    for (const { order_id: orderId, items, ...row } of rows)
      reservations.set(orderId, { orderId, ...row, items: JSON.parse(items) as Item[] });
  }
  return reservations;
}

/** Locks those of the products that exist, in order of ids. */
export async function lockStocks(
  trx: Transaction,
  productIds: readonly string[],
): Promise<Map<string, Stock>> {
  const stocks = new Map<string, Stock>();
  for (const chunk of chunks(sorted(productIds))) {
    const rows = await select<Omit<Stock, 'productId'> & { product_id: string }>(
      trx,
      `SELECT product_id, price, currency, free, held, sold, version FROM products
       WHERE product_id IN (${marks(chunk)}) ORDER BY product_id FOR UPDATE`,
      chunk,
    );
    for (const { product_id: productId, ...row } of rows) stocks.set(productId, { productId, ...row });
  }
  return stocks;
}

const COUNTS = ['free', 'held', 'sold', 'version'] as const;

/** Writes the counts of locked products, all of a statement at once. */
export async function saveStocks(trx: Transaction, stocks: readonly Stock[]): Promise<void> {
  for (const chunk of chunks(stocks)) {
    const cases = chunk.map(() => 'WHEN ? THEN ?').join(' ');
    const ids = chunk.map(({ productId }) => productId);
    await execute(
      trx,
      `UPDATE products SET ${COUNTS.map((name) => `${name} = CASE product_id ${cases} END`).join(', ')}
       WHERE product_id IN (${marks(ids)})`,
      [...COUNTS.flatMap((name) => chunk.flatMap((stock) => [stock.productId, stock[name]])), ...ids],
    );
  }
}

/** Writes locked reservations. */
export async function saveReservations(
  trx: Transaction,
  reservations: readonly Reservation[],
): Promise<void> {
  for (const chunk of chunks(reservations)) {
    await execute(
      trx,
      `INSERT INTO reservations (order_id, status, items, reason, version)
       VALUES ${chunk.map(() => '(?, ?, ?, ?, ?)').join(', ')}
       ON DUPLICATE KEY UPDATE status = VALUES(status), items = VALUES(items), reason = VALUES(reason),
         version = VALUES(version)`,
      chunk.flatMap(({ orderId, status, items, reason, version }) => [
        orderId,
        status,
        JSON.stringify(items),
        reason,
        version,
      ]),
    );
  }
}

function sorted(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}

function chunks<T>(rows: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT)
    parts.push(rows.slice(from, from + ROWS_PER_STATEMENT));
  return parts;
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
