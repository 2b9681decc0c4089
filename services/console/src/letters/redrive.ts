import { editedFrom, eventHeaders, topics, type TopicDeclaration } from '@naru/contracts';
import {
  headerText,
  parseDeadLetterId,
  ProblemError,
  redriveEdited,
  type EditedRecord,
  type StoredDeadLetter,
} from '@naru/kernel';
import { redriveSelected, type Connections, type LetterSelection } from '@naru/operations';
import type { RedriveResult } from '../views';
import { checkSelection } from './list';

const LIMIT_DEFAULT = 500;
/** A request waits for all that it sends: these are sent within five seconds. */
const RATE_PER_S = 200;

export interface RedriveCommand extends LetterSelection {
  readonly all?: true | undefined;
  readonly dryRun: boolean;
  readonly limit?: number | undefined;
}

/** @throws ProblemError 400 unless either something is selected, or all is said */
export function checkSelected({
  id,
  key,
  topic,
  group,
  all,
}: LetterSelection & { all?: true | undefined }): void {
  checkSelection({ topic, group });
  const isSelected = [id, key, topic, group].some((value) => value !== undefined);
  if (isSelected === (all === true))
    throw new ProblemError(400, 'invalid-request', 'either all, or some of id, key, topic and group');
}

/** Redrives what is selected, or tells what would be. */
export async function redriveLetters(
  connections: Connections,
  { dryRun, limit = LIMIT_DEFAULT, ...selection }: RedriveCommand,
  signal: AbortSignal,
): Promise<RedriveResult> {
  checkSelected(selection);
  const sent: { id: string; key: string | null }[] = [];
  const refused: { id: string; reason: string }[] = [];
  let already = 0;
  let isCutShort = false;
  const options = { dryRun, limit, ratePerSecond: RATE_PER_S };
  for await (const report of redriveSelected(connections, selection, options, signal)) {
    sent.push(...report.redriven.map(({ id, key = null }) => ({ id, key })));
    refused.push(
      ...report.refused.map(({ id, redrives }) => ({ id, reason: `quarantined after ${redrives} redrives` })),
      ...report.outOfTurn.map(({ letter, earlier }) => ({
        ...{ id: letter.id, reason: `its key waits for ${earlier}` },
      })),
    );
    already += report.already;
    isCutShort ||= report.isCutShort;
  }
  return { dryRun, sent, refused, already, isCutShort: isCutShort || sent.length >= limit };
}

/**
 * Sends an edited copy of a dead letter on to the group that failed, as an event of its own that names the original.
 * @throws ProblemError 404 without such a dead letter, 422 for a payload that is no event of its type
 */
export async function redriveCopy(
  connections: Connections,
  id: string,
  { payload, dryRun }: { readonly payload: object; readonly dryRun: boolean },
  newId: () => string,
): Promise<RedriveResult> {
  const named = parseDeadLetterId(id);
  const database = named && connections.databaseOf(named.group);
  if (!named || !database || !Object.hasOwn(topics, named.topic)) throw noSuchLetter(id);
  const request = { topic: named.topic, group: named.group, id, dryRun };
  const found = await redriveEdited({ ...connections, database }, request, (stored) =>
    edit(connections, stored, payload, newId()),
  );
  if (!found) throw noSuchLetter(id);
  const { letter, outcome } = found;
  const nothing = { dryRun, sent: [], refused: [], already: 0, isCutShort: false };
  if (outcome === 'already') return { ...nothing, already: 1 };
  if (outcome === 'sent') return { ...nothing, sent: [{ id, key: letter.key ?? null }] };
  return { ...nothing, refused: [{ id, reason: `its key waits for ${outcome.earlier}` }] };
}

function edit({ codec }: Connections, stored: StoredDeadLetter, payload: object, id: string): EditedRecord {
  const { record, letter } = stored;
  const type = headerText(record.headers, eventHeaders.type);
  const declared = (topics as Record<string, TopicDeclaration>)[letter.topic];
  if (type === undefined || !declared?.events.some((event) => event === type))
    throw unfit(`its type, ${type ?? 'none'}, is not one of ${letter.topic}`);
  const key = declared.key === null ? undefined : (payload as Record<string, unknown>)[declared.key];
  // Another key would be another partition, and an event of something else.
  if (declared.key !== null && String(key) !== letter.key)
    throw unfit(`${declared.key} is its key and stays ${letter.key ?? 'none'}`);
  let value: Buffer;
  try {
    value = codec.encode(type, payload);
  } catch (error) {
    throw unfit((error as Error).message);
  }
  const headers = [
    [eventHeaders.id, id],
    [eventHeaders.contentType, codec.contentType],
    [editedFrom, letter.eventId ?? letter.id],
  ] as const;
  return { value, headers: headers.map(([name, text]) => [name, Buffer.from(text)] as const) };
}

function unfit(detail: string): ProblemError {
  return new ProblemError(422, 'payload-invalid', detail);
}

function noSuchLetter(id: string): ProblemError {
  return new ProblemError(404, 'not-found', `${id} is no dead letter`);
}
