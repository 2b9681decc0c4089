import { execute, select, type Database } from '@naru/kernel';
import type { ProviderCall } from './port';

export interface Operation {
  readonly kind: 'CAPTURE' | 'REFUND';
  /** Why it is declined, or undefined when it is carried out. */
  readonly declined: string | undefined;
}

/**
 * Does what a call asks for, unless one with its key came before: then only counts it. One statement, so one
 * transaction of its own. It does what it is told, so that an audit sees what that was.
 * @returns what the first call with this key came to
 */
export async function carryOut(
  database: Database,
  call: ProviderCall,
  operation: Operation,
): Promise<Operation> {
  const { key, orderId, customerId, amount, currency } = call;
  await execute(
    database,
    `INSERT INTO provider_operations (idempotency_key, kind, order_id, customer_id, amount, currency, declined)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE calls = calls + 1`,
    [key, operation.kind, orderId, customerId, amount, currency, operation.declined ?? null],
  );
  const sql = 'SELECT kind, declined FROM provider_operations WHERE idempotency_key = ?';
  const [first] = await select<{ kind: Operation['kind']; declined: string | null }>(database, sql, [key]);
  if (first?.kind !== operation.kind) throw new Error(`the key ${key} was used for something else`);
  return { kind: first.kind, declined: first.declined ?? undefined };
}
