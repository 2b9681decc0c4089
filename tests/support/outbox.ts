import type { Database } from '@naru/kernel';
import { eventually } from './eventually';

/**
 * Waits until all that a service's outbox holds is published. What was committed by then and is not in its topic does
 * not come any more; before, a record that should not be there may only be late.
 */
export async function drained(database: Database, deadline_ms?: number): Promise<void> {
  const isDrained = async () => {
    const [row] = await database('outbox').whereNot({ outbox_status: 'PUBLISHED' }).count({ count: '*' });
    return Number(row?.['count']) === 0;
  };
  await eventually('the outbox is drained', isDrained, deadline_ms);
}
