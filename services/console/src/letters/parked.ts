import {
  discardParked,
  listParked,
  parseDeadLetterId,
  ProblemError,
  releaseParked,
  releaseParkedById,
  type Database,
  type ParkedAnswer,
} from '@naru/kernel';
import { groups, type Connections } from '@naru/operations';
import type { ParkedKey } from '../views';
import { checkSelection } from './list';
import { checkSelected } from './redrive';

const LIST_MAX = 1_000;

interface Selection {
  readonly topic?: string | undefined;
  readonly group?: string | undefined;
  readonly key?: string | undefined;
}

/** At most 1,000 of each group. */
export async function listParkedKeys(connections: Connections, selection: Selection): Promise<ParkedKey[]> {
  checkSelection(selection);
  const listed = await Promise.all(
    databases(connections, selection.group).map(([group, database]) =>
      listParked(database, { ...selection, group }, { limit: LIST_MAX }),
    ),
  );
  return listed.flat().map(({ id, topic, group, key, eventId = null, parkedAt, ...parked }) => ({
    ...{ id, topic, group, key, eventId, parkedAt: toIso(parkedAt) },
    ...{ records: parked.records, attempts: parked.attempts, reason: parked.reason },
    state: parked.state.toLowerCase(),
  }));
}

/** A database's time, which is UTC, as ISO 8601. */
export function toIso(time: string): string {
  return `${time.replace(' ', 'T')}Z`;
}

/** @returns how many keys go on */
export async function releaseKeys(
  connections: Connections,
  selection: Selection & { readonly id?: string | undefined; readonly all?: true | undefined },
): Promise<number> {
  checkSelected(selection);
  const { id, topic, group, key } = selection;
  if (id !== undefined) {
    refuse(id, await releaseParkedById(databaseOf(connections, id), id));
    return 1;
  }
  const released = await Promise.all(
    databases(connections, group).map(([name, database]) =>
      releaseParked(database, { group: name, topic, key }),
    ),
  );
  return released.reduce((sum, count) => sum + count, 0);
}

/** Makes the record that stops a key a dead letter. @throws ProblemError 404, 409 */
export async function discardKey(connections: Connections, id: string): Promise<void> {
  const database = databaseOf(connections, id);
  refuse(id, await discardParked({ ...connections, database }, id));
}

function refuse(id: string, answer: ParkedAnswer): void {
  if (answer === 'not-parked') throw new ProblemError(404, 'not-found', `${id} stops no key`);
  if (answer === 'releasing') throw new ProblemError(409, 'releasing', `${id} is being released`);
}

function databases({ databaseOf: open }: Connections, group: string | undefined): [string, Database][] {
  const meant = group === undefined ? groups : [group];
  return meant.flatMap((name) => {
    const database = open(name);
    return database ? [[name, database]] : [];
  });
}

function databaseOf(connections: Connections, id: string): Database {
  const database = connections.databaseOf(parseDeadLetterId(id)?.group ?? '');
  if (!database) throw new ProblemError(404, 'not-found', `${id} is no parked record`);
  return database;
}
