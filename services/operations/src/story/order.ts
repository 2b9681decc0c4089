import type { ServiceName } from '@naru/contracts';
import { select, type Database } from '@naru/kernel';
import type { Connections } from '../connections';
import type { EventTrial, OrderStory, PaymentState, ProviderOperation, Step, StoredOrder } from './types';
import { lettersOfKey, parkedOfKey, ROWS_MAX, unpublishedWhere } from './troubles';

const sagaServices: readonly ServiceName[] = ['order', 'product', 'payment'];

/**
 * Reads an order's story from the services' databases and the dead-letter topics.
 * @returns undefined when there is no such order
 */
export async function readOrderStory(
  connections: Connections,
  orderId: string,
): Promise<OrderStory | undefined> {
  const of = connections.database;
  const order = await readOrder(of('order'), orderId);
  if (!order) return undefined;
  const [steps, reservation, payment, notifications, unapplied, unpublished, deadLetters, parked] =
    await Promise.all([
      readSteps(of('order'), orderId),
      readReservation(of('product'), orderId),
      readPayment(of('payment'), orderId),
      readNotifications(of('notification'), orderId),
      readUnapplied(of('catalog'), orderId),
      Promise.all(
        sagaServices.map((name) => unpublishedWhere(of(name), name, 'saga_id = ?', [order.sagaId])),
      ),
      lettersOfKey(connections, orderId),
      parkedOfKey(connections, orderId),
    ]);
  const stuck = { unpublished: unpublished.flat(), deadLetters, parked };
  return { order, steps, reservation, payment, notifications, unapplied, ...stuck };
}

async function readOrder(database: Database, orderId: string): Promise<StoredOrder | undefined> {
  const [row] = await select<
    Omit<StoredOrder, 'isStockReleased' | 'isPaymentReturned' | 'traceId'> & {
      stockReleased: number;
      paymentReturned: number;
      traceparent: string | null;
    }
  >(
    database,
    `SELECT order_id AS orderId, user_id AS userId, customer_id AS customerId, total_amount AS totalAmount, currency,
       status, saga_id AS sagaId, saga_status AS sagaStatus, version, traceparent, created_at AS createdAt,
       deadline_at AS deadlineAt, stock_released AS stockReleased, payment_returned AS paymentReturned
     FROM orders WHERE order_id = ?`,
    [orderId],
  );
  if (!row) return undefined;
  const { stockReleased, paymentReturned, traceparent, ...order } = row;
  return {
    ...order,
    traceId: traceparent?.split('-')[1] ?? null,
    isStockReleased: stockReleased === 1,
    isPaymentReturned: paymentReturned === 1,
  };
}

async function readSteps(database: Database, orderId: string): Promise<Step[]> {
  const rows = await select<Omit<Step, 'isApplied'> & { outcome: string }>(
    database,
    `SELECT recorded_at AS at, input, outcome, CONCAT(from_status, ' ', from_saga_status) AS \`from\`,
       CONCAT(to_status, ' ', to_saga_status) AS \`to\`, told, reason, event_id AS eventId
     FROM saga_steps WHERE order_id = ? ORDER BY step_id LIMIT ${ROWS_MAX}`,
    [orderId],
  );
  return rows.map(({ outcome, ...step }) => ({ ...step, isApplied: outcome === 'APPLIED' }));
}

async function readReservation(database: Database, orderId: string): Promise<OrderStory['reservation']> {
  const sql = 'SELECT status, reason FROM reservations WHERE order_id = ?';
  const [row] = await select<{ status: string; reason: string | null }>(database, sql, [orderId]);
  return row;
}

async function readPayment(database: Database, orderId: string): Promise<PaymentState | undefined> {
  const [row] = await select<Omit<PaymentState, 'operations'>>(
    database,
    'SELECT status, attempts, due_at AS dueAt, last_error AS lastError FROM payments WHERE order_id = ?',
    [orderId],
  );
  if (!row) return undefined;
  const operations = await select<ProviderOperation>(
    database,
    `SELECT idempotency_key AS \`key\`, calls, declined, created_at AS at FROM provider_operations
     WHERE order_id = ? ORDER BY created_at LIMIT ${ROWS_MAX}`,
    [orderId],
  );
  return { ...row, operations };
}

function readNotifications(database: Database, orderId: string): Promise<EventTrial[]> {
  return select<EventTrial>(
    database,
    `SELECT event_id AS eventId, event_type AS type, status, attempts, COALESCE(sent_at, created_at) AS at,
       IF(status = 'SENT', NULL, last_error) AS error
     FROM deliveries WHERE order_id = ? ORDER BY sequence LIMIT ${ROWS_MAX}`,
    [orderId],
  );
}

function readUnapplied(database: Database, orderId: string): Promise<EventTrial[]> {
  return select<EventTrial>(
    database,
    `SELECT event_id AS eventId, event_type AS type, status, attempts, heard_at AS at, last_error AS error
     FROM heard_events WHERE aggregate_id = ? AND status <> 'APPLIED' ORDER BY sequence LIMIT ${ROWS_MAX}`,
    [orderId],
  );
}
