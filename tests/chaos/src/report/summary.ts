import type { Command } from '@naru/audit';
import { countOutcomes, verdictOf, type Counts, type RunResult } from '../result';
import type { Sample } from '../sampler';
import type { Fault } from '../storm';

const VIOLATIONS_SHOWN = 5;

/** A fault, and what clients and operators saw of it. */
export interface FaultRow extends Fault {
  readonly commands: Counts;
  readonly signUps: Counts;
  readonly lagMax: number | null;
  readonly outboxAgeMax_s: number | null;
}

export function faultRows({ faults, history, samples, beganAt_ms }: RunResult): FaultRow[] {
  return faults.map((fault) => {
    const { from_s, recovered_s } = fault;
    const sent = history.filter(({ sentAt_ms }) => {
      const at_s = (sentAt_ms - beganAt_ms) / 1_000;
      return at_s >= from_s && at_s <= recovered_s;
    });
    const seconds = samples.filter(({ at_s }) => at_s >= from_s && at_s <= recovered_s);
    return {
      ...fault,
      commands: countOutcomes(sent),
      signUps: countOutcomes(sent.filter(({ kind }) => kind === 'sign-up')),
      lagMax: highest(seconds, ({ lag }) => lag),
      outboxAgeMax_s: highest(seconds, ({ outboxAge_s }) => outboxAge_s),
    };
  });
}

function highest(samples: readonly Sample[], valueOf: (sample: Sample) => number | null): number | null {
  return samples.reduce<number | null>((most, sample) => {
    const value = valueOf(sample);
    return value === null ? most : Math.max(most ?? value, value);
  }, null);
}

export interface NemesisRow {
  readonly name: string;
  readonly does: string;
  readonly times: number;
  /** Seconds from the injection until all was well again; the longest and the mean. */
  readonly mean_s: number;
  readonly longest_s: number;
}

export function nemesisRows({ options, faults }: RunResult): NemesisRow[] {
  return options.nemeses.map(({ name, does }) => {
    const took_s = faults
      .filter(({ nemesis, isInjected }) => isInjected && nemesis.name === name)
      .map(({ from_s, recovered_s }) => recovered_s - from_s);
    return {
      name,
      does,
      times: took_s.length,
      mean_s: took_s.length === 0 ? 0 : took_s.reduce((sum, one) => sum + one, 0) / took_s.length,
      longest_s: Math.max(0, ...took_s),
    };
  });
}

export function historyRows(history: readonly Command[]): { kind: string; counts: Counts }[] {
  return (['sign-up', 'board', 'rename', 'order'] as const).map((kind) => ({
    kind,
    counts: countOutcomes(history.filter((command) => command.kind === kind)),
  }));
}

/** What a run found, as plain text. */
export function summaryOf(result: RunResult): string {
  const { options, commit, duration_s, requests, history, audit } = result;
  const rows = nemesisRows(result);
  return [
    `seed ${options.seed}, commit ${commit}, ${(duration_s / 60).toFixed(1)} minutes`,
    `${requests.sent} requests, ${requests.heldBack} held back`,
    ...historyRows(history).map(({ kind, counts }) => `  ${kind.padEnd(10)}${tell(counts)}`),
    `  answers of unknown outcome by status (0: none): ${statusesOf(history)}`,
    '',
    `faults (each at least ${Math.min(...rows.map(({ times }) => times))} times)`,
    ...rows.map(
      ({ name, times, mean_s, longest_s }) =>
        `  ${name.padEnd(36)}${String(times).padStart(3)} times, well again after ${mean_s.toFixed(1)} s (at most ${longest_s.toFixed(1)} s)`,
    ),
    '',
    `invariants, after ${(audit.drained_ms / 1_000).toFixed(1)} s of draining`,
    ...audit.findings.flatMap(({ invariant, title, checked, violated, violations, notes }) => [
      `  ${violated === 0 ? '✓' : '✗'} ${invariant.padEnd(18)}${String(checked).padStart(8)} checked, ${violated} violated  ${title}`,
      ...violations.slice(0, VIOLATIONS_SHOWN).map((violation) => `      ${violation}`),
      ...notes.map((note) => `      note: ${note}`),
    ]),
    ...verdictOf(result).reasons.map((reason) => `! ${reason}`),
  ].join('\n');
}

function statusesOf(history: readonly Command[]): string {
  const counts = new Map<number, number>();
  for (const { outcome, status } of history)
    if (outcome === 'unknown') counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status}: ${count}`).join(', ') || 'none';
}

export function tell({ ok, fail, unknown }: Counts): string {
  return `${ok} ok, ${fail} failed, ${unknown} unknown`;
}
