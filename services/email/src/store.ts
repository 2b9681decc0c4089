import type { Answer, operations } from '@naru/contracts';
import { execute, isDuplicateKey, select, type Connection, type Transaction } from '@naru/kernel';

/** How long a claim holds, by the database's clock: longer than a send may take, short for who takes over. */
export const LEASE_S = 15;

/** A mail as the send log knows it. */
export interface Mail {
  readonly eventId: string;
  readonly userId: number;
  readonly recipient: string;
  readonly messageId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

const LEASE_END = `CURRENT_TIMESTAMP(6) + INTERVAL ${LEASE_S} SECOND`;

/**
 * Claims a mail for one attempt at sending it.
 * @param claim names this attempt, for ever
 * @returns `done` when it has been sent, `held` while the lease of another attempt runs
 */
export async function claimMail(connection: Connection, mail: Mail, claim: string) {
  if (await insertClaimed(connection, mail, claim)) return 'claimed';
  const { affectedRows } = await execute(
    connection,
    `UPDATE emails SET status = 'SENDING', attempts = attempts + 1, topic = ?, partition_number = ?, record_offset = ?,
       claimed_by = ?, claimed_until = ${LEASE_END}
     WHERE event_id = ? AND (status = 'FAILED' OR (status = 'SENDING' AND claimed_until <= CURRENT_TIMESTAMP(6)))`,
    [mail.topic, mail.partition, String(mail.offset), claim, mail.eventId],
  );
  if (affectedRows > 0) return 'claimed';
  const sql = 'SELECT status FROM emails WHERE event_id = ?';
  const [row] = await select<{ status: string }>(connection, sql, [mail.eventId]);
  return row?.status === 'SENT' ? 'done' : 'held';
}

/** False when the send log has the event already. */
async function insertClaimed(connection: Connection, mail: Mail, claim: string): Promise<boolean> {
  const { eventId, userId, recipient, messageId, topic, partition, offset } = mail;
  try {
    await execute(
      connection,
      `INSERT INTO emails (event_id, user_id, recipient, message_id, topic, partition_number, record_offset, claimed_by,
         claimed_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${LEASE_END})`,
      [eventId, userId, recipient, messageId, topic, partition, String(offset), claim],
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Ends a claim before its time, unless it has run out and another attempt holds the mail. */
export async function giveClaimUp(connection: Connection, eventId: string, claim: string, error: unknown) {
  await execute(
    connection,
    `UPDATE emails SET claimed_until = CURRENT_TIMESTAMP(6), last_error = ?
     WHERE event_id = ? AND claimed_by = ? AND status = 'SENDING'`,
    [reasonOf(error), eventId, claim],
  );
}

export async function markSent(trx: Transaction, eventId: string): Promise<void> {
  await execute(
    trx,
    `UPDATE emails SET status = 'SENT', sent_at = COALESCE(sent_at, CURRENT_TIMESTAMP(6)), claimed_until = NULL,
       last_error = NULL WHERE event_id = ?`,
    [eventId],
  );
}

export async function markFailed(trx: Transaction, eventId: string, error: unknown): Promise<void> {
  await execute(
    trx,
    `UPDATE emails SET status = 'FAILED', claimed_until = NULL, last_error = ?
     WHERE event_id = ? AND status <> 'SENT'`,
    [reasonOf(error), eventId],
  );
}

function reasonOf(error: unknown): string {
  return String(error).slice(0, 500);
}

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
