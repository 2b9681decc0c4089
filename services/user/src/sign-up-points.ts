import { httpHeaders, operations } from '@naru/contracts';
import { callService, InfrastructureError, limitInFlight, type Log } from '@naru/kernel';
import { SIGN_UP_POINTS } from './domain/account';
import type { UserMetrics } from './metrics';

const DEADLINE_MS = 300;
const IN_FLIGHT_MAX = 16;

/** Grants a new user's points, if the point service answers soon. Never throws. */
export type GrantSignUpPoints = (userId: number) => Promise<void>;

/**
 * The point service also hears of the sign-up by event and grants under the same key, so a call that fails or is
 * skipped only means that the points come a moment later; and sign-up never is slower than the deadline.
 */
export function createSignUpPoints(
  pointServiceUrl: string,
  metrics: UserMetrics,
  log: Log,
): GrantSignUpPoints {
  const inFlight = limitInFlight(IN_FLIGHT_MAX);
  return async (userId) => {
    const headers = { [httpHeaders.idempotencyKey]: `signup:${userId}` };
    const input = { body: { userId, amount: SIGN_UP_POINTS }, headers };
    try {
      await inFlight(() =>
        callService(pointServiceUrl, operations.addPoints, input, { deadline_ms: DEADLINE_MS }),
      );
      metrics.signUpPoints.inc({ outcome: 'granted' });
    } catch (error) {
      const isFull = error instanceof InfrastructureError && error.dependency === 'in-flight';
      const outcome = isFull ? 'skipped' : 'failed';
      metrics.signUpPoints.inc({ outcome });
      log.warn({ userId, outcome, error: String(error) }, 'the points of this sign-up come by event');
    }
  };
}
