import { topicOf, topics, type ServiceName, type TopicDeclaration, type Topics } from '@naru/contracts';
import { createDatabase, laneOf, type IncomingRecord, type ReplayNeeds } from '@naru/kernel';
import { readState, storyOf, type Connections, type TopicReading } from '@naru/operations';

import { compareEvents, compareLetters, compareState, type Difference, type ToldLetter } from './compare';
import { isWithin, type Plan, type Window } from './plan';
import type { Replayed } from './replayed-service';
import { eventOf, firstOfEach, isDeadLetter, isFrom, letterOf, placeOf, recordsOf, typeOf } from './told';

const POOL_MAX = 2;
const all: Topics = topics;

/** How far a service's released code has come. */
export interface Released {
  readonly handledUpTo: ReadonlyMap<string, bigint>;
  /** Events that it wrote and did not publish. */
  readonly unpublished: number;
}

/** A service that is replayed, and what it is compared with. */
export interface Assignment {
  readonly service: ServiceName;
  readonly window: Window;
  readonly released: Released;
  readonly connections: Connections;
  /** Records of one partition that are read at most. */
  readonly limit: number;
  /** Each topic is read once. */
  read(topic: string): Promise<TopicReading>;
}

/** Compares events and dead letters. */
export async function compareTold(
  one: Assignment,
  { needs, told }: Replayed,
  { feed }: Plan,
): Promise<Difference[]> {
  const { service, window, connections, read } = one;
  const { codec } = connections;
  const given: ReadonlySet<string> = new Set(needs.given);
  const released: IncomingRecord[] = [];
  for (const [topic, { producer }] of declared())
    if (producer === service) released.push(...recordsOf(await read(topic)));
  await codec.prepare(released);
  const then = firstOfEach(released)
    .filter((record) => isFrom(service, record) && !given.has(typeOf(record) ?? ''))
    .map((record) => eventOf(codec, record, isWithin(window, record)));
  const now = told
    .filter(({ record }) => !isDeadLetter(record))
    .map(({ record, isHistory }) => eventOf(codec, record, !isHistory));

  const compared = new Set(feed.flatMap(({ record, isHistory }) => (isHistory ? [] : [placeOf(record)])));
  const isCompared = (place: string) => compared.has(place);
  const lettersThen = await lettersOf(one, needs, isCompared);
  const lettersNow = told
    .filter(({ record }) => isDeadLetter(record))
    .flatMap(({ record }) => letterOf(service, record, isCompared) ?? []);
  return [...compareEvents(service, then, now), ...compareLetters(service, lettersThen, lettersNow)];
}

/** The dead letters of a service's group in the topics. @param counts tells by the place of what failed */
export async function lettersOf(
  { service, read }: Assignment,
  needs: ReplayNeeds,
  counts: (place: string) => boolean,
): Promise<ToldLetter[]> {
  const letters: ToldLetter[] = [];
  for (const topic of needs.handledTopics) {
    const deadLetterTopic = all[topic]?.deadLetterTopic;
    if (deadLetterTopic === undefined) continue;
    for (const record of recordsOf(await read(deadLetterTopic))) {
      const letter = letterOf(service, record, counts);
      if (letter) letters.push(letter);
    }
  }
  return letters;
}

function declared(): [topic: string, declaration: TopicDeclaration][] {
  return Object.entries(all);
}

/** Compares what the service keeps of the stories that ended within the window: of others the live database knows more. */
export async function compareKept(
  { service, window, connections, read, released }: Assignment,
  needs: ReplayNeeds,
  { feed }: Plan,
  databaseUrl: string,
): Promise<Difference[]> {
  const stories = new Set(feed.flatMap(({ record, isHistory }) => (isHistory ? [] : [storyOf(record)])));
  const own = needs.restored.map((type): string => topicOf(type));
  for (const topic of new Set([...needs.handledTopics, ...own])) {
    for (const record of recordsOf(await read(topic))) {
      const isHandled =
        own.includes(topic) || record.offset < (released.handledUpTo.get(laneOf(record)) ?? 0n);
      if (record.timestamp_ms > window.to_ms || !isHandled) stories.delete(storyOf(record));
    }
  }
  const database = createDatabase(databaseUrl, POOL_MAX);
  try {
    const keys = [...stories];
    const live = await readState(connections.database(service), service, keys);
    return compareState(service, live, await readState(database, service, keys));
  } finally {
    await database.destroy();
  }
}

/** What was left out, or can differ without a difference in the code. */
export async function caveatsOf(
  { released, read, limit }: Assignment,
  needs: ReplayNeeds,
  { unhandled }: Plan,
): Promise<string[]> {
  const caveats = [...needs.caveats];
  if (unhandled > 0)
    caveats.push(`${unhandled} records that the released code has not handled yet are left out`);
  if (released.unpublished > 0)
    caveats.push(`${released.unpublished} of its events wait in its outbox and count as not told`);
  for (const topic of new Set([...needs.handledTopics, ...needs.restored.map((type) => topicOf(type))])) {
    const { leftOut, gone } = await read(topic);
    if (leftOut > 0)
      caveats.push(`${leftOut} older records of ${topic} are left out, beyond ${limit} of a partition`);
    if (gone > 0)
      caveats.push(`${gone} records of ${topic} are gone by retention; stories may lack their beginning`);
  }
  return caveats;
}
