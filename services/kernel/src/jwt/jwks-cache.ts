import type { KeyObject } from 'node:crypto';
import { InfrastructureError } from '../errors';
import { readJwks } from './jwk';

const REFRESH_MS = 5 * 60 * 1000;
/** However many unknown kids come in, there is one fetch in this time. */
const FETCH_INTERVAL_MS = 10_000;
/** While there are no keys at all every token fails, so it is tried more often. */
const FIRST_FETCH_INTERVAL_MS = 1_000;

export interface JwksCache {
  /**
   * The key of a kid, or undefined when nobody knows it.
   * @throws InfrastructureError when no keys could be had yet
   */
  keyOf(kid: string): Promise<KeyObject | undefined>;
  /** Fetches now unless that was done lately; never throws. */
  refresh(): Promise<void>;
  /** Fetches in the background when the keys are older than 5 min. */
  refreshWhenDue(): void;
}

/**
 * Keeps the keys of the last JWKS that could be had, for as long as no newer one can.
 * @param onChange is called when keys were added or withdrawn
 */
export function createJwksCache(
  fetchJwks: () => Promise<unknown>,
  clock: () => number,
  onChange: () => void = () => undefined,
): JwksCache {
  let keys = new Map<string, KeyObject>();
  let fetchedAt_ms = -Infinity;
  let triedAt_ms = -Infinity;
  let inFlight: Promise<void> | undefined;

  async function fetchOnce(): Promise<void> {
    try {
      const fetched = readJwks(await fetchJwks());
      const isSame =
        fetched.size === keys.size && [...fetched].every(([kid, key]) => keys.get(kid)?.equals(key));
      keys = fetched;
      fetchedAt_ms = clock();
      if (!isSame) onChange();
    } catch {
      // The last good keys stay; whoever needs others is told so by keyOf.
    } finally {
      inFlight = undefined;
    }
  }

  function refresh(): Promise<void> {
    const interval_ms = keys.size === 0 ? FIRST_FETCH_INTERVAL_MS : FETCH_INTERVAL_MS;
    if (!inFlight && clock() - triedAt_ms >= interval_ms) {
      triedAt_ms = clock();
      inFlight = fetchOnce();
    }
    return inFlight ?? Promise.resolve();
  }

  return {
    refresh,
    refreshWhenDue() {
      if (clock() - fetchedAt_ms >= REFRESH_MS) void refresh();
    },
    async keyOf(kid) {
      if (!keys.has(kid)) await refresh();
      if (keys.size === 0)
        throw new InfrastructureError('user', 'no keys to verify tokens with could be had yet');
      return keys.get(kid);
    },
  };
}
