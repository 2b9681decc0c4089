import type { Topics } from '@naru/contracts';
import avsc from 'avsc';
import { breaksBetween, type Break, type Breakage } from './breakages';
import {
  branchesOf,
  describe,
  EVENTS_DIRECTORY,
  isArray,
  isMap,
  isRecord,
  parseEventSchema,
} from './schemas';
import type { EventRecord } from './schemas';

/** What is released of an event type. */
export interface Release {
  /** The topic that carries it. */
  readonly topic: string;
  /** The payload field that is the topic's key; null where there is none. */
  readonly key: string | null;
  /** Schemas as they were released, version 1 first. */
  readonly versions: readonly object[];
}

export interface Evolution {
  /** Event type → the schema that services are built with. */
  readonly current: ReadonlyMap<string, object>;
  readonly releases: ReadonlyMap<string, Release>;
  readonly topics: Topics;
}

/**
 * FULL_TRANSITIVE: each current schema reads what every released version wrote, and every released version reads what
 * the current one writes, in Avro and in JSON. Besides, a released event type stays, on its topic, under its name,
 * with the key that it had.
 * @returns what breaks that, by event type; nothing when all is well
 */
export function breakagesOf({ current, releases, topics }: Evolution): Breakage[] {
  const types = [...new Set([...current.keys(), ...releases.keys()])].sort();
  return types.flatMap((eventType) => {
    const release = releases.get(eventType);
    const schema = current.get(eventType);
    if (!schema) return release ? [vanished(eventType, release)] : [];
    const parsed = parse(eventType, schema);
    if ('broke' in parsed) return [parsed];
    return [
      ...ambiguousUnions(eventType, parsed),
      ...(release
        ? [...topicChanges(eventType, release, topics), ...against(eventType, parsed, release)]
        : []),
    ];
  });
}

function parse(eventType: string, schema: object): EventRecord | Breakage {
  try {
    return parseEventSchema(schema);
  } catch (error) {
    return {
      eventType,
      kind: 'not-a-schema',
      versions: [],
      broke: `${EVENTS_DIRECTORY}/${eventType}.avsc is not a valid schema of an event: ${(error as Error).message}`,
      instead: 'Mend it.',
    };
  }
}

function vanished(eventType: string, { versions }: Release): Breakage {
  return {
    eventType,
    kind: 'vanished',
    versions: versions.map((_, index) => index + 1),
    broke:
      'it is released and has no schema any more, so its records in the topics would become dead letters',
    instead: `Put ${EVENTS_DIRECTORY}/${eventType}.avsc back, as it was released last, and stop writing the event.`,
  };
}

function topicChanges(eventType: string, { topic, key, versions }: Release, topics: Topics): Breakage[] {
  const declared = topics[topic];
  const all = versions.map((_, index) => index + 1);
  if (!declared?.events.includes(eventType as never)) {
    return [
      {
        eventType,
        kind: 'topic-changed',
        versions: all,
        broke: `topic ${topic} does not carry it any more, so its records there would become dead letters`,
        instead: `Keep it on ${topic}; write a new event type to the other topic instead.`,
      },
    ];
  }
  if (declared.key === key) return [];
  return [
    {
      eventType,
      kind: 'key-changed',
      versions: all,
      broke: `the key of topic ${topic} was ${key ?? 'none'} and is ${declared.key ?? 'none'}, so what is in order now would not stay so`,
      instead: 'Keep the key; declare a new version of the topic, with a new event type, instead.',
    },
  ];
}

function against(eventType: string, current: EventRecord, release: Release): Breakage[] {
  const found = release.versions.flatMap((schema, index) =>
    withVersion(parseEventSchema(schema), current, release).map((broken) => ({
      ...broken,
      version: index + 1,
    })),
  );
  const told = new Map<string, Breakage>();
  for (const { kind, broke, instead, version } of found) {
    const versions = told.get(broke)?.versions ?? [];
    if (!versions.includes(version))
      told.set(broke, { eventType, kind, versions: [...versions, version], broke, instead });
  }
  return [...told.values()];
}

function withVersion(released: EventRecord, current: EventRecord, { topic, key }: Release): Break[] {
  if (released.name !== current.name) return [renamed(released, current)];
  const ofKey = key === null ? null : keyChange(released, current, topic, key);
  // What its field went through besides is not worth telling.
  return ofKey
    ? [ofKey, ...breaksBetween(released, current).filter(({ path }) => path !== key)]
    : breaksBetween(released, current);
}

function renamed(released: EventRecord, current: EventRecord): Break {
  return {
    kind: 'renamed',
    path: '',
    broke: `it was ${released.name} and is ${current.name}: by namespace and name the registry and readers know an event`,
    instead: 'Keep both; what has another name is a new event type, in a file of its own.',
  };
}

function keyChange(released: EventRecord, current: EventRecord, topic: string, key: string): Break | null {
  const typeIn = (record: EventRecord) => record.fields.find(({ name }) => name === key)?.type;
  const before = typeIn(released);
  const after = typeIn(current);
  if (!before || (after && before.equals(after))) return null;
  const change = after
    ? `its type was changed from ${describe(before)} to ${describe(after)}`
    : 'it was removed';
  return {
    kind: 'key-changed',
    path: key,
    broke: `"${key}" is the key of topic ${topic}, and ${change}: events of one key would no longer be in order`,
    instead: 'Keep it as it was; another key needs a new version of the topic, with a new event type.',
  };
}

/** Unions whose branches JSON cannot tell apart: avsc would wrap their values, which handlers do not expect. */
function ambiguousUnions(eventType: string, record: EventRecord): Breakage[] {
  return unionsIn(record, new Set())
    .filter((type) => avsc.Type.isType(type, 'union:wrapped'))
    .map((type): Breakage => ({
      eventType,
      kind: 'ambiguous-union',
      versions: [],
      broke: `a union is ${describe(type)}, which are not to be told apart in JSON`,
      instead: 'Keep one of them, and add a field with a default beside it for the other.',
    }));
}

function unionsIn(type: avsc.Type, seen: Set<avsc.Type>): avsc.Type[] {
  if (seen.has(type)) return [];
  seen.add(type);
  if (isRecord(type)) return type.fields.flatMap((field) => unionsIn(field.type, seen));
  if (isArray(type)) return unionsIn(type.itemsType, seen);
  if (isMap(type)) return unionsIn(type.valuesType as avsc.Type, seen);
  if (!avsc.Type.isType(type, 'union')) return [];
  return [type, ...branchesOf(type).flatMap((branch) => unionsIn(branch, seen))];
}
