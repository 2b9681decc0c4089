import { execute, select, type Connection, type Database, type Transaction } from '@naru/kernel';
import {
  nothingKnown,
  type OrderState,
  type OrderView,
  type PaymentState,
  type TimelineEntry,
} from './domain/order-view';
import type { Product } from './domain/product';

const ROWS_PER_INSERT = 500;

interface OrderColumns {
  order_id: string;
  user_id: number | null;
  status: number;
  saga_status: string;
  items: string;
  version: number;
}

interface PaymentColumns {
  order_id: string;
  payment_id: string;
  amount: number;
  currency: string;
  status: string;
  version: number;
}

interface TimelineColumns {
  order_id: string;
  event_id: string;
  event_type: string;
  at: string;
  arrival: number;
}

/** What is known of orders; those that nothing is known of are left out. */
export async function viewsOf(
  connection: Connection,
  orderIds: readonly string[],
): Promise<Map<string, OrderView>> {
  if (orderIds.length === 0) return new Map();
  const where = `WHERE order_id IN (${marks(orderIds)})`;
  const orders = await select<OrderColumns>(
    connection,
    `SELECT order_id, user_id, status, saga_status, items, version FROM orders ${where}`,
    orderIds,
  );
  const payments = await select<PaymentColumns>(
    connection,
    `SELECT order_id, payment_id, amount, currency, status, version FROM payments ${where}`,
    orderIds,
  );
  const entries = await select<TimelineColumns>(
    connection,
    `SELECT order_id, event_id, event_type, DATE_FORMAT(occurred_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS at, arrival
     FROM timeline ${where}`,
    orderIds,
  );
  const views = new Map<string, OrderView>();
  const add = (orderId: string, known: Partial<OrderView>) =>
    views.set(orderId, { ...(views.get(orderId) ?? nothingKnown), ...known });
  for (const row of orders) add(row.order_id, { order: toOrder(row) });
  for (const row of payments) add(row.order_id, { payment: toPayment(row) });
  for (const [orderId, timeline] of byOrder(entries)) add(orderId, { timeline });
  return views;
}

function toOrder(row: OrderColumns): OrderState {
  return {
    orderId: row.order_id,
    userId: row.user_id,
    status: row.status,
    sagaStatus: row.saga_status,
    items: JSON.parse(row.items) as OrderState['items'],
    version: row.version,
  };
}

function toPayment(row: PaymentColumns): PaymentState {
  const { amount, currency, status, version } = row;
  return { paymentId: row.payment_id, amount, currency, status, version };
}

function byOrder(entries: readonly TimelineColumns[]): Map<string, TimelineEntry[]> {
  const timelines = new Map<string, TimelineEntry[]>();
  for (const { order_id, event_id: eventId, event_type: type, at, arrival } of entries) {
    const timeline = timelines.get(order_id) ?? [];
    timeline.push({ eventId, type, at_ms: Date.parse(at), arrival });
    timelines.set(order_id, timeline);
  }
  return timelines;
}

/** Writes what has changed of orders whose keys are locked. */
export async function saveViews(
  trx: Transaction,
  before: ReadonlyMap<string, OrderView>,
  after: ReadonlyMap<string, OrderView>,
): Promise<void> {
  const changes = [...after].map(([orderId, view]) => ({
    orderId,
    view,
    known: before.get(orderId) ?? nothingKnown,
  }));
  await insertRows(
    trx,
    'orders (order_id, user_id, status, saga_status, items, version)',
    changes.flatMap(({ view, known }) =>
      view.order && view.order !== known.order ? [orderColumns(view.order)] : [],
    ),
    ['user_id', 'status', 'saga_status', 'items', 'version'],
  );
  await insertRows(
    trx,
    'payments (order_id, payment_id, amount, currency, status, version)',
    changes.flatMap(({ orderId, view, known }) =>
      view.payment && view.payment !== known.payment ? [paymentColumns(orderId, view.payment)] : [],
    ),
    ['payment_id', 'amount', 'currency', 'status', 'version'],
  );
  await insertRows(
    trx,
    'timeline (event_id, order_id, event_type, occurred_at, arrival)',
    changes.flatMap(({ orderId, view, known }) =>
      view.timeline.slice(known.timeline.length).map((entry) => entryColumns(orderId, entry)),
    ),
  );
}

function orderColumns({ orderId, userId, status, sagaStatus, items, version }: OrderState): unknown[] {
  return [orderId, userId, status, sagaStatus, JSON.stringify(items), version];
}

function paymentColumns(orderId: string, payment: PaymentState): unknown[] {
  const { paymentId, amount, currency, status, version } = payment;
  return [orderId, paymentId, amount, currency, status, version];
}

function entryColumns(orderId: string, { eventId, type, at_ms, arrival }: TimelineEntry): unknown[] {
  const occurred = new Date(at_ms).toISOString().replace('T', ' ').replace('Z', '');
  return [eventId, orderId, type, occurred, arrival];
}

export async function productsOf(
  connection: Connection,
  productIds: readonly string[],
): Promise<Map<string, Product>> {
  if (productIds.length === 0) return new Map();
  const rows = await select<{ product_id: string; name: string; version: number }>(
    connection,
    `SELECT product_id, name, version FROM products WHERE product_id IN (${marks(productIds)})`,
    productIds,
  );
  return new Map(
    rows.map(({ product_id: productId, name, version }) => [productId, { productId, name, version }]),
  );
}

/** What is known of an order, and the names of its products as far as they are, all of one moment. */
export async function readView(database: Database, orderId: string) {
  return database.transaction(
    async (trx) => {
      const view = (await viewsOf(trx, [orderId])).get(orderId) ?? nothingKnown;
      const productIds = view.order?.items.map(({ productId }) => productId) ?? [];
      const products = await productsOf(trx, productIds);
      return { view, names: new Map([...products.values()].map(({ productId, name }) => [productId, name])) };
    },
    // Else each statement would see what was applied since the one before it.
    { isolationLevel: 'repeatable read' },
  );
}

/** Writes products whose keys are locked. */
export async function saveProducts(trx: Transaction, products: readonly Product[]): Promise<void> {
  const rows = products.map(({ productId, name, version }) => [productId, name, version]);
  await insertRows(trx, 'products (product_id, name, version)', rows, ['name', 'version']);
}

/** Inserts rows of equal length; columns that are named are written over in a row that exists. */
async function insertRows(
  trx: Transaction,
  into: string,
  rows: readonly unknown[][],
  overwritten: readonly string[] = [],
): Promise<void> {
  const assignments = overwritten.map((column) => `${column} = VALUES(${column})`).join(', ');
  const otherwise = assignments && `ON DUPLICATE KEY UPDATE ${assignments}`;
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
    const chunk = rows.slice(from, from + ROWS_PER_INSERT);
    const values = chunk.map((row) => `(${marks(row)})`).join(', ');
    await execute(trx, `INSERT INTO ${into} VALUES ${values} ${otherwise}`, chunk.flat());
  }
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
