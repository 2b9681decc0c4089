import {
  discardParked,
  listParked,
  parseDeadLetterId,
  releaseParked,
  releaseParkedById,
  type Database,
  type Parked,
  type ParkedAnswer,
} from '@naru/kernel';
import { brief, groups, type Connections } from '@naru/operations';

import { UsageError } from '../arguments';
import { parseGroup, parseTopic } from '../connections';
import { table } from './table';

const REASON_LENGTH = 70;
const LIST_MAX = 1_000;

export const parkedFlags = {
  topic: { value: 'T', help: 'of this topic only' },
  group: { value: 'G', help: 'of this consumer group, or service, only' },
  key: { value: 'K', help: 'of this key only' },
} as const;

export const releaseFlags = { ...parkedFlags, all: { help: 'all parked keys' } } as const;

interface Selection {
  readonly topic?: string;
  readonly group?: string;
  readonly key?: string;
}

/** Exit code 1 says that some keys are parked. */
export async function listParkedKeys(connections: Connections, values: Selection): Promise<number> {
  const selection = { topic: parseTopic(values.topic), key: values.key };
  const keys: Parked[] = [];
  for (const [group, database] of databases(connections, parseGroup(values.group)))
    keys.push(...(await listParked(database, { ...selection, group }, { limit: LIST_MAX - keys.length })));
  if (keys.length === 0) console.log('no key is parked');
  else
    console.log(
      table([['id', 'event', 'key', 'since', 'records', 'tries', 'state', 'reason'], ...keys.map(rowOf)]),
    );
  if (keys.length >= LIST_MAX) console.log('\nthere may be more: choose a --topic or a --group');
  return 0;
}

function rowOf({ id, eventId, key, parkedAt, records, attempts, state, reason }: Parked): string[] {
  const counts = [String(records), String(attempts)];
  return [id, eventId ?? '', key, parkedAt, ...counts, state.toLowerCase(), brief(reason, REASON_LENGTH)];
}

/** Exit code 1 says that nothing is released. */
export async function release(
  connections: Connections,
  id: string | undefined,
  values: Selection & { readonly all?: boolean },
): Promise<number> {
  const { topic, group, key, all } = values;
  const isSelected = [topic, group, key].some((value) => value !== undefined);
  if ([id !== undefined, isSelected, all === true].filter(Boolean).length !== 1)
    throw new UsageError('either an ID, or --all, or some of --topic, --group, --key');
  if (id !== undefined)
    return told(id, await releaseParkedById(databaseOfId(connections, id), id), 'is released');
  let released = 0;
  for (const [reader, database] of databases(connections, parseGroup(group)))
    released += await releaseParked(database, { group: reader, topic: parseTopic(topic), key });
  console.log(
    `${released} ${released === 1 ? 'key is' : 'keys are'} released; \`parked\` shows what is left`,
  );
  return released > 0 ? 0 : 1;
}

/** Exit code 1 says that nothing is discarded. */
export async function discard(connections: Connections, id: string): Promise<number> {
  const database = databaseOfId(connections, id);
  return told(
    id,
    await discardParked({ ...connections, database }, id),
    'is a dead letter now; its key goes on',
  );
}

function told(id: string, answer: ParkedAnswer, done: string): number {
  const answers = { done, 'not-parked': 'stops no key', releasing: 'is being released' };
  console.log(`${id} ${answers[answer]}`);
  return answer === 'done' ? 0 : 1;
}

function databases(connections: Connections, group: string | undefined): [string, Database][] {
  const meant = group === undefined ? groups : [group];
  return meant.map((name) => [name, connections.databaseOf(name) as Database]);
}

function databaseOfId(connections: Connections, id: string): Database {
  const database = connections.databaseOf(parseDeadLetterId(id)?.group ?? '');
  if (!database) throw new UsageError(`"${id}" is not the id of a parked record; \`parked\` lists them`);
  return database;
}
