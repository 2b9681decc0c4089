import type { Answer, operations } from '@naru/contracts';
import { execute, select, type Connection, type Transaction } from '@naru/kernel';
import { isDue, type Cancellation, type Cause, type Payment, type PaymentStatus } from './domain/payment';

/** How long a claim holds, by the database's clock: longer than a call to the provider may take. */
export const LEASE_S = 10;
const ROWS_PER_STATEMENT = 200;
const ERROR_LENGTH_MAX = 500;

/**
 * Whoever appends payment events, or makes payments, holds this row: so the order of the outbox's rows over all
 * payments is the order of commits, and a payment that is not there cannot come to be meanwhile.
 */
export async function lockSequence(trx: Transaction): Promise<void> {
  const rows = await select(trx, 'SELECT id FROM payment_sequence WHERE id = 1 FOR UPDATE');
  if (rows.length === 0) throw new Error('the row of payment_sequence is gone');
}

interface Columns {
  order_id: string;
  payment_id: string;
  saga_id: string;
  user_id: number | null;
  customer_id: string;
  amount: number;
  currency: string;
  status: PaymentStatus;
  declined: string | null;
  cancellation: string | null;
  cause: string;
  version: number;
}

const COLUMNS = `order_id, payment_id, saga_id, user_id, customer_id, amount, currency, status, declined, cancellation,
  cause, version`;

/** Locks those of the payments that exist, in order of order ids. */
export async function lockPayments(
  trx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, Payment>> {
  const payments = new Map<string, Payment>();
  for (const chunk of chunks([...new Set(orderIds)].sort())) {
    const rows = await select<Columns>(
      trx,
      `SELECT ${COLUMNS} FROM payments WHERE order_id IN (${marks(chunk)}) ORDER BY order_id FOR UPDATE`,
      chunk,
    );
    for (const row of rows) payments.set(row.order_id, toPayment(row));
  }
  return payments;
}

function toPayment(row: Columns): Payment {
  return {
    orderId: row.order_id,
    paymentId: row.payment_id,
    sagaId: row.saga_id,
    userId: row.user_id,
    customerId: row.customer_id,
    amount: row.amount,
    currency: row.currency,
    status: row.status,
    declined: row.declined,
    cancellation: row.cancellation === null ? null : (JSON.parse(row.cancellation) as Cancellation),
    cause: JSON.parse(row.cause) as Cause,
    version: row.version,
  };
}

/** Writes payments that are locked or new. One that comes to wait for the provider is due at once. */
export async function savePayments(trx: Transaction, payments: readonly Payment[]): Promise<void> {
  for (const chunk of chunks(payments)) {
    // What looks at the old status comes before it is set, for an assignment sees what those before it have left.
    await execute(
      trx,
      `INSERT INTO payments (${COLUMNS}, due_at)
       VALUES ${chunk.map(() => `(${'?, '.repeat(12)} IF(?, CURRENT_TIMESTAMP(6), NULL))`).join(', ')}
       ON DUPLICATE KEY UPDATE due_at = IF(VALUES(status) = status, due_at, VALUES(due_at)),
         attempts = IF(VALUES(status) = status, attempts, 0), claimed_by = IF(VALUES(status) = status, claimed_by, NULL),
         last_error = IF(VALUES(status) = status, last_error, NULL),
         status = VALUES(status), declined = VALUES(declined), cancellation = VALUES(cancellation),
         version = VALUES(version)`,
      chunk.flatMap((payment) => [...columnsOf(payment), isDue(payment)]),
    );
  }
}

function columnsOf(payment: Payment): unknown[] {
  return [
    payment.orderId,
    payment.paymentId,
    payment.sagaId,
    payment.userId,
    payment.customerId,
    payment.amount,
    payment.currency,
    payment.status,
    payment.declined,
    payment.cancellation === null ? null : JSON.stringify(payment.cancellation),
    JSON.stringify(payment.cause),
    payment.version,
  ];
}

type PaymentView = Answer<(typeof operations)['getPayment']>;

export async function paymentOf(connection: Connection, orderId: string) {
  const sql = 'SELECT payment_id, user_id, amount, currency, status FROM payments WHERE order_id = ?';
  const [row] = await select<Columns>(connection, sql, [orderId]);
  if (!row) return undefined;
  const { payment_id: paymentId, amount, currency, status } = row;
  const payment: PaymentView = { paymentId, orderId, amount, currency, status };
  return { userId: row.user_id, payment };
}

/** A payment that the provider is to be called for. */
export interface Due {
  readonly orderId: string;
  readonly status: PaymentStatus;
  readonly customerId: string;
  readonly amount: number;
  readonly currency: string;
  /** Calls made so far for this status. */
  readonly attempts: number;
  /** Of what asked for the capture, or for the refund. */
  readonly traceparent: string | undefined;
}

/**
 * Claims payments that are due, the longest waiting first, for the length of a lease.
 * @param claim names this claim, for ever
 */
export async function claimDue(trx: Transaction, claim: string, max: number): Promise<Due[]> {
  const rows = await select<Columns & { attempts: number }>(
    trx,
    `SELECT order_id, status, customer_id, amount, currency, attempts, cause, cancellation FROM payments
     WHERE due_at <= CURRENT_TIMESTAMP(6) ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED`,
    [max],
  );
  if (rows.length === 0) return [];
  const orderIds = rows.map((row) => row.order_id);
  await execute(
    trx,
    `UPDATE payments SET due_at = CURRENT_TIMESTAMP(6) + INTERVAL ${LEASE_S} SECOND, claimed_by = ?,
       attempts = attempts + 1 WHERE order_id IN (${marks(orderIds)})`,
    [claim, ...orderIds],
  );
  return rows.map((row) => {
    const { order_id: orderId, status, customer_id: customerId, amount, currency, attempts } = row;
    const { traceparent } = causeOfCall(row);
    return { orderId, status, customerId, amount, currency, attempts, traceparent };
  });
}

function causeOfCall({ status, cause, cancellation }: Columns): Cause {
  if (status === 'REFUNDING' && cancellation !== null)
    return (JSON.parse(cancellation) as Cancellation).cause;
  return JSON.parse(cause) as Cause;
}

/** Ends a claim, unless it has run out and another holds the payment, which is due again after a while. */
export async function postpone(
  connection: Connection,
  orderId: string,
  claim: string,
  wait_ms: number,
  error: unknown,
): Promise<void> {
  await execute(
    connection,
    `UPDATE payments SET due_at = CURRENT_TIMESTAMP(6) + INTERVAL ? MICROSECOND, claimed_by = NULL, last_error = ?
     WHERE order_id = ? AND claimed_by = ?`,
    [Math.round(wait_ms * 1_000), String(error).slice(0, ERROR_LENGTH_MAX), orderId, claim],
  );
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
