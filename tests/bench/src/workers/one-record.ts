import { eventHeaders, type BoardCreated } from '@naru/contracts';
import type { IHeaders } from 'kafkajs';
import type { Pool } from 'mysql2/promise';
import { effectStatements, inboxStatement } from '../ledger';

/** One event's transaction: inbox row, effects, commit. What both record-at-a-time twins do. */
export async function writeOne(pool: Pool, group: string, id: string, data: BoardCreated): Promise<void> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    for (const [sql, bindings] of [inboxStatement(group, [id]), ...effectStatements([data])])
      await connection.query(sql, bindings);
    await connection.commit();
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}

export function eventIdOf(headers: IHeaders | undefined): string {
  return String(headers?.[eventHeaders.id]);
}
