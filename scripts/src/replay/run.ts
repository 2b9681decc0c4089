import { consumerGroup, eventHeaders, topicOf, type ServiceName } from '@naru/contracts';
import {
  createDatabase,
  databaseSchemaStore,
  headerText,
  type CapturedEffect,
  type Database,
  type IncomingRecord,
  type ReplayNeeds,
} from '@naru/kernel';
import {
  awaitPublished,
  handledUpTo,
  readTopic,
  takenInAt,
  type Connections,
  type TopicReading,
} from '@naru/operations';

import type { Difference } from './compare';
import { caveatsOf, compareKept, compareTold, lettersOf, type Assignment, type Released } from './judge';
import { isNeeded, planFeed, type Candidate, type Plan } from './plan';
import { compiledService, ReplayError, replayService } from './replayed-service';
import { dropLeftOvers, scratchDatabases, type ScratchDatabases } from './scratch-databases';
import { firstOfEach, isFrom, placeOf, recordsOf, typeOf } from './told';
import { windowOf, type Selection } from './window';

const PUBLISHED_MS_MAX = 10_000;

export interface ReplaySources {
  readonly connections: Connections;
  /** The database server's administrator. */
  readonly rootUrl: string;
  readonly jwtKeysFile: string;
  /** The checkout that holds the code. */
  readonly code: string;
  /** Environment variables of single services. */
  readonly settings: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;
  /** Records of one partition that are read at most, the newest ones. */
  readonly limit: number;
  readonly signal: AbortSignal;
  onProgress?(service: ServiceName): void;
}

export interface ServiceReport {
  readonly service: ServiceName;
  /** Records that were handled and compared, and those that only made what was before. */
  readonly records: number;
  readonly history: number;
  readonly told: number;
  readonly effects: readonly CapturedEffect[];
  readonly differences: readonly Difference[];
  /** What was left out, or can differ without a difference in the code. */
  readonly caveats: readonly string[];
}

export interface ReplayReport {
  /** RFC 3339; null is the beginning of the topics. */
  readonly from: string | null;
  readonly to: string;
  /** Orders, users and products; null when all are meant. */
  readonly stories: number | null;
  readonly services: readonly ServiceReport[];
  readonly isSame: boolean;
}

/**
 * Replays what a selection names through services' code, in scratch databases that are dropped again, and compares. The
 * live system is only read.
 * @throws ReplayError when it cannot be done
 */
export async function runReplay(selection: Selection, sources: ReplaySources): Promise<ReplayReport> {
  const { connections, rootUrl, code, signal, limit } = sources;
  for (const service of selection.services) compiledService(code, service);
  const now_ms = Date.now();
  await dropLeftOvers(rootUrl, now_ms);
  const scratch = scratchDatabases(rootUrl, now_ms);
  const readings = new Map<string, Promise<TopicReading>>();
  const read = (topic: string) => {
    const reading = readings.get(topic) ?? readTopic(connections.broker, topic, limit);
    readings.set(topic, reading);
    return reading;
  };
  try {
    // Before any topic is read, so that of what was handled nothing that it led to is missed.
    const handled = new Map<ServiceName, Released>();
    for (const service of selection.services) handled.set(service, await releasedUpTo(connections, service));
    const reading = selection.topic === undefined ? undefined : await read(selection.topic);
    const window = windowOf(selection, reading ? recordsOf(reading) : [], now_ms);
    if (!window) throw new ReplayError(`no record of ${selection.topic} is within the window`);
    const reports: ServiceReport[] = [];
    for (const [service, released] of handled) {
      if (signal.aborted) throw new ReplayError('interrupted');
      sources.onProgress?.(service);
      reports.push(
        await replayOne({ service, window, released, connections, limit, read }, scratch, sources),
      );
    }
    return {
      from: window.from_ms === 0 ? null : new Date(window.from_ms).toISOString(),
      to: new Date(window.to_ms).toISOString(),
      stories: window.stories?.size ?? null,
      services: reports,
      isSame: reports.every(({ differences }) => differences.length === 0),
    };
  } finally {
    await scratch.dropAll();
  }
}

