import { problem, type HttpContext } from '@naru/kernel';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Entry } from './ledger';

/** Keys that are known to have none left; beyond that many Redis is asked again. */
const EXHAUSTED_MAX = 10_000;

type Counted = Pick<Entry, 'used' | 'windowEndsIn_ms'>;

export interface RateLimit {
  /** Refuses a key that is known to have none left, without asking anybody. @throws ProblemError 429 */
  refuseExhausted(context: HttpContext, key: string): void;
  /**
   * Refuses a request beyond the limit, and tells every client where it stands.
   * @param counted undefined when Redis did not answer; then this gateway counts for itself
   * @throws ProblemError 429
   */
  enforce(context: HttpContext, key: string, counted: Counted | undefined): Promise<void>;
}

export function createRateLimit(points: number, window_s: number): RateLimit {
  const own = new RateLimiterMemory({ points, duration: window_s });
  /** When the window of an exhausted key ends, on the clock of performance.now. */
  const exhausted = new Map<string, number>();

  function judge({ state }: HttpContext, used: number, windowEndsIn_ms: number): void {
    const reset_s = Math.max(1, Math.ceil(windowEndsIn_ms / 1_000));
    // The fields of draft-ietf-httpapi-ratelimit-headers-07, whole seconds.
    const remaining = String(Math.max(0, points - used));
    state.headers.push('RateLimit-Limit', limit, 'RateLimit-Remaining', remaining);
    state.headers.push('RateLimit-Reset', String(reset_s));
    if (used <= points) return;
    throw problem('rate-limited', `at most ${points} requests in ${window_s} s`, {
      headers: { 'Retry-After': String(reset_s) },
    });
  }
  const limit = String(points);

  async function countOwn(key: string): Promise<Counted> {
    const { consumedPoints, msBeforeNext } = await own
      .consume(key)
      .catch((rejected: RateLimiterRes) => rejected);
    return { used: consumedPoints, windowEndsIn_ms: msBeforeNext };
  }

  return {
    refuseExhausted(context, key) {
      const endsAt_ms = exhausted.get(key);
      if (endsAt_ms === undefined) return;
      const left_ms = endsAt_ms - performance.now();
      if (left_ms > 0) judge(context, points + 1, left_ms);
      exhausted.delete(key);
    },
    async enforce(context, key, counted) {
      const { used, windowEndsIn_ms } = counted ?? (await countOwn(key));
      if (used > points) {
        if (exhausted.size >= EXHAUSTED_MAX) exhausted.delete(exhausted.keys().next().value!);
        exhausted.set(key, performance.now() + windowEndsIn_ms);
      }
      judge(context, used, windowEndsIn_ms);
    },
  };
}
