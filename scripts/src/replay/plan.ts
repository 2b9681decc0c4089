import { topics, type EventType, type Topics } from '@naru/contracts';
import { laneOf, type IncomingRecord, type ReplayNeeds } from '@naru/kernel';
import { storyOf } from '@naru/operations';

/** What is replayed and compared. */
export interface Window {
  /** Timestamps of records, milliseconds since the epoch, both ends within. */
  readonly from_ms: number;
  readonly to_ms: number;
  /** Whose records; without it everybody's. */
  readonly stories?: ReadonlySet<string>;
}

/** A record that a service may be given. */
export interface Candidate {
  readonly record: IncomingRecord;
  readonly type: string | undefined;
  /** When the service took it in, or wrote it; milliseconds since the epoch. */
  readonly at_ms: number;
  /** Written by the service itself: what it restores from. */
  readonly isOwn: boolean;
}

export interface Feed {
  readonly record: IncomingRecord;
  readonly isHistory: boolean;
  /** Why it became a dead letter then, if it did. */
  readonly givenUp?: string;
}

export interface Plan {
  /** In the order in which the service handles them. */
  readonly feed: readonly Feed[];
  /** Records of the window that the released code has not handled yet. */
  readonly unhandled: number;
}

const all: Topics = topics;
const FOR_EVER = -1;

/** Whether a record is one that is replayed and compared, rather than a part of what was before. */
export function isWithin({ from_ms, to_ms, stories }: Window, record: IncomingRecord): boolean {
  const { timestamp_ms } = record;
  return timestamp_ms >= from_ms && timestamp_ms <= to_ms && (stories?.has(storyOf(record)) ?? true);
}

/**
 * Chooses and orders what a service is given: by the time at which the released code came to it, each partition's records
 * in their order; a record before the window, or of another story, only where the service needs it.
 * @param lanes candidates by partition, each in the partition's order
 * @param handledUpTo the next offset of each partition that the released code has not handled, by `laneOf`
 */
export function planFeed(
  lanes: readonly (readonly Candidate[])[],
  needs: ReplayNeeds,
  window: Window,
  handledUpTo: ReadonlyMap<string, bigint>,
): Plan {
  let unhandled = 0;
  const wanted = lanes.map((lane) =>
    lane.filter(({ record, type, isOwn }) => {
      if (record.timestamp_ms > window.to_ms) return false;
      if (isOwn && !needs.restored.includes(type as EventType)) return false;
      if (!isNeeded(record, needs, window)) return false;
      if (isOwn || record.offset < (handledUpTo.get(laneOf(record)) ?? 0n)) return true;
      if (isWithin(window, record)) unhandled++;
      return false;
    }),
  );
  const feed = merge(wanted).map(({ record }) => ({ record, isHistory: !isWithin(window, record) }));
  return { feed, unhandled };
}

/** Whether a service needs a record at all, be it to be compared or as a part of what was before. */
export function isNeeded(record: IncomingRecord, needs: ReplayNeeds, { stories }: Window): boolean {
  if (stories === undefined || needs.dependsOnOtherKeys || stories.has(storyOf(record))) return true;
  return all[record.topic]?.retentionMs === FOR_EVER;
}

/** Takes from whichever partition has the earliest next; of two at the same time what the service heard comes first. */
function merge(lanes: readonly (readonly Candidate[])[]): Candidate[] {
  const heads = lanes.map((lane) => ({ lane, next: 0 }));
  const merged: Candidate[] = [];
  const total = lanes.reduce((sum, { length }) => sum + length, 0);
  while (merged.length < total) {
    let first: { head: (typeof heads)[number]; candidate: Candidate } | undefined;
    for (const head of heads) {
      const candidate = head.lane[head.next];
      if (candidate && (!first || isEarlier(candidate, first.candidate))) first = { head, candidate };
    }
    if (!first) break;
    first.head.next++;
    merged.push(first.candidate);
  }
  return merged;
}

function isEarlier(one: Candidate, other: Candidate): boolean {
  return one.at_ms < other.at_ms || (one.at_ms === other.at_ms && !one.isOwn && other.isOwn);
}
