import { withDeadline } from '@naru/kernel';

/**
 * Runs a reading so that a slow one is never asked a second time beside the first: whoever comes meanwhile gets the
 * same answer, and nobody waits longer than the deadline.
 */
export function sharedReading<T>(deadline_ms: number, read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= read().finally(() => (running = undefined));
    const shared = running;
    // Who gave up waiting does not hear of a later failure.
    shared.catch(() => undefined);
    return withDeadline(deadline_ms, () => shared);
  };
}

/** A reading whose answer is given again while it is younger than so much. */
export function cachedReading<T>(age_ms: number, read: () => Promise<T>, clock = () => performance.now()) {
  let cached: { readonly value: T; readonly at_ms: number } | undefined;
  let running: Promise<T> | undefined;
  return async (): Promise<T> => {
    if (cached && clock() - cached.at_ms < age_ms) return cached.value;
    running ??= read()
      .then((value) => {
        cached = { value, at_ms: clock() };
        return value;
      })
      .finally(() => (running = undefined));
    return running;
  };
}
