import { consumerGroup } from '@naru/contracts';
import { select, type Database } from '@naru/kernel';
import { quantile } from './benchmark';

/** One event's way to one group; times are milliseconds since 1970. */
export interface Effect {
  readonly eventAt_ms: number;
  readonly latency_ms: number;
}

const readers = ['board', 'point'] as const;

/**
 * How long each event took from when its service wrote it until another took it into its database. The event's id is a
 * UUIDv7, which begins with its time; the inbox has the other.
 */
export async function effectsSince(database: Database, since_ms: number): Promise<Effect[]> {
  const effects: Effect[] = [];
  for (const service of readers) {
    const rows = await select<{ event_id: string; received_s: string }>(
      database,
      `SELECT event_id, UNIX_TIMESTAMP(received_at) AS received_s FROM naru_${service}.inbox
       WHERE consumer_group = ? AND received_at >= FROM_UNIXTIME(?)`,
      [consumerGroup(service), since_ms / 1_000],
    );
    for (const row of rows) {
      const eventAt_ms = Number.parseInt(row.event_id.replaceAll('-', '').slice(0, 12), 16);
      effects.push({ eventAt_ms, latency_ms: Number(row.received_s) * 1_000 - eventAt_ms });
    }
  }
  return effects;
}

/** Of the events written from a moment to another; undefined when there were none. */
export function latencyP99_ms(
  effects: readonly Effect[],
  from_ms: number,
  until_ms: number,
): number | undefined {
  const within = effects.filter(({ eventAt_ms }) => eventAt_ms >= from_ms && eventAt_ms < until_ms);
  return within.length === 0
    ? undefined
    : quantile(
        within.map(({ latency_ms }) => latency_ms),
        0.99,
      );
}

const WINDOW_MS = 2_000;
const WINDOW_STEP_MS = 250;

/**
 * Seconds from a moment until events are as fast again as allowed: until the beginning of the first two seconds whose
 * p99 is; Infinity when that never comes.
 */
export function recovery_s(
  effects: readonly Effect[],
  from_ms: number,
  until_ms: number,
  allowed_ms: number,
): number {
  for (let at_ms = from_ms; at_ms + WINDOW_MS <= until_ms; at_ms += WINDOW_STEP_MS) {
    const p99_ms = latencyP99_ms(effects, at_ms, at_ms + WINDOW_MS);
    if (p99_ms !== undefined && p99_ms <= allowed_ms) return (at_ms - from_ms) / 1_000;
  }
  return Infinity;
}
