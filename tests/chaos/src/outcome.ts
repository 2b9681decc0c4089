import type { Outcome } from '@naru/audit';

/** Refusals that come before anything is begun, or after it was rolled back; any other 5xx leaves it open. */
const nothingDone = new Set(['service-unavailable', 'too-many-passwords', 'busy']);

/**
 * What an answer tells of a command. A 503 `dependency-unavailable` is no refusal: the database may have died
 * between a commit and its answer.
 * @param status 0 when there was no answer
 * @param code of the problem+json body, if any
 */
export function outcomeOf(status: number, code: string | undefined): Outcome {
  if (status >= 200 && status < 300) return 'ok';
  if (status >= 400 && status < 500 && status !== 408) return 'fail';
  if (status === 503 && code !== undefined && nothingDone.has(code)) return 'fail';
  return 'unknown';
}
