import { setTimeout as pause } from 'node:timers/promises';
import { consumerGroup } from '@naru/contracts';
import { classify } from '@naru/kernel';
import { laneOf } from '../views';
import { hasWorkLeft } from './commerce-tables';
import { partitionsOf, readCommitted } from './groups';
import { pendingCount, readProgress } from './kernel-tables';
import type { System } from './system';

const POLL_MS = 500;

/** Waits until the system is at rest, at most until a moment of performance.now. @returns whether it is */
export async function waitForRest(system: System, end_ms: number, signal?: AbortSignal): Promise<boolean> {
  for (;;) {
    if (await isAtRest(system).catch(isAway)) return true;
    if (performance.now() >= end_ms) return false;
    await pause(POLL_MS, undefined, { signal });
  }
}

/** Leadership may still move to brokers that came back a moment ago: what does not answer is not at rest. */
function isAway(error: unknown): false {
  if (classify(error) === 'infrastructure') return false;
  throw error;
}

/** Groups first: what they wrote into outboxes while they read is then seen as pending, and so is what they began. */
async function isAtRest(system: System): Promise<boolean> {
  for (const service of system.databases.keys()) {
    if (!(await hasReadAll(system, service))) return false;
  }
  for (const [service, database] of system.databases) {
    if (await hasWorkLeft(service, database)) return false;
    if ((await pendingCount(database)) > 0) return false;
  }
  return true;
}

async function hasReadAll(
  { broker, databases, subscriptions, topics }: System,
  service: string,
): Promise<boolean> {
  const database = databases.get(service);
  const group = consumerGroup(service);
  const partitions = partitionsOf(group, subscriptions, topics);
  if (!database || partitions.length === 0) return true;
  const committed = await readCommitted(broker, group, partitions);
  const progress = await readProgress(database, group);
  for (const partition of partitions) {
    const lane = laneOf(partition);
    const { high } = await broker.offsetRange(partition);
    if (Math.min(committed.get(lane) ?? 0, progress.get(lane) ?? 0) < Number(high)) return false;
  }
  return true;
}
