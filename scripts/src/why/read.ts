import { consumerGroup, type ServiceName } from '@naru/contracts';
import { listDeadLetters, listParked, select, type Database } from '@naru/kernel';

import { lanes, type Connections } from '../dead-letters/connections';
import { brief } from '../dead-letters/table';
import type { Line, PaymentState, Step, Story, StoredOrder } from './story';

const ROWS_MAX = 200;
const REASON_LENGTH = 100;
const sagaServices: readonly ServiceName[] = ['order', 'product', 'payment'];

/** Reads an order's story from the services' databases and the dead-letter topics. @returns undefined when it is not there */
export async function readStory(connections: Connections, orderId: string): Promise<Story | undefined> {
  const of = (service: ServiceName) => databaseOf(connections, service);
  const order = await readOrder(of('order'), orderId);
  if (!order) return undefined;
  const unpublished: Line[] = [];
  for (const service of sagaServices)
    unpublished.push(...(await readUnpublished(of(service), service, order)));
  return {
    order,
    steps: await readSteps(of('order'), orderId),
    reservation: await readReservation(of('product'), orderId),
    payment: await readPayment(of('payment'), orderId),
    notifications: await readNotifications(of('notification'), orderId),
    unapplied: await readUnapplied(of('catalog'), orderId),
    unpublished,
    deadLetters: await readDeadLetters(connections, orderId),
    parked: await readParked(connections, orderId),
  };
}

function databaseOf({ databaseOf: open }: Connections, service: ServiceName): Database {
  const database = open(consumerGroup(service));
  if (!database) throw new Error(`${service} has no database`);
  return database;
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

async function readReservation(database: Database, orderId: string): Promise<Story['reservation']> {
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
  const operations = await select<{ key: string; calls: number; declined: string | null; at: string }>(
    database,
    `SELECT idempotency_key AS \`key\`, calls, declined, created_at AS at FROM provider_operations
     WHERE order_id = ? ORDER BY created_at LIMIT ${ROWS_MAX}`,
    [orderId],
  );
  return {
    ...row,
    operations: operations.map(
      ({ key, calls, declined, at }) =>
        `${at}  provider: ${key}, ${declined ? `declined: ${declined}` : 'done'}, asked ${calls} times`,
    ),
  };
}

function readNotifications(database: Database, orderId: string): Promise<Line[]> {
  return readEventLines(
    database,
    `SELECT event_type AS type, status, attempts, COALESCE(sent_at, created_at) AS at,
       IF(status = 'SENT', NULL, last_error) AS error
     FROM deliveries WHERE order_id = ? ORDER BY sequence LIMIT ${ROWS_MAX}`,
    orderId,
  );
}

function readUnapplied(database: Database, orderId: string): Promise<Line[]> {
  return readEventLines(
    database,
    `SELECT event_type AS type, status, attempts, heard_at AS at, last_error AS error FROM heard_events
     WHERE aggregate_id = ? AND status <> 'APPLIED' ORDER BY sequence LIMIT ${ROWS_MAX}`,
    orderId,
  );
}

/** A line for each event that a service tried something with. */
async function readEventLines(database: Database, sql: string, orderId: string): Promise<Line[]> {
  type Columns = { type: string; status: string; attempts: number; at: string; error: string | null };
  const rows = await select<Columns>(database, sql, [orderId]);
  return rows.map(({ type, status, attempts, at, error }) => {
    const trouble = error ? `: ${brief(error, REASON_LENGTH)}` : '';
    return `${at}  ${type.padEnd(22)} ${status}, ${attempts} attempts${trouble}`;
  });
}

async function readUnpublished(
  database: Database,
  service: string,
  { sagaId }: StoredOrder,
): Promise<Line[]> {
  const rows = await select<{ topic: string; status: string; at: string; error: string | null }>(
    database,
    `SELECT topic, outbox_status AS status, created_at AS at, last_error AS error FROM outbox
     WHERE outbox_status <> 'PUBLISHED' AND saga_id = ? ORDER BY id LIMIT ${ROWS_MAX}`,
    [sagaId],
  );
  return rows.map(
    ({ topic, status, at, error }) =>
      `${at}  ${service} for ${topic}: ${status}${error ? `, ${brief(error, REASON_LENGTH)}` : ''}`,
  );
}

async function readDeadLetters(connections: Connections, orderId: string): Promise<Line[]> {
  const lines: Line[] = [];
  for (const { topic } of lanes(undefined, undefined)) {
    const { letters } = await listDeadLetters(connections, { topic, key: orderId, limit: ROWS_MAX });
    for (const { id, eventId, at_ms, state, reason } of letters) {
      const at = new Date(at_ms).toISOString();
      lines.push(`${at}  ${id}, event ${eventId ?? 'unknown'}, ${state}: ${brief(reason, REASON_LENGTH)}`);
    }
  }
  return lines;
}

async function readParked(connections: Connections, orderId: string): Promise<Line[]> {
  const lines: Line[] = [];
  const groups = new Set(lanes(undefined, undefined).flatMap((lane) => lane.groups));
  for (const group of groups) {
    const database = connections.databaseOf(group);
    if (!database) continue;
    for (const { id, state, reason } of await listParked(database, { group, key: orderId }))
      lines.push(`${id}, ${state}: ${brief(reason, REASON_LENGTH)}`);
  }
  return lines;
}
