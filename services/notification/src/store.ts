import type { Answer, operations } from '@naru/contracts';
import { createSendLog, select, type Connection } from '@naru/kernel';

/** As long as the lease in Redis, by the database's clock: should Redis be emptied meanwhile, this one still holds. */
export const LEASE_S = 30;

export const sendLog = createSendLog('deliveries', LEASE_S);

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
