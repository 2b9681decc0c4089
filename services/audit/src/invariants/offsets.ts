import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { laneOf } from '../views';

/** Of each commit that Kafka still holds none is behind an earlier one, and none ahead of what the database has done. */
export function offsets(facts: Facts): Finding {
  const found = tally('offsets', 'Committed offsets never go back, nor run ahead of the database');
  const last = new Map<string, number>();
  let dropped = 0;
  for (const { group, topic, partition, offset } of facts.commits) {
    const lane = `${group} ${laneOf({ topic, partition })}`;
    const before = last.get(lane);
    if (offset === null) dropped++;
    else
      found.check(before === undefined || offset >= before, () => `${lane}: ${before ?? 0}, then ${offset}`);
    if (offset === null) last.delete(lane);
    else last.set(lane, offset);
  }
  for (const { group, committed, progress } of facts.services) {
    for (const [lane, offset] of committed) {
      const done = progress.get(lane) ?? 0;
      found.check(
        offset <= done,
        () => `${group} ${lane}: committed ${offset}, done by the database ${done}`,
      );
    }
  }
  found.noteCount(dropped, 'commits were dropped by Kafka with their groups, or expired');
  return found.finding();
}
