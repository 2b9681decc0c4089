import type { ServiceName } from '@naru/contracts';
import { listDeadLetters, listParked, select, type Database } from '@naru/kernel';
import { groups, lanes, type Connections } from '../connections';

export const ROWS_MAX = 200;
const REASON_LENGTH = 100;

/** Text on one line, cut to a length. */
export function brief(text: string, lengthMax: number): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= lengthMax ? line : `${line.slice(0, lengthMax - 1)}…`;
}

/** Rows of an outbox that are not published, a line each. @param condition on its columns */
export async function unpublishedWhere(
  database: Database,
  service: ServiceName,
  condition: string,
  values: readonly unknown[],
): Promise<string[]> {
  const rows = await select<{ topic: string; status: string; at: string; error: string | null }>(
    database,
    `SELECT topic, outbox_status AS status, created_at AS at, last_error AS error FROM outbox
     WHERE outbox_status <> 'PUBLISHED' AND ${condition} ORDER BY id LIMIT ${ROWS_MAX}`,
    values,
  );
  return rows.map(
    ({ topic, status, at, error }) =>
      `${at}  ${service} for ${topic}: ${status}${error ? `, ${brief(error, REASON_LENGTH)}` : ''}`,
  );
}

/** The dead letters of a key, a line each. @param of the topics to look at; all without it */
export async function lettersOfKey(
  connections: Connections,
  key: string,
  of: readonly string[] = lanes(undefined, undefined).map(({ topic }) => topic),
): Promise<string[]> {
  const pages = await Promise.all(
    of.map((topic) => listDeadLetters(connections, { topic, key, limit: ROWS_MAX })),
  );
  return pages.flatMap(({ letters }) =>
    letters.map(({ id, eventId, at_ms, state, reason }) => {
      const at = new Date(at_ms).toISOString();
      return `${at}  ${id}, event ${eventId ?? 'unknown'}, ${state}: ${brief(reason, REASON_LENGTH)}`;
    }),
  );
}

/** What is parked of a key, a line each. @param of the topics that count; all without it */
export async function parkedOfKey(
  { databaseOf }: Connections,
  key: string,
  of?: readonly string[],
): Promise<string[]> {
  const parked = await Promise.all(
    groups.map(async (group) => {
      const database = databaseOf(group);
      return database ? listParked(database, { group, key }) : [];
    }),
  );
  return parked
    .flat()
    .filter(({ topic }) => of === undefined || of.includes(topic))
    .map(({ id, state, reason }) => `${id}, ${state}: ${brief(reason, REASON_LENGTH)}`);
}
