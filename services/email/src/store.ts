import type { Answer, operations } from '@naru/contracts';
import { createSendLog, select, type Connection } from '@naru/kernel';

/** How long a claim holds, by the database's clock: longer than a send may take, short for who takes over. */
const LEASE_S = 15;

export const sendLog = createSendLog('emails', LEASE_S);

type MailView = Answer<(typeof operations)['listEmails']>[number];

interface Columns {
  event_id: string;
  sequence: number;
  user_id: number;
  recipient: string;
  message_id: string;
  status: MailView['status'];
  attempts: number;
  topic: string;
  partition_number: number;
  record_offset: number | string;
  created_at: string;
  sent_at: string | null;
}

const INSTANT = "'%Y-%m-%dT%H:%i:%s.%fZ'";

/** The send log of a user below a sequence number, newest first. */
export async function mailsOf(connection: Connection, userId: number, limit: number, before?: number) {
  const rows = await select<Columns>(
    connection,
    `SELECT event_id, sequence, user_id, recipient, message_id, status, attempts, topic, partition_number,
       record_offset, DATE_FORMAT(created_at, ${INSTANT}) AS created_at, DATE_FORMAT(sent_at, ${INSTANT}) AS sent_at
     FROM emails WHERE user_id = ? ${before === undefined ? '' : 'AND sequence < ?'}
     ORDER BY sequence DESC LIMIT ?`,
    before === undefined ? [userId, limit] : [userId, before, limit],
  );
  return rows.map((row) => ({ sequence: row.sequence, mail: toView(row) }));
}

function toView(row: Columns): MailView {
  return {
    eventId: row.event_id,
    userId: row.user_id,
    recipient: row.recipient,
    messageId: row.message_id,
    status: row.status,
    attempts: row.attempts,
    topic: row.topic,
    partition: row.partition_number,
    offset: String(row.record_offset),
    createdAt: row.created_at,
    sentAt: row.sent_at,
  };
}
