import type { Database } from '@naru/kernel';
import type { Item, OrderFacts, ProductFacts } from '../commerce-facts';
import { rowsOf, type Reading } from './pages';

export async function readOrder(database: Database, reading: Reading): Promise<OrderFacts> {
  type Columns = {
    order_id: string;
    customer_id: string;
    total_amount: number;
    items: string | Item[];
    status: number;
    saga_status: string;
    version: number;
  };
  type StepColumns = {
    order_id: string;
    input: string;
    from_status: number | null;
    from_saga_status: string | null;
    to_status: number;
    to_saga_status: string;
    version: number;
  };
  return {
    orders: await rowsOf(
      database,
      {
        source: 'order.orders',
        table: 'orders',
        key: 'order_id',
        isText: true,
        columns: 'order_id, customer_id, total_amount, items, status, saga_status, version',
      },
      ({ order_id: orderId, customer_id: customerId, ...row }: Columns) => ({
        orderId,
        customerId,
        totalAmount: row.total_amount,
        items: itemsOf(row.items),
        status: row.status,
        sagaStatus: row.saga_status,
        version: row.version,
      }),
      reading,
    ),
    steps: await rowsOf(
      database,
      {
        source: 'order.saga_steps',
        table: 'saga_steps',
        key: 'step_id',
        columns:
          'step_id, order_id, input, from_status, from_saga_status, to_status, to_saga_status, version',
        condition: "outcome = 'APPLIED'",
      },
      ({ order_id: orderId, input, version, ...row }: StepColumns) => ({
        orderId,
        input,
        from: row.from_status === null ? null : `${row.from_status} ${row.from_saga_status ?? ''}`,
        to: `${row.to_status} ${row.to_saga_status}`,
        version,
      }),
      reading,
    ),
  };
}

export async function readProduct(database: Database, reading: Reading): Promise<ProductFacts> {
  type Columns = { product_id: string; initial: number; free: number; held: number; sold: number };
  type ReservationColumns = { order_id: string; status: string; items: string | Item[] };
  return {
    products: await rowsOf(
      database,
      {
        source: 'product.products',
        table: 'products',
        key: 'product_id',
        isText: true,
        columns: 'product_id, initial, free, held, sold',
      },
      ({ product_id: productId, initial, free, held, sold }: Columns) => {
        return { productId, initial, free, held, sold };
      },
      reading,
    ),
    reservations: await rowsOf(
      database,
      {
        source: 'product.reservations',
        table: 'reservations',
        key: 'order_id',
        isText: true,
        columns: 'order_id, status, items',
      },
      ({ order_id: orderId, status, items }: ReservationColumns) => {
        return { orderId, status, items: itemsOf(items) };
      },
      reading,
    ),
  };
}

/** MariaDB gives JSON as text, MySQL as a value. */
function itemsOf(column: string | Item[]): Item[] {
  return typeof column === 'string' ? (JSON.parse(column) as Item[]) : column;
}
