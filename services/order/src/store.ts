import { execute, select, type Connection, type Transaction } from '@naru/kernel';
import type { Item, Order } from './domain/order';
import { endStatuses, openStatuses, type OrderStatus, type SagaStatus } from './domain/saga';

/** A statement's CASE is searched for each of its rows, so its cost grows by the square of them. */
const ROWS_PER_UPDATE = 100;
const ROWS_PER_INSERT = 500;
const REASON_LENGTH_MAX = 255;
/** Orders of one status are counted up to here: it is asked every few seconds. */
const COUNTED_MAX = 100_000;
const ENDED = endStatuses.map((status) => `'${status}'`).join(', ');

export interface StoredOrder extends Order {
  /** Grows with each order; lists are paged by it. */
  readonly sequence: number;
  /** RFC 3339, UTC, with microseconds. */
  readonly createdAt: string;
}

interface Columns {
  order_id: string;
  sequence: number;
  user_id: number | null;
  customer_id: string;
  customer_email: string;
  total_amount: number;
  currency: string;
  items: string;
  status: OrderStatus;
  saga_id: string;
  saga_status: SagaStatus;
  version: number;
  stock_released: number;
  payment_returned: number;
  traceparent: string | null;
  created_at: string;
}

// One server gives JSON as text, the other as objects; as CHAR it is text from both.
const SELECT_ORDERS = `SELECT order_id, sequence, user_id, customer_id, customer_email, total_amount, currency,
    CAST(items AS CHAR) AS items, status, saga_id, saga_status, version, stock_released, payment_returned,
    traceparent, DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS created_at
  FROM orders`;

/** Writes a new order, locked by that. @param deadline_s from now on; without it the order has no deadline */
export async function insertOrder(trx: Transaction, order: Order, deadline_s?: number): Promise<StoredOrder> {
  await execute(
    trx,
    `INSERT INTO orders (order_id, user_id, customer_id, customer_email, total_amount, currency, items, status,
       saga_id, saga_status, version, traceparent, deadline_at, ended_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CURRENT_TIMESTAMP(6) + INTERVAL ? SECOND,
       IF(saga_status IN (${ENDED}), CURRENT_TIMESTAMP(6), NULL))`,
    [
      order.orderId,
      order.userId,
      order.customerId,
      order.customerEmail,
      order.totalAmount,
      order.currency,
      JSON.stringify(order.items),
      order.status,
      order.sagaId,
      order.sagaStatus,
      order.version,
      order.traceparent,
      deadline_s ?? null,
    ],
  );
  return (await orderOf(trx, order.orderId)) as StoredOrder;
}

/** @param owner finds that user's order only; without it anybody's */
export async function orderOf(connection: Connection, orderId: string, owner?: number) {
  const [row] = await selectOne(connection, orderId, owner, '');
  return row && toOrder(row);
}

/** As `orderOf`, and locks the order. */
export async function lockOrder(trx: Transaction, orderId: string, owner?: number) {
  const [row] = await selectOne(trx, orderId, owner, 'FOR UPDATE');
  return row && toOrder(row);
}

function selectOne(connection: Connection, orderId: string, owner: number | undefined, locking: string) {
  const owned = owner === undefined ? '' : 'AND user_id = ?';
  return select<Columns>(
    connection,
    `${SELECT_ORDERS} WHERE order_id = ? ${owned} ${locking}`,
    owner === undefined ? [orderId] : [orderId, owner],
  );
}

