import { pause } from '@naru/kernel';
import { applyDue, type ApplyParts } from './apply-heard';
import { backlog } from './heard-store';

const ROWS_PER_LOOK = 100;
const POLL_MS = 100;
/** Longer than the attempts that one event is given take. */
const APPLY_MS_MAX = 60_000;

/** Applies what was heard until nothing is left, as the scheduler would have by now. @throws Error after a minute */
export async function applyAll(parts: ApplyParts): Promise<void> {
  const giveUp_ms = performance.now() + APPLY_MS_MAX;
  for (;;) {
    const results = await applyDue(parts, ROWS_PER_LOOK);
    if (results.length > 0) continue;
    const { rows } = await backlog(parts.database);
    if (rows === 0) return;
    if (performance.now() > giveUp_ms) throw new Error(`${rows} heard events could not be applied`);
    await pause(POLL_MS);
  }
}
