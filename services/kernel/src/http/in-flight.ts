import { InfrastructureError } from '../errors';

/**
 * Lets at most `max` runs go on at once. One more is refused at once rather than queued, so that a slow callee
 * cannot slow its caller.
 * @throws InfrastructureError when full
 */
export function limitInFlight(max: number): <T>(run: () => Promise<T>) => Promise<T> {
  let inFlight = 0;
  return async (run) => {
    if (inFlight >= max) throw new InfrastructureError('in-flight', `${max} calls are in flight already`);
    inFlight++;
    try {
      return await run();
    } finally {
      inFlight--;
    }
  };
}
