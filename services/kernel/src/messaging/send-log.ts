import { execute, select, type Connection, type Transaction } from '../database/database';
import { isDuplicateKey } from '../errors';
import type { Event } from './codec';

/** Columns of the service's own, written when an event is claimed for the first time. */
export type SendColumns = Readonly<Record<string, string | number>>;

/** What a log keeps of the event: its id, and where its record lies. */
export type LoggedEvent = Pick<Event, 'id' | 'record'>;

/**
 * The claims of an effect outside the database, one row an event, in a table of the service that has the columns
 * event_id (primary key), status (SENDING, SENT, FAILED), attempts, topic, partition_number, record_offset, claimed_by,
 * claimed_until, sent_at and last_error. An attempt is counted before it is made, so that one that did not live to be
 * marked is known. Leases run by the database's clock.
 */
export interface SendLog {
  /**
   * Claims an event for one attempt.
   * @param claim names this attempt, for ever; at most 128 characters
   * @returns `done` when it was sent, `held` while the lease of another attempt runs
   */
  claim(
    connection: Connection,
    event: LoggedEvent,
    columns: SendColumns,
    claim: string,
  ): Promise<'claimed' | 'done' | 'held'>;
  /** Ends a claim before its time, unless it has run out and another attempt holds the event. */
  giveUp(connection: Connection, eventId: string, claim: string, error: unknown): Promise<void>;
  markSent(trx: Transaction, eventId: string): Promise<void>;
  /** Notes that the event is a dead letter; it may be claimed again when that is redriven. */
  markFailed(trx: Transaction, eventId: string, error: unknown): Promise<void>;
}

/** @param lease_s how long a claim holds; longer than an attempt may take, short for who takes over */
export function createSendLog(table: string, lease_s: number): SendLog {
  const leaseEnd = `CURRENT_TIMESTAMP(6) + INTERVAL ${lease_s} SECOND`;

  /** False when the log has the event already. */
  async function insertClaimed(
    connection: Connection,
    { id, record }: LoggedEvent,
    columns: SendColumns,
    claim: string,
  ): Promise<boolean> {
    const { topic, partition, offset } = record;
    const row = {
      event_id: id,
      ...columns,
      topic,
      partition_number: partition,
      record_offset: String(offset),
      claimed_by: claim,
    };
    const names = Object.keys(row);
    try {
      await execute(
        connection,
        `INSERT INTO ${table} (${names.join(', ')}, claimed_until)
         VALUES (${names.map(() => '?').join(', ')}, ${leaseEnd})`,
        Object.values(row),
      );
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  return {
    async claim(connection, event, columns, claim) {
      if (await insertClaimed(connection, event, columns, claim)) return 'claimed';
      const { topic, partition, offset } = event.record;
      const { affectedRows } = await execute(
        connection,
        `UPDATE ${table} SET status = 'SENDING', attempts = attempts + 1, topic = ?, partition_number = ?,
           record_offset = ?, claimed_by = ?, claimed_until = ${leaseEnd}
         WHERE event_id = ? AND (status = 'FAILED' OR (status = 'SENDING' AND claimed_until <= CURRENT_TIMESTAMP(6)))`,
        [topic, partition, String(offset), claim, event.id],
      );
      if (affectedRows > 0) return 'claimed';
      const sql = `SELECT status FROM ${table} WHERE event_id = ?`;
      const [row] = await select<{ status: string }>(connection, sql, [event.id]);
      return row?.status === 'SENT' ? 'done' : 'held';
    },

    async giveUp(connection, eventId, claim, error) {
      await execute(
        connection,
        `UPDATE ${table} SET claimed_until = CURRENT_TIMESTAMP(6), last_error = ?
         WHERE event_id = ? AND claimed_by = ? AND status = 'SENDING'`,
        [reasonOf(error), eventId, claim],
      );
    },

    async markSent(trx, eventId) {
      await execute(
        trx,
        `UPDATE ${table} SET status = 'SENT', sent_at = COALESCE(sent_at, CURRENT_TIMESTAMP(6)), claimed_until = NULL,
           last_error = NULL WHERE event_id = ?`,
        [eventId],
      );
    },

    async markFailed(trx, eventId, error) {
      await execute(
        trx,
        `UPDATE ${table} SET status = 'FAILED', claimed_until = NULL, last_error = ?
         WHERE event_id = ? AND status <> 'SENT'`,
        [reasonOf(error), eventId],
      );
    },
  };
}

function reasonOf(error: unknown): string {
  return String(error).slice(0, 500);
}
