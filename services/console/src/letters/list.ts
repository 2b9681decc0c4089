import {
  ProblemError,
  listStoredDeadLetters,
  type DeadLetterState,
  type StoredDeadLetter,
} from '@naru/kernel';
import { groups, lanes, topicNames, type Connections } from '@naru/operations';
import { payloadText } from '../masking';
import type { DeadLetterPage, DeadLetterView } from '../views';

const LIMIT_DEFAULT = 100;

export interface LettersQuery {
  readonly topic?: string | undefined;
  readonly group?: string | undefined;
  readonly key?: string | undefined;
  readonly state?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** @throws ProblemError 400 for a topic or group that is none of Naru's */
export function checkSelection({ topic, group }: Pick<LettersQuery, 'topic' | 'group'>): void {
  if (topic !== undefined && !topicNames.includes(topic)) throw unknown('topic', topicNames);
  if (group !== undefined && !groups.includes(group)) throw unknown('group', groups);
}

function unknown(field: string, known: readonly string[]): ProblemError {
  return new ProblemError(400, 'invalid-request', `not valid: ${field}`, {
    errors: [{ field, message: `is one of ${known.join(', ')}` }],
  });
}

/** Dead letters of one topic, or of all, topic after topic. @throws ProblemError 400 for what no page gave as `after` */
export async function listLetters(
  connections: Connections,
  { topic, group, key, state, after, limit = LIMIT_DEFAULT }: LettersQuery,
  isShown: boolean,
): Promise<DeadLetterPage> {
  checkSelection({ topic, group });
  const meant = lanes(topic, group).map((lane) => lane.topic);
  const place = after === undefined ? undefined : parsePlace(after, meant);
  const letters: DeadLetterView[] = [];
  for (const name of meant.slice(place ? meant.indexOf(place.topic) : 0)) {
    let from = place?.topic === name ? place.after : undefined;
    do {
      const query = { topic: name, group, key, state: state as DeadLetterState | undefined };
      const page = await listStoredDeadLetters(connections, {
        ...{ ...query, after: from, limit: limit - letters.length },
      });
      for (const stored of page.letters) letters.push(await viewOf(connections, stored, isShown));
      from = page.next ?? undefined;
      if (from !== undefined && letters.length >= limit) return { letters, next: `${name}~${from}` };
    } while (from !== undefined);
  }
  return { letters, next: null };
}

function parsePlace(after: string, meant: readonly string[]): { topic: string; after: string | undefined } {
  const [, topic = '', place] = /^([^~]+)~(\d+:\d+)$/.exec(after) ?? [];
  if (meant.includes(topic)) return { topic, after: place };
  throw new ProblemError(400, 'invalid-request', 'not valid: after', {
    errors: [{ field: 'after', message: 'is not where a page of these ended' }],
  });
}

async function viewOf(
  { codec }: Connections,
  { letter, record }: StoredDeadLetter,
  isShown: boolean,
): Promise<DeadLetterView> {
  const { id, topic, group, key = null, eventId = null, at_ms, reason, redrives, state } = letter;
  const at = new Date(at_ms).toISOString();
  return {
    id,
    topic,
    group,
    key,
    eventId,
    at,
    reason,
    redrives,
    state,
    ...payloadText(await codec.presentable(record), isShown),
  };
}
