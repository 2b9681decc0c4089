import { classify } from '../errors';
import { pause } from '../wait';

/** How often a permanent failure is tried before the record becomes a dead letter, and how far apart. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly delay_ms: number;
}

/** Source C: three retries two seconds apart; the partition waits. */
export const blockingPolicy: RetryPolicy = { attempts: 4, delay_ms: 2_000 };

/** Thrown to leave off: the partition was revoked or the process stops. Not a failure of the record. */
export class CancelledError extends Error {
  constructor() {
    super('cancelled');
    this.name = 'AbortError';
  }
}

/**
 * Runs one record's work as the policy says.
 * @returns null when it succeeded, or the error and the number of attempts when it is to be a dead letter
 * @throws CancelledError when waiting was aborted; infrastructure failures are the work's own to wait out
 */
export async function attempt(
  policy: RetryPolicy,
  ending: AbortSignal,
  work: () => Promise<void>,
  onRetry: (error: unknown) => void,
): Promise<{ error: unknown; attempts: number } | null> {
  for (let attempts = 1; ; attempts++) {
    try {
      await work();
      return null;
    } catch (error) {
      const failure = classify(error);
      if (failure === 'cancelled') throw error;
      if (failure === 'poison' || attempts >= policy.attempts) return { error, attempts };
      onRetry(error);
      await pause(policy.delay_ms, ending);
      if (ending.aborted) throw new CancelledError();
    }
  }
}
