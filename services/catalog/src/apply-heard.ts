import type { Topics } from '@naru/contracts';
import {
  blockingPolicy,
  buryReceived,
  classify,
  deadLetter,
  PoisonError,
  transaction,
  type Codec,
  type Database,
  type Outbox,
  type Transaction,
} from '@naru/kernel';
import { aggregateIdOf, isOfProduct, type HeardType, type Occurrence } from './domain/occurrence';
import { apply, nothingKnown } from './domain/order-view';
import { newestProducts } from './domain/product';
import {
  dropFinishedKeys,
  dueKeys,
  lockDueKeys,
  markApplied,
  markFailed,
  noteAttempt,
  oldestHeard,
  type HeardRow,
} from './heard-store';
import { productsOf, saveProducts, saveViews, viewsOf } from './view-store';

export interface ApplyParts {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly codec: Codec;
  readonly topics: Topics;
  /** In whose name dead letters are written. */
  readonly group: string;
}

/** What became of a heard event that was due. */
export interface Applied {
  readonly row: HeardRow;
  readonly outcome: 'applied' | 'retried' | 'dead-lettered';
  readonly error?: unknown;
}

/**
 * Applies heard events that are due, in one transaction; those of a key in order of arrival, and only by the process
 * that has locked it. An event that cannot be read stops its key until it is tried again. If the database refuses the
 * batch, its keys are taken one by one, so that one bad event fails no other key.
 * @param limit of rows
 * @throws what is not the events' own fault; nothing was changed then by the transaction at hand
 */
export async function applyDue(parts: ApplyParts, limit: number): Promise<Applied[]> {
  try {
    return await transaction(parts.database, async (trx) => {
      const keys = await lockDueKeys(trx, limit);
      return keys.length === 0 ? [] : applyKeys(parts, trx, keys, await oldestHeard(trx, keys, limit));
    });
  } catch (error) {
    if (!isOfEvent(error)) throw error;
  }
  const results: Applied[] = [];
  for (const key of await dueKeys(parts.database, limit)) results.push(...(await applyOldest(parts, key)));
  return results;
}

/** Applies the oldest event of one key, or counts its failure. */
async function applyOldest(parts: ApplyParts, key: string): Promise<Applied[]> {
  let head: HeardRow | undefined;
  try {
    return await transaction(parts.database, async (trx) => {
      if ((await lockDueKeys(trx, 1, key)).length === 0) return [];
      const rows = await oldestHeard(trx, [key], 1);
      head = rows[0];
      return applyKeys(parts, trx, [key], rows);
    });
  } catch (error) {
    if (head === undefined || !isOfEvent(error)) throw error;
    const { sequence } = head;
    return transaction(parts.database, async (trx) => {
      if ((await lockDueKeys(trx, 1, key)).length === 0) return [];
      const [row] = await oldestHeard(trx, [key], 1);
      // Another process may have got past it meanwhile.
      if (row?.sequence !== sequence) return [];
      const result = await countFailure(parts, trx, row, error);
      await dropFinishedKeys(trx, [key]);
      return [result];
    });
  }
}

/** @param rows of locked keys, from the oldest of each without a gap */
async function applyKeys(
  parts: ApplyParts,
  trx: Transaction,
  keys: readonly string[],
  rows: readonly HeardRow[],
): Promise<Applied[]> {
  // Whoever heard them knew their schemas, which are kept in this database.
  await parts.codec.prepare(rows.map(({ record }) => record));
  const { readable, unreadable } = read(parts.codec, rows);
  await applyAll(
    trx,
    readable.map(({ occurrence }) => occurrence),
  );
  await markApplied(
    trx,
    readable.map(({ row }) => row.sequence),
  );
  const results = readable.map(({ row }): Applied => ({ row, outcome: 'applied' }));
  for (const { row, error } of unreadable) results.push(await countFailure(parts, trx, row, error));
  await dropFinishedKeys(trx, keys);
  return results;
}

/** Decodes rows; behind one that cannot be read those of its key are left for later. */
function read(codec: Codec, rows: readonly HeardRow[]) {
  const readable: { row: HeardRow; occurrence: Occurrence }[] = [];
  const unreadable = new Map<string, { row: HeardRow; error: unknown }>();
  for (const row of rows) {
    if (unreadable.has(row.aggregateId)) continue;
    try {
      readable.push({ row, occurrence: occurrenceOf(codec, row) });
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      unreadable.set(row.aggregateId, { row, error });
    }
  }
  return { readable, unreadable: [...unreadable.values()] };
}

/** @throws PoisonError when the row does not hold a valid event */
function occurrenceOf(codec: Codec, { sequence, eventId, record }: HeardRow): Occurrence {
  const { type, data, time_ms } = codec.decode(record);
  return { eventId, type: type as HeardType, data, at_ms: time_ms, arrival: sequence } as Occurrence;
}

async function applyAll(trx: Transaction, occurrences: readonly Occurrence[]): Promise<void> {
  const ofProducts = occurrences.filter(isOfProduct);
  const known = await productsOf(trx, distinctIds(ofProducts));
  await saveProducts(trx, newestProducts(known, ofProducts));

  const before = await viewsOf(trx, distinctIds(occurrences.filter((each) => !isOfProduct(each))));
  const after = new Map(before);
  for (const occurrence of occurrences) {
    if (isOfProduct(occurrence)) continue;
    const { orderId } = occurrence.data;
    after.set(orderId, apply(after.get(orderId) ?? nothingKnown, occurrence));
  }
  await saveViews(trx, before, after);
}

function distinctIds(occurrences: readonly Occurrence[]): string[] {
  return [...new Set(occurrences.map(({ data }) => aggregateIdOf(data)))];
}

/** The kernel's policy for records: as often, and as far apart; then a dead letter, and the key goes on. */
async function countFailure(
  { outbox, topics, group }: ApplyParts,
  trx: Transaction,
  row: HeardRow,
  error: unknown,
): Promise<Applied> {
  const attempts = row.attempts + 1;
  if (attempts < blockingPolicy.attempts) {
    await noteAttempt(trx, row, error, blockingPolicy.delay_ms);
    return { row, outcome: 'retried', error };
  }
  const letter = deadLetter(topics, group, row.record, error, attempts);
  await buryReceived(trx, outbox, group, row.eventId, letter);
  await markFailed(trx, row, error);
  return { row, outcome: 'dead-lettered', error };
}

function isOfEvent(error: unknown): boolean {
  const failure = classify(error);
  return failure === 'permanent' || failure === 'poison';
}
