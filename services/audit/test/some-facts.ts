import type { Facts, LogFacts, LogRecord, OutboxRow, ServiceFacts } from '../src/facts';
import { laneOf } from '../src/views';

export const NOW_MS = Date.parse('2026-11-20T12:00:00Z');
export const GROUP = 'point-consumer-group';
export const TOPIC = 'user.signed-up';
export const DEAD_LETTERS = 'user.signed-up.dlt';

/** A record of an event that the point service handles; its fingerprint is `f:<event id>`. */
export function aRecord(eventId: string, offset: number, more: Partial<LogRecord> = {}): LogRecord {
  return {
    topic: TOPIC,
    partition: 0,
    offset,
    timestamp_ms: NOW_MS,
    eventId,
    type: 'user.signed-up',
    source: '/naru/user',
    redriveGroup: undefined,
    isIdentified: true,
    isDecoded: true,
    fingerprint: `f:${eventId}`,
    content: `c:${eventId}`,
    data: undefined,
    letter: undefined,
    ...more,
  };
}

/** The dead letter of a record, as the group's service writes it. */
export function aLetter(
  of: LogRecord,
  offset: number,
  more: Partial<LogRecord> = {},
  group = GROUP,
): LogRecord {
  const id = `${group}:${of.topic}:${of.partition}:${of.offset}`;
  const letter = { id, group, topic: of.topic, partition: of.partition, offset: of.offset };
  return { ...of, topic: DEAD_LETTERS, offset, fingerprint: `f:${id}`, letter, ...more };
}

export function aRow(eventId: string, id: number, more: Partial<OutboxRow> = {}): OutboxRow {
  return {
    id,
    eventId,
    topic: TOPIC,
    partition: 0,
    orderingKey: '1',
    status: 'PUBLISHED',
    publishedAt_ms: NOW_MS,
    lastError: null,
    fingerprint: `f:${eventId}`,
    ...more,
  };
}

export function aLog(records: readonly LogRecord[], more: Partial<LogFacts> = {}): LogFacts {
  const high = (records.at(-1)?.offset ?? -1) + 1;
  const { topic = TOPIC, partition = 0 } = records[0] ?? {};
  return { topic, partition, low: 0, high, retention_ms: -1, records, ...more };
}

/** A service whose group has read everything of the logs and received every event. */
export function aService(
  name: string,
  logs: readonly LogFacts[],
  more: Partial<ServiceFacts> = {},
): ServiceFacts {
  const ends = new Map(logs.map((log) => [laneOf(log), log.high]));
  const received = new Set(logs.flatMap(({ records }) => records.flatMap(({ eventId }) => eventId ?? [])));
  const group = `${name}-consumer-group`;
  return { name, group, rows: [], received, progress: ends, committed: ends, parked: [], ...more };
}

export function someFacts(more: Partial<Facts> = {}): Facts {
  return {
    readAt_ms: NOW_MS,
    isAtRest: true,
    topics: {},
    services: [],
    subscriptions: [],
    logs: [],
    commits: [],
    sources: [],
    ...more,
  };
}

/** User publishes to point: one log, its outbox rows, and the group that reads it. */
export function crossing(
  records: readonly LogRecord[],
  more: {
    rows?: readonly OutboxRow[];
    letters?: readonly LogRecord[];
    point?: Partial<ServiceFacts>;
    log?: Partial<LogFacts>;
  } = {},
): Facts {
  const log = aLog(records, more.log);
  const letters = more.letters ?? [];
  const logs = [log, aLog(letters, { topic: DEAD_LETTERS })];
  const letterRows = letters.map(({ fingerprint, letter }, index) =>
    aRow(letter?.id ?? '', index + 1, { topic: DEAD_LETTERS, fingerprint }),
  );
  return someFacts({
    logs,
    services: [
      aService('user', [], {
        rows: more.rows ?? records.map(({ eventId = '' }, index) => aRow(eventId, index + 1)),
      }),
      aService('point', [log], { rows: letterRows, ...more.point }),
    ],
    subscriptions: [{ service: 'point', group: GROUP, topic: TOPIC, types: ['user.signed-up'] }],
  });
}
