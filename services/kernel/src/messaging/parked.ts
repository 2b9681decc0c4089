import { eventHeaders, type Topics } from '@naru/contracts';
import { execute, transaction, type Connection, type Database, type Transaction } from '../database/database';
import { headerText, type IncomingRecord } from './broker';
import {
  deadLetter,
  deadLetterId,
  parseDeadLetterId,
  writeDeadLetter,
  type ExceptionText,
} from './dead-letter';
import type { Outbox } from './outbox';
import { parkedKeyAt, parkedKeyRows, parkedWhere, type ParkedSelection } from './parked-lookup';
import {
  lockParkedKey,
  oldestParked,
  removeParked,
  startRelease,
  type ParkedKey,
  type ParkingState,
} from './parked-store';

const LIST_MAX = 1_000;

/** A parked key, as an operator sees it. */
export interface Parked {
  /** `group:topic:partition:offset` of the record that stops the key. */
  readonly id: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly eventId: string | undefined;
  readonly state: ParkingState;
  /** Records that wait, the one that stops the key included. */
  readonly records: number;
  /** How often the record that stops the key was tried; 0 while it has only waited behind others. */
  readonly attempts: number;
  readonly reason: string;
  /** When the key was parked, UTC. */
  readonly parkedAt: string;
}

/**
 * The parked keys of a service's database, by group, topic, partition and key.
 * @param limit at most 1,000
 */
export async function listParked(
  connection: Connection,
  selection: ParkedSelection = {},
  { limit = LIST_MAX, offset = 0 }: { readonly limit?: number; readonly offset?: number } = {},
): Promise<Parked[]> {
  const rows = await parkedKeyRows(connection, selection, Math.min(limit, LIST_MAX), offset);
  return rows.map(({ key, exception, message, headOffset, headHeaders, ...row }) => ({
    id: deadLetterId(row.group, { ...row, offset: headOffset }),
    group: row.group,
    topic: row.topic,
    partition: row.partition,
    key: key.toString('utf8'),
    eventId: headerText(headHeaders, eventHeaders.id),
    state: row.state,
    records: row.records,
    attempts: row.attempts,
    reason: exception && `${exception}: ${message}`,
    parkedAt: row.parkedAt,
  }));
}

/** Lets the group's consumers handle the records of parked keys, in order. @returns how many keys */
export async function releaseParked(connection: Connection, selection: ParkedSelection): Promise<number> {
  const { sql, values } = parkedWhere(selection);
  const update = `UPDATE parked_keys SET parking_state = 'RELEASING' WHERE parking_state = 'PARKED' AND ${sql}`;
  return (await execute(connection, update, values)).affectedRows;
}

/** `not-parked`: no key is stopped by that record. `releasing`: its key is being released. */
export type ParkedAnswer = 'done' | 'not-parked' | 'releasing';

/** Releases the key that is stopped by the record with this id. */
export async function releaseParkedById(database: Database, id: string): Promise<ParkedAnswer> {
  return withHead(database, id, async (trx, { key }) => startRelease(trx, key));
}

export interface DiscardParts {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly topics: Topics;
}

/**
 * Gives up the record that stops a key: it goes to the dead-letter topic, once, and the records behind it are released.
 * Names the record, so that no other is ever discarded by mistake.
 */
export async function discardParked(
  { database, outbox, topics }: DiscardParts,
  id: string,
): Promise<ParkedAnswer> {
  return withHead(database, id, async (trx, { key, head, attempts, exception }) => {
    const error = Object.assign(new Error(exception.message), exception);
    await writeDeadLetter(trx, outbox, key.group, deadLetter(topics, key.group, head, error, attempts));
    if (await removeParked(trx, key, [head])) await startRelease(trx, key);
  });
}

interface Head {
  readonly key: ParkedKey;
  readonly head: IncomingRecord;
  readonly attempts: number;
  readonly exception: ExceptionText;
}

/** Runs work on the key that the record with this id stops, with the key locked. */
function withHead(
  database: Database,
  id: string,
  work: (trx: Transaction, head: Head) => Promise<void>,
): Promise<ParkedAnswer> {
  return transaction(database, async (trx) => {
    const position = parseDeadLetterId(id);
    const key = position && (await parkedKeyAt(trx, position.group, position, position.offset));
    const locked = key && (await lockParkedKey(trx, key));
    const [head] = locked ? await oldestParked(trx, key, 1) : [];
    if (!key || !locked || head?.offset !== position.offset) return 'not-parked';
    if (locked.state === 'RELEASING') return 'releasing';
    await work(trx, { key, head, attempts: locked.attempts, exception: locked.exception });
    return 'done';
  });
}
