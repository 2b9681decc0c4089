import { InfrastructureError, type Redis } from '@naru/kernel';

/** Name of the dependency in logs and metrics. */
export const REDIS = 'redis';
/** Longer than a send may take. */
export const LEASE_MS = 30_000;
/** So long Redis alone can tell that an event was sent; after that the database does. */
const DONE_TTL_S = 24 * 60 * 60;
const DONE = 'done';

/** By which one process at a time works on an event; the database is what remembers for good. */
export interface EventLease {
  /**
   * @param token names this attempt, for ever
   * @returns `held` while another attempt's lease runs, `done` when the event's effect is there already
   * @throws InfrastructureError while Redis is not to be had, as all of these do
   */
  take(eventId: string, token: string): Promise<'taken' | 'held' | 'done'>;
  /** Ends a lease before its time, unless it has run out and another attempt holds the event. */
  release(eventId: string, token: string): Promise<void>;
  markDone(eventId: string): Promise<void>;
}

/** Atomic: between a look and a delete the lease could run out and be another's. */
const COMPARE_AND_DELETE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

export function idempotencyKey(eventId: string): string {
  return `notification:idempotency:${eventId}`;
}

export function createEventLease(redis: Redis): EventLease {
  return {
    async take(eventId, token) {
      const key = idempotencyKey(eventId);
      const taken = await asked(redis.set(key, token, 'PX', LEASE_MS, 'NX'));
      if (taken !== null) return 'taken';
      return (await asked(redis.get(key))) === DONE ? 'done' : 'held';
    },
    async release(eventId, token) {
      await asked(redis.eval(COMPARE_AND_DELETE, 1, idempotencyKey(eventId), token));
    },
    async markDone(eventId) {
      await asked(redis.set(idempotencyKey(eventId), DONE, 'EX', DONE_TTL_S));
    },
  };
}

/** Whatever Redis fails with says nothing of the event: it is loading, full, a replica, or not there. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new InfrastructureError(REDIS, String(error), { cause: error });
  }
}
