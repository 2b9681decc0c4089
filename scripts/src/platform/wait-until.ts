import { setTimeout as delay } from 'node:timers/promises';

import { PlatformError, reasonOf } from './errors';

const INTERVAL_MS = 100;
const PROBE_TIMEOUT_MS = 3_000;

export interface WaitOptions {
  /** What is awaited, for the message of the error. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Polls a condition until it holds. The one place where anything here waits.
 *
 * `probe` answers true when it holds; false or a thrown error mean "not yet", except a PlatformError, which
 * ends the wait. Throws NOT_READY after `timeoutMs`, ABORTED when the signal fires.
 */
export async function waitUntil(
  options: WaitOptions,
  probe: (signal: AbortSignal) => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  let last = 'it never answered';
  for (;;) {
    if (options.signal?.aborted) throw new PlatformError('ABORTED', `stopped waiting for ${options.what}`);
    try {
      if (await probe(AbortSignal.timeout(PROBE_TIMEOUT_MS))) return;
    } catch (error) {
      if (error instanceof PlatformError) throw error;
      last = reasonOf(error);
    }
    if (performance.now() > deadline) {
      throw new PlatformError(
        'NOT_READY',
        `${options.what}: not within ${options.timeoutMs / 1000} s (${last})`,
      );
    }
    await delay(options.intervalMs ?? INTERVAL_MS);
  }
}
