import { setTimeout as pause } from 'node:timers/promises';
import { classify } from '@naru/kernel';
import type { Facts } from './facts';
import { judge } from './invariants';
import { isUnchanged, readFacts } from './read/facts';
import { waitForRest } from './read/rest';
import { openSystem, type System } from './read/system';
import type { AuditOptions, AuditReport, AuditSources } from './types';

/** A system that goes on while it is read, or whose leaders move, is read again, so often. */
const READS_MAX = 5;
const AGAIN_MS = 2_000;

/**
 * Waits until a running Naru is at rest, reads its databases and topics, and judges them. If it does not come to rest
 * in the time given, that is a violation, and the rest is judged by what is there.
 * @throws Error when a source cannot be read
 */
export async function audit(sources: AuditSources, options: AuditOptions): Promise<AuditReport> {
  const system = await openSystem(sources);
  try {
    const { facts, drained_ms } = await readAtRest(system, sources, options);
    const findings = judge(facts, options);
    return { findings, drained_ms, isGreen: findings.every(({ violated }) => violated === 0) };
  } finally {
    await system.close();
  }
}

async function readAtRest(
  system: System,
  { mailWebUrl }: AuditSources,
  { drain_ms, signal }: AuditOptions,
): Promise<{ facts: Facts; drained_ms: number }> {
  const start_ms = performance.now();
  for (let reads = 1; ; reads++) {
    const isDrained = await waitForRest(system, start_ms + drain_ms, signal);
    const drained_ms = performance.now() - start_ms;
    try {
      const read = await readFacts(system, mailWebUrl, signal);
      const isAtRest =
        isDrained && (await isUnchanged(system, read)) && (await waitForRest(system, 0, signal));
      if (isAtRest || !isDrained || reads === READS_MAX) return { facts: { ...read, isAtRest }, drained_ms };
    } catch (error) {
      if (reads === READS_MAX || classify(error) !== 'infrastructure') throw error;
      await pause(AGAIN_MS, undefined, { signal });
    }
  }
}
