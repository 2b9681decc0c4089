import { isUtf8 } from 'node:buffer';

import {
  findDeadLetters,
  listDeadLetters,
  parseDeadLetterId,
  type DeadLetter,
  type DeadLetterState,
  type StoredDeadLetter,
} from '@naru/kernel';
import { brief, lanes, type Connections } from '@naru/operations';

import { parseCount, UsageError } from '../arguments';
import { parseGroup, parseTopic } from '../connections';
import { table } from './table';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1_000;
const FOUND_MAX = 50;
const REASON_LENGTH = 70;
const states: readonly DeadLetterState[] = ['waiting', 'redriven', 'quarantined'];

export const listFlags = {
  topic: { value: 'T', help: 'of this topic only' },
  group: { value: 'G', help: 'of this consumer group, or service, only' },
  key: { value: 'K', help: 'of this key only' },
  state: { value: 'S', help: `in this state only: ${states.join(', ')}` },
  limit: { value: 'N', help: `at most so many; ${LIMIT_DEFAULT} by default` },
  after: { value: 'PLACE', help: 'go on where the list before ended; needs --topic' },
} as const;

type ListValues = { readonly [K in keyof typeof listFlags]?: string };

/** Exit code 1 says that some of those listed wait or are quarantined. */
export async function list(connections: Connections, values: ListValues): Promise<number> {
  const state = states.find((known) => known === values.state);
  if (values.state !== undefined && !state)
    throw new UsageError(`--state is "${values.state}": one of ${states.join(', ')}`);
  if (values.after !== undefined && !/^\d+:\d+$/.test(values.after))
    throw new UsageError('--after is not where a list ended');
  if (values.after !== undefined && values.topic === undefined) throw new UsageError('--after needs --topic');
  const limit = parseCount('limit', values.limit, LIMIT_MAX) ?? LIMIT_DEFAULT;
  const group = parseGroup(values.group);
  const letters: DeadLetter[] = [];
  for (const { topic } of lanes(parseTopic(values.topic), group)) {
    let after: string | null | undefined = values.after;
    do {
      if (letters.length >= limit) break;
      const query = { topic, group, key: values.key, state, limit: limit - letters.length };
      const page = await listDeadLetters(connections, { ...query, after: after ?? undefined });
      letters.push(...page.letters);
      after = page.next;
    } while (after !== null);
    if (letters.length < limit) continue;
    print(letters);
    console.log(
      `\nthere may be more: --topic ${topic}${after ? ` --after ${after}` : ''}, or a larger --limit`,
    );
    return 0;
  }
  print(letters);
  return 0;
}

function print(letters: readonly DeadLetter[]) {
  if (letters.length === 0) return console.log('no dead letters');
  const heads = ['id', 'event', 'key', 'at', 'redrives', 'state', 'reason'];
  console.log(table([heads, ...letters.map(rowOf)]));
}

function rowOf({ id, eventId, key, at_ms, redrives, state, reason }: DeadLetter): string[] {
  const at = new Date(at_ms).toISOString();
  return [id, eventId ?? '', key ?? '', at, String(redrives), state, brief(reason, REASON_LENGTH)];
}

/** Exit code 1 says that there is none with this id. */
export async function show(connections: Connections, id: string): Promise<number> {
  const topic = parseTopic(parseDeadLetterId(id)?.topic);
  const found: StoredDeadLetter[] = [];
  for (const lane of lanes(topic, undefined)) {
    if (found.length < FOUND_MAX)
      found.push(...(await findDeadLetters(connections, lane.topic, id, FOUND_MAX - found.length)));
  }
  if (found.length === 0) console.log(`${id} is no dead letter`);
  const texts: string[] = [];
  for (const stored of found) texts.push(describe(stored, await connections.codec.presentable(stored.record)));
  console.log(texts.join('\n\n'));
  return found.length > 0 ? 0 : 1;
}

function describe({ letter, record }: StoredDeadLetter, value: Buffer | null): string {
  const fields = [
    ['id', letter.id],
    ['group', letter.group],
    ['event', letter.eventId ?? ''],
    ['key', letter.key ?? ''],
    ['at', new Date(letter.at_ms).toISOString()],
    ['state', letter.state],
    ['redrives', String(letter.redrives)],
    ['stored in', `${record.topic}, partition ${record.partition}, offset ${record.offset}`],
  ];
  const headers = record.headers.map(([name, value]) => [`  ${name}`, readable(value)]);
  return [table(fields), 'headers', table(headers), 'payload', `  ${readable(value)}`].join('\n');
}

function readable(bytes: Buffer | null): string {
  if (bytes === null) return '(none)';
  return isUtf8(bytes) ? bytes.toString('utf8') : `base64:${bytes.toString('base64')}`;
}
