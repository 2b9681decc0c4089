import type { Answer, operations } from '@naru/contracts';
import { execute, isDuplicateKey, select, type Connection, type Transaction } from '@naru/kernel';
import type { NotifiedType } from './domain/notification';

/** As long as the lease in Redis, by the database's clock: should Redis be emptied meanwhile, this one still holds. */
export const LEASE_S = 30;

/** A delivery as its table keeps it. */
export interface Delivery {
  readonly eventId: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly recipient: string;
  readonly type: NotifiedType;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

const LEASE_END = `CURRENT_TIMESTAMP(6) + INTERVAL ${LEASE_S} SECOND`;

/**
 * Claims a delivery for one attempt, which is counted before it is made.
 * @param token names this attempt, for ever
 * @returns `done` when it was sent, `held` while the lease of another attempt runs
 */
export async function claimDelivery(connection: Connection, delivery: Delivery, token: string) {
  if (await insertClaimed(connection, delivery, token)) return 'claimed';
  const { eventId, topic, partition, offset } = delivery;
  const { affectedRows } = await execute(
    connection,
    `UPDATE deliveries SET status = 'SENDING', attempts = attempts + 1, topic = ?, partition_number = ?,
       record_offset = ?, claimed_by = ?, claimed_until = ${LEASE_END}
     WHERE event_id = ? AND (status = 'FAILED' OR (status = 'SENDING' AND claimed_until <= CURRENT_TIMESTAMP(6)))`,
    [topic, partition, offset, token, eventId],
  );
  if (affectedRows > 0) return 'claimed';
  const sql = 'SELECT status FROM deliveries WHERE event_id = ?';
  const [row] = await select<{ status: string }>(connection, sql, [eventId]);
  return row?.status === 'SENT' ? 'done' : 'held';
}

/** False when there is a delivery of the event already. */
async function insertClaimed(connection: Connection, delivery: Delivery, token: string): Promise<boolean> {
  const { eventId, orderId, customerId, recipient, type, topic, partition, offset } = delivery;
  try {
    await execute(
      connection,
      `INSERT INTO deliveries (event_id, order_id, customer_id, recipient, event_type, topic, partition_number,
         record_offset, claimed_by, claimed_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ${LEASE_END})`,
      [eventId, orderId, customerId, recipient, type, topic, partition, offset, token],
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Ends a claim before its time, unless it has run out and another attempt holds the delivery. */
export async function giveClaimUp(connection: Connection, eventId: string, token: string, error: unknown) {
  await execute(
    connection,
    `UPDATE deliveries SET claimed_until = CURRENT_TIMESTAMP(6), last_error = ?
     WHERE event_id = ? AND claimed_by = ? AND status = 'SENDING'`,
    [reasonOf(error), eventId, token],
  );
}

export async function markSent(trx: Transaction, eventId: string): Promise<void> {
  await execute(
    trx,
    `UPDATE deliveries SET status = 'SENT', sent_at = COALESCE(sent_at, CURRENT_TIMESTAMP(6)), claimed_until = NULL,
       last_error = NULL WHERE event_id = ?`,
    [eventId],
  );
}

export async function markFailed(trx: Transaction, eventId: string, error: unknown): Promise<void> {
  await execute(
    trx,
    `UPDATE deliveries SET status = 'FAILED', claimed_until = NULL, last_error = ?
     WHERE event_id = ? AND status <> 'SENT'`,
    [reasonOf(error), eventId],
  );
}

function reasonOf(error: unknown): string {
  return String(error).slice(0, 500);
}

type DeliveryView = Answer<(typeof operations)['listNotifications']>[number];

interface Columns {
  event_id: string;
  sequence: number;
  order_id: string;
  customer_id: string;
  recipient: string;
  event_type: string;
  status: DeliveryView['status'];
  attempts: number;
  topic: string;
  partition_number: number;
  record_offset: number | string;
  created_at: string;
  sent_at: string | null;
}

const INSTANT = "'%Y-%m-%dT%H:%i:%s.%fZ'";

/** The deliveries of an order below a sequence number, newest first. */
export async function deliveriesOf(connection: Connection, orderId: string, limit: number, before?: number) {
  const rows = await select<Columns>(
    connection,
    `SELECT event_id, sequence, order_id, customer_id, recipient, event_type, status, attempts, topic,
       partition_number, record_offset, DATE_FORMAT(created_at, ${INSTANT}) AS created_at,
       DATE_FORMAT(sent_at, ${INSTANT}) AS sent_at
     FROM deliveries WHERE order_id = ? ${before === undefined ? '' : 'AND sequence < ?'}
     ORDER BY sequence DESC LIMIT ?`,
    before === undefined ? [orderId, limit] : [orderId, before, limit],
  );
  return rows.map((row) => ({ sequence: row.sequence, delivery: toView(row) }));
}

function toView(row: Columns): DeliveryView {
  return {
    eventId: row.event_id,
    orderId: row.order_id,
    customerId: row.customer_id,
    recipient: row.recipient,
    type: row.event_type,
    status: row.status,
    attempts: row.attempts,
    topic: row.topic,
    partition: row.partition_number,
    offset: String(row.record_offset),
    createdAt: row.created_at,
    sentAt: row.sent_at,
  };
}