async function releasedUpTo(connections: Connections, service: ServiceName): Promise<Released> {
  const database = connections.database(service);
  const upTo = await handledUpTo(database, consumerGroup(service));
  return { handledUpTo: upTo, unpublished: await awaitPublished(database, PUBLISHED_MS_MAX) };
}

async function replayOne(
  one: Assignment,
  scratch: ScratchDatabases,
  sources: ReplaySources,
): Promise<ServiceReport> {
  const { service, window, released } = one;
  const { code, jwtKeysFile, settings, signal } = sources;
  const databaseUrl = await scratch.create(service);
  let plan: Plan = { feed: [], unhandled: 0 };
  const running = { service, code, databaseUrl, jwtKeysFile, signal, settings: settings[service] ?? {} };
  const replayed = await replayService(running, async (needs) => {
    await copySchemas(one.connections.database(service), databaseUrl);
    plan = planFeed(await candidates(one, needs), needs, window, released.handledUpTo);
    const letters = await lettersOf(one, needs, () => true);
    const givenUp = new Map(letters.map(({ place, message }) => [place, message]));
    return plan.feed.map((fed) => {
      const reason = givenUp.get(placeOf(fed.record));
      return reason === undefined ? fed : { ...fed, givenUp: reason };
    });
  });
  const compared = plan.feed.filter(({ isHistory }) => !isHistory);
  return {
    service,
    records: compared.length,
    history: plan.feed.length - compared.length,
    told: replayed.told.filter(({ isHistory }) => !isHistory).length,
    effects: replayed.effects.flatMap(({ effect, isHistory }) => (isHistory ? [] : [effect])),
    differences: [
      ...(await compareTold(one, replayed, plan)),
      ...(await compareKept(one, replayed.needs, plan, databaseUrl)),
    ],
    caveats: await caveatsOf(one, replayed.needs, plan),
  };
}

/** What the service has read or written Avro by, so that it can read it again without asking a registry. */
async function copySchemas(live: Database, scratchUrl: string): Promise<void> {
  const scratch = createDatabase(scratchUrl, 2);
  try {
    const store = databaseSchemaStore(scratch);
    for (const schema of await databaseSchemaStore(live).load()) await store.save(schema);
  } finally {
    await scratch.destroy();
  }
}

/** What the service may be given, by partition. */
async function candidates(one: Assignment, needs: ReplayNeeds): Promise<Candidate[][]> {
  const { service, window, connections, read } = one;
  const lanes: Candidate[][] = [];
  const database = connections.database(service);
  for (const topic of needs.handledTopics) {
    for (const records of (await read(topic)).lanes.values()) {
      const needed = records.filter((record) => isNeeded(record, needs, window));
      const ids = needed.flatMap(({ headers }) => headerText(headers, eventHeaders.id) ?? []);
      const at = await takenInAt(database, consumerGroup(service), ids);
      lanes.push(
        needed.map((record) => {
          const takenIn_ms = at.get(headerText(record.headers, eventHeaders.id) ?? '');
          return { record, type: typeOf(record), at_ms: takenIn_ms ?? record.timestamp_ms, isOwn: false };
        }),
      );
    }
  }
  for (const topic of new Set(needs.restored.map((type) => topicOf(type)))) {
    for (const records of (await read(topic)).lanes.values()) {
      const own = firstOfEach(records).filter((record) => isFrom(service, record));
      lanes.push(
        own.map((record) => ({ record, type: typeOf(record), at_ms: writtenAt(record), isOwn: true })),
      );
    }
  }
  return lanes;
}

function writtenAt({ headers, timestamp_ms }: IncomingRecord): number {
  const time_ms = Date.parse(headerText(headers, eventHeaders.time) ?? '');
  return Number.isNaN(time_ms) ? timestamp_ms : time_ms;
}
