import { attempt, type RetryPolicy } from './policy';
import type { GroupParts, Sorted, Until } from './processor';
import { report } from './record-report';

/** Runs one record's work as the policy says, and buries the record when that has given it up. */
export async function attemptOrBury<S extends Sorted>(
  parts: GroupParts,
  policy: RetryPolicy,
  entry: S,
  until: Until,
  work: () => Promise<void>,
  bury: (entry: S, error: unknown, attempts: number) => Promise<void>,
): Promise<void> {
  const failure = await attempt(
    policy,
    until.ending,
    () => until.available(work),
    (error) => {
      until.alive();
      report(parts, entry, 'retried', error);
    },
  );
  if (failure) await until.available(() => bury(entry, failure.error, failure.attempts));
}
