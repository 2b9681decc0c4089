import { topicOf } from '@naru/contracts';
import type { Transaction } from '../database/database';
import { InfrastructureError } from '../errors';
import type { Outcome } from '../telemetry/names';
import type { TopicPartition } from './broker';
import { exceptionText } from './dead-letter';
import { received } from './inbox-store';
import {
  addToParkedKey,
  hasParkedKeys,
  insertParkedKey,
  insertParkedRecords,
  lockParkedKeys,
  noteMayHaveParked,
  PARKED_KEY_BYTES_MAX,
  parkedAlready,
  type ParkedRecord,
} from './parked-store';
import { recordOf, type GroupParts, type Sorted } from './processor';

const PARKED_RECORDS_MAX = 10_000;

/** Parked keys (latin1) and how many records each has. */
export type ParkedKeys = ReadonlyMap<string, number>;
export const noKeys: ParkedKeys = new Map();

interface Failure {
  readonly error: unknown;
  readonly attempts: number;
}

/** A record that is not handled now: the one that stops its key, or one that waits behind it. */
interface Aside {
  readonly entry: Sorted;
  readonly key: string;
  readonly failure?: Failure;
}

/** The consumer's side of parking. All of it runs in a transaction that holds the partition's progress. */
export function createParking(parts: GroupParts) {
  const { group, parkedRecordsMax = PARKED_RECORDS_MAX } = parts;
  const parkingTopics = new Set<string>();
  for (const [type, handler] of parts.handlers) {
    if (handler.kind === 'transactional' && handler.onFailure === 'park')
      parkingTopics.add(topicOf(type, parts.contracts.topics));
  }

  /** Whether a record that failed for good stops its key. */
  function parks(entry: Sorted): boolean {
    if (keyOf(entry) === null) return false;
    if (entry.kind !== 'event') return parkingTopics.has(recordOf(entry).topic);
    return entry.handler.kind === 'transactional' && entry.handler.onFailure === 'park';
  }

  async function lockKeys(
    trx: Transaction,
    partition: TopicPartition,
    entries: readonly Sorted[],
  ): Promise<ParkedKeys> {
    const keys = new Set(entries.flatMap((entry) => keyOf(entry) ?? []));
    const buffers = [...keys].map((key) => Buffer.from(key, 'latin1'));
    const parked = await lockParkedKeys(trx, group, partition, buffers);
    if (parked.size === 0 && !(await hasParkedKeys(trx, group, partition)))
      await noteMayHaveParked(trx, group, partition, false);
    return parked;
  }

  /** Tells records that may be handled now from those whose key is parked, or is stopped by poison before them. */
  function divide(
    entries: readonly Sorted[],
    parked: ParkedKeys,
  ): { free: readonly Sorted[]; aside: Aside[] } {
    const stops = (entry: Sorted) => entry.kind === 'poison' && parks(entry);
    if (parked.size === 0 && !entries.some(stops)) return { free: entries, aside: [] };
    const stopped = new Set(parked.keys());
    const free: Sorted[] = [];
    const aside: Aside[] = [];
    for (const entry of entries) {
      const key = keyOf(entry);
      if (key === null || entry.kind === 'skipped') free.push(entry);
      else if (stopped.has(key)) aside.push({ entry, key });
      else if (entry.kind === 'poison' && parks(entry)) {
        stopped.add(key);
        aside.push({ entry, key, failure: { error: entry.error, attempts: 1 } });
      } else free.push(entry);
    }
    return { free, aside };
  }

  /**
   * Stores records that are not handled now; events that were handled or parked before are passed over.
   * @throws InfrastructureError when a key would have more records than allowed: the partition waits
   */
  async function putAside(
    trx: Transaction,
    partition: TopicPartition,
    aside: readonly Aside[],
    parked: ParkedKeys,
  ): Promise<Map<Sorted, Outcome>> {
    const outcomes = new Map<Sorted, Outcome>();
    if (aside.length === 0) return outcomes;
    const fresh = await freshOf(trx, partition, aside);
    const byKey = new Map<string, Aside[]>();
    for (const item of fresh) byKey.set(item.key, [...(byKey.get(item.key) ?? []), item]);
    for (const [key, items] of byKey) {
      const before = parked.get(key);
      if ((before ?? 0) + items.length > parkedRecordsMax)
        throw new InfrastructureError(
          'parked-key',
          `a parked key has ${before ?? 0} records, as many as allowed`,
        );
      const parkedKey = { group, ...partition, key: Buffer.from(key, 'latin1') };
      if (before !== undefined) await addToParkedKey(trx, parkedKey, items.length);
      else {
        const failure = items[0]?.failure;
        if (!failure) throw new Error('a key is parked by a record that failed');
        const exception = exceptionText(failure.error);
        await insertParkedKey(trx, parkedKey, items.length, failure.attempts, exception);
        await noteMayHaveParked(trx, group, partition, true);
      }
      for (const { entry, failure } of items)
        outcomes.set(entry, failure && before === undefined ? 'parked' : 'queued');
    }
    await insertParkedRecords(trx, group, fresh.map(parkedRecord));
    return outcomes;
  }

  /** Those that are neither handled nor parked already, the first of each event id. */
  async function freshOf(
    trx: Transaction,
    partition: TopicPartition,
    aside: readonly Aside[],
  ): Promise<Aside[]> {
    const eventIds = aside.flatMap(({ entry }) => eventIdOf(entry) ?? []);
    const handled = eventIds.length > 0 ? await received(trx, group, eventIds) : new Set<string>();
    const offsets = aside.map(({ entry }) => recordOf(entry).offset);
    const parked = await parkedAlready(trx, group, partition, eventIds, offsets);
    const seen = new Set([...handled, ...parked.eventIds]);
    return aside.filter(({ entry }) => {
      if (parked.offsets.has(recordOf(entry).offset)) return false;
      const eventId = eventIdOf(entry);
      return eventId === undefined || (!seen.has(eventId) && seen.add(eventId));
    });
  }

  return {
    parks,
    lockKeys,
    divide,
    putAside,
    /** Parks the key of a record that the policy has given up. */
    async park(
      trx: Transaction,
      partition: TopicPartition,
      entry: Sorted,
      failure: Failure,
    ): Promise<Outcome> {
      const key = keyOf(entry) as string;
      const parked = await lockKeys(trx, partition, [entry]);
      const outcomes = await putAside(trx, partition, [{ entry, key, failure }], parked);
      return outcomes.get(entry) ?? 'duplicate';
    },
  };
}

/** A record's key (latin1), or null when its key cannot be parked. */
function keyOf(entry: Sorted): string | null {
  const { key } = recordOf(entry);
  return key === null || key.length > PARKED_KEY_BYTES_MAX ? null : key.toString('latin1');
}

function eventIdOf(entry: Sorted): string | undefined {
  return entry.kind === 'event' ? entry.event.id : undefined;
}

function parkedRecord({ entry, key }: Aside): ParkedRecord {
  const record = { ...recordOf(entry), key: Buffer.from(key, 'latin1') };
  return { record, eventId: eventIdOf(entry) };
}
