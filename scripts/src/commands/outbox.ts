import { createDatabase, failedRows, retryFailed, skipFailed, type Database } from '@naru/kernel';

import { describeFlags, parseFlags, UsageError } from '../arguments';
import { databaseSourceFlags, sourcesOf } from '../sources';

export const summary = 'lists, retries or skips outbox rows that cannot be published';

const ROWS_MAX = 100;

const flags = {
  service: { value: 'NAME', help: 'whose outbox' },
  retry: { value: 'EVENT', help: 'publish this row after all' },
  skip: { value: 'EVENT', help: 'give this row up, so that its key goes on' },
  ...databaseSourceFlags,
} as const;

/** Without --retry or --skip the rows that stop their key are listed. Exit code 1: there is no such row. */
export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm run outbox -- --service NAME [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  if (values.retry !== undefined && values.skip !== undefined)
    throw new UsageError('either --retry or --skip');
  const database = createDatabase(sourcesOf(values).databaseUrl(values.service), 2);
  try {
    if (values.retry !== undefined)
      return told(values.retry, await retryFailed(database, values.retry), 'is tried again');
    if (values.skip !== undefined)
      return told(values.skip, await skipFailed(database, values.skip), 'is given up');
    return await list(database);
  } finally {
    await database.destroy();
  }
}

function told(eventId: string, rows: number, done: string): number {
  console.log(rows === 1 ? `${eventId} ${done}` : `${eventId} is not among the failed rows`);
  return rows === 1 ? 0 : 1;
}

async function list(database: Database): Promise<number> {
  const rows = await failedRows(database, ROWS_MAX);
  if (rows.length === 0) console.log('no row is stopped');
  for (const { eventId, topic, orderingKey, lastError } of rows) {
    console.log(`${eventId}  ${topic}  key ${orderingKey}  ${lastError}`);
  }
  return 0;
}