/** Orders whose sequence is below `before`, newest first. */
export async function ordersOf(connection: Connection, limit: number, before?: number, owner?: number) {
  const conditions = [
    ...(before === undefined ? [] : [{ sql: 'sequence < ?', value: before }]),
    ...(owner === undefined ? [] : [{ sql: 'user_id = ?', value: owner }]),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  const rows = await select<Columns>(connection, `${SELECT_ORDERS} ${where} ORDER BY sequence DESC LIMIT ?`, [
    ...conditions.map(({ value }) => value),
    limit,
  ]);
  return rows.map(toOrder);
}

/** Locks those of the orders that are there, in order of ids. */
export async function lockOrders(trx: Transaction, orderIds: readonly string[]) {
  const rows = await select<Columns>(
    trx,
    `${SELECT_ORDERS} WHERE order_id IN (${marks(orderIds)}) ORDER BY order_id FOR UPDATE`,
    orderIds,
  );
  return byId(rows);
}

/** Orders whose saga has not come to its end in time, the longest overdue first. */
export async function overdueOrders(connection: Connection, limit: number): Promise<string[]> {
  const rows = await select<{ order_id: string }>(
    connection,
    `SELECT order_id FROM orders WHERE status = 10 AND deadline_at <= CURRENT_TIMESTAMP(6)
     ORDER BY deadline_at LIMIT ?`,
    [limit],
  );
  return rows.map((row) => row.order_id);
}

/** Locks those of the orders that are still open, except those that another transaction is at. */
export async function lockOpenOrders(trx: Transaction, orderIds: readonly string[]) {
  // By the primary key, like all others that lock orders: what is locked stays one row an order.
  const rows = await select<Columns>(
    trx,
    `${SELECT_ORDERS} FORCE INDEX (PRIMARY) WHERE order_id IN (${marks(orderIds)}) AND status = 10
     ORDER BY order_id FOR UPDATE SKIP LOCKED`,
    orderIds,
  );
  return byId(rows);
}

const progressColumns: readonly (readonly [column: string, value: (order: Order) => unknown])[] = [
  ['status', (order) => order.status],
  ['saga_status', (order) => order.sagaStatus],
  ['version', (order) => order.version],
  ['stock_released', (order) => order.stockReleased],
  ['payment_returned', (order) => order.paymentReturned],
];

/** Writes how far locked orders have come. */
export async function saveProgress(trx: Transaction, orders: readonly Order[]): Promise<void> {
  for (const chunk of inChunks(orders, ROWS_PER_UPDATE)) {
    const cases = chunk.map(() => 'WHEN ? THEN ?').join(' ');
    const assignments = progressColumns.map(([column]) => `${column} = CASE order_id ${cases} END`);
    // The last assignments see the status that the first have given.
    await execute(
      trx,
      `UPDATE orders SET ${assignments.join(', ')},
         cancelled_at = IF(status = 90, COALESCE(cancelled_at, CURRENT_TIMESTAMP(6)), NULL),
         ended_at = IF(saga_status IN (${ENDED}), COALESCE(ended_at, CURRENT_TIMESTAMP(6)), NULL)
       WHERE order_id IN (${marks(chunk)})`,
      [
        ...progressColumns.flatMap(([, value]) => chunk.flatMap((order) => [order.orderId, value(order)])),
        ...chunk.map(({ orderId }) => orderId),
      ],
    );
  }
}

/** An entry of the saga's log. */
export interface Step {
  readonly orderId: string;
  readonly input: string;
  /** The event that brought the input; null for a request and for the deadline. */
  readonly eventId: string | null;
  readonly applied: boolean;
  /** Null where the order begins. */
  readonly from: Pick<Order, 'status' | 'sagaStatus'> | null;
  readonly to: Pick<Order, 'status' | 'sagaStatus' | 'version'>;
  /** Type and id of the event that tells of the step. */
  readonly told: { readonly type: string; readonly eventId: string } | null;
  readonly reason: string | null;
}

/** Adds to the saga's log, each event once an order. */
export async function insertSteps(trx: Transaction, steps: readonly Step[]): Promise<void> {
  for (const chunk of inChunks(steps, ROWS_PER_INSERT)) {
    const rows = chunk.map(stepColumns);
    await execute(
      trx,
      `INSERT INTO saga_steps (order_id, input, event_id, outcome, from_status, from_saga_status, to_status,
         to_saga_status, version, told, told_event_id, reason)
       VALUES ${rows.map((row) => `(${marks(row)})`).join(', ')} ON DUPLICATE KEY UPDATE step_id = step_id`,
      rows.flat(),
    );
  }
}

function stepColumns({ orderId, input, eventId, applied, from, to, told, reason }: Step): unknown[] {
  return [
    orderId,
    input,
    eventId,
    applied ? 'APPLIED' : 'IGNORED',
    from?.status ?? null,
    from?.sagaStatus ?? null,
    to.status,
    to.sagaStatus,
    to.version,
    told?.type ?? null,
    told?.eventId ?? null,
    reason?.slice(0, REASON_LENGTH_MAX) ?? null,
  ];
}

/** How many orders each saga status has: of those that are ends, the ones of the last 24 hours. By index alone. */
export async function countSagas(connection: Connection): Promise<ReadonlyMap<SagaStatus, number>> {
  const counts = (statuses: readonly SagaStatus[], condition: string) =>
    statuses.map(
      (status) => `SELECT '${status}' AS saga_status, COUNT(*) AS orders FROM (
         SELECT 1 FROM orders FORCE INDEX (orders_sagas) WHERE saga_status = '${status}' AND ${condition}
         LIMIT ${COUNTED_MAX}) counted`,
    );
  const sql = [
    ...counts(openStatuses, 'ended_at IS NULL'),
    ...counts(endStatuses, 'ended_at > CURRENT_TIMESTAMP(6) - INTERVAL 1 DAY'),
  ].join(' UNION ALL ');
  const rows = await select<{ saga_status: SagaStatus; orders: number }>(connection, sql);
  return new Map(rows.map((row) => [row.saga_status, row.orders]));
}

/** How long the oldest open orders have waited for their end, and the oldest cancelled ones for theirs, in seconds. */
export async function openSagaAges(connection: Connection) {
  const [row] = await select<{ placed_us: number | null; compensating_us: number | null }>(
    connection,
    `SELECT (SELECT TIMESTAMPDIFF(MICROSECOND, created_at, CURRENT_TIMESTAMP(6))
         FROM orders FORCE INDEX (orders_overdue) WHERE status = 10 ORDER BY deadline_at LIMIT 1) AS placed_us,
       (SELECT TIMESTAMPDIFF(MICROSECOND, cancelled_at, CURRENT_TIMESTAMP(6)) FROM orders FORCE INDEX (orders_sagas)
         WHERE saga_status = 'COMPENSATING' AND ended_at IS NULL ORDER BY cancelled_at LIMIT 1) AS compensating_us`,
  );
  const { placed_us, compensating_us } = row ?? {};
  return { placed_s: (placed_us ?? 0) / 1_000_000, compensating_s: (compensating_us ?? 0) / 1_000_000 };
}

function byId(rows: readonly Columns[]): Map<string, StoredOrder> {
  return new Map(rows.map((row) => [row.order_id, toOrder(row)]));
}

function toOrder(row: Columns): StoredOrder {
  return {
    orderId: row.order_id,
    sequence: row.sequence,
    userId: row.user_id,
    customerId: row.customer_id,
    customerEmail: row.customer_email,
    totalAmount: row.total_amount,
    currency: row.currency,
    items: JSON.parse(row.items) as Item[],
    status: row.status,
    sagaId: row.saga_id,
    sagaStatus: row.saga_status,
    version: row.version,
    stockReleased: row.stock_released === 1,
    paymentReturned: row.payment_returned === 1,
    traceparent: row.traceparent,
    createdAt: row.created_at,
  };
}

function inChunks<T>(rows: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(rows.length / length) }, (_, nth) =>
    rows.slice(nth * length, (nth + 1) * length),
  );
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
