import type { Platform } from '@naru/scripts';

export type BenchmarkId = 'B1' | 'B2' | 'B3' | 'B4' | 'B5' | 'B6' | 'B7' | 'B8';

export interface Benchmark {
  readonly id: BenchmarkId;
  readonly title: string;
  /** What is compared and how, for the report; one short paragraph. */
  readonly method: string;
  /** What its result is bound by, as profiles showed. */
  readonly boundBy?: string;
  /**
   * `own` starts what it needs for itself (and stops it), `none` needs nothing that runs; the shared platform is not
   * running meanwhile.
   */
  readonly platform: 'shared' | 'own' | 'none';
  /** @throws when it cannot be measured at all; other benchmarks go on */
  run(bench: Bench): Promise<readonly Measure[]>;
}

export interface Bench {
  /** Three brokers, database server and Redis, without services. Throws for a benchmark that does not declare `shared`. */
  readonly platform: Platform;
  /** Rounds that count, at least 5 unless `quick`. */
  readonly rounds: number;
  /** Tiny sizes: shows that the benchmark runs; its numbers mean nothing. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  log(line: string): void;
}

export interface Target {
  readonly kind: 'at least' | 'at most';
  readonly value: number;
  /** Absent for a ratio. */
  readonly unit?: 'ms' | 's';
}

export interface Pair {
  readonly ours: number;
  /** null when the measure is not a ratio but ours alone. */
  readonly other: number | null;
  /** What it is a pair of; absent for a round. */
  readonly label?: string;
}

export interface Measure {
  readonly name: string;
  readonly target: Target;
  /** Of `ours` and `other`, such as `events/s`. */
  readonly unit: string;
  readonly pairs: readonly Pair[];
  readonly notes?: readonly string[];
}

/** What a run throws when its number must not be used: load off target, backlog grew, effects missing or doubled. */
export class RunDoesNotCountError extends Error {
  override readonly name = 'RunDoesNotCountError';
}

/** Throws RunDoesNotCountError with the reason unless the condition holds. */
export function mustHold(condition: boolean, otherwise: string): void {
  if (!condition) throw new RunDoesNotCountError(otherwise);
}

export interface Rounds<Side extends string, Result> {
  readonly counted: readonly Readonly<Record<Side, Result>>[];
  /** Why rounds did not count. */
  readonly discarded: readonly string[];
}

/** Rounds that may fail to count, in one benchmark. */
const DISCARDED_MAX = 3;

/**
 * Runs every side once a round, each round in another order, so that drift of the machine meets all alike. A round in
 * which a side throws RunDoesNotCountError is repeated, at most three times in all.
 * @throws Error when fewer than the wanted rounds count; whatever else a side throws
 */
export async function interleaved<Side extends string, Result>(
  bench: Pick<Bench, 'rounds' | 'log' | 'signal'>,
  sides: Readonly<Record<Side, () => Promise<Result>>>,
): Promise<Rounds<Side, Result>> {
  const names = Object.keys(sides) as Side[];
  const counted: Record<Side, Result>[] = [];
  const discarded: string[] = [];
  while (counted.length < bench.rounds) {
    bench.signal.throwIfAborted();
    const round: Partial<Record<Side, Result>> = {};
    try {
      for (const side of rotated(names, counted.length)) round[side] = await sides[side]();
      counted.push(round as Record<Side, Result>);
      bench.log(`  ${counted.length}/${bench.rounds} ${JSON.stringify(round)}`);
    } catch (error) {
      if (!(error instanceof RunDoesNotCountError)) throw error;
      discarded.push(error.message);
      bench.log(`  does not count: ${error.message}`);
      if (discarded.length > DISCARDED_MAX)
        throw new Error(`${discarded.length} rounds did not count: ${discarded.join('; ')}`, {
          cause: error,
        });
    }
  }
  return { counted, discarded };
}

/** Runs every side once, so that connections and compiled code are there when it counts. */
export async function warmUp(sides: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  for (const side of Object.values(sides)) {
    await side().catch((error: unknown) => {
      if (!(error instanceof RunDoesNotCountError)) throw error;
    });
  }
}

/** A measure of two sides' rates (or times), with what was discarded among the notes. */
export function ratio<Side extends string>(
  name: string,
  target: Target,
  unit: string,
  rounds: Rounds<Side, number>,
  [ours, other]: readonly [Side, Side],
  notes: readonly string[] = [],
): Measure {
  const pairs = rounds.counted.map((round) => ({ ours: round[ours], other: round[other] }));
  return { name, target, unit, pairs, notes: [...notes, ...discardedNotes(rounds)] };
}

/** One note for each round that did not count. */
export function discardedNotes(rounds: Pick<Rounds<string, unknown>, 'discarded'>): string[] {
  return rounds.discarded.map((reason) => `a round was repeated: ${reason}`);
}

/** A pair's value: the ratio, or ours alone. */
export function valueOf({ ours, other }: Pair): number {
  return other === null ? ours : ours / other;
}

export interface Verdict {
  readonly median: number;
  /** The pair farthest from the target's good side. */
  readonly worst: number;
  /** Of the median. */
  readonly met: boolean;
}

/** @throws Error when there are no pairs */
export function verdictOf({ pairs, target }: Pick<Measure, 'pairs' | 'target'>): Verdict {
  const values = pairs.map(valueOf);
  const median = quantile(values, 0.5);
  const worst = target.kind === 'at least' ? Math.min(...values) : Math.max(...values);
  return { median, worst, met: target.kind === 'at least' ? median >= target.value : median <= target.value };
}

/** Nearest-rank quantile; the median of an even number is the mean of the two in the middle. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error('no values to take a quantile of');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[Math.min(Math.max(index, 0), sorted.length - 1)] as number;
  if (q === 0.5 && sorted.length % 2 === 0) return (at(sorted.length / 2 - 1) + at(sorted.length / 2)) / 2;
  return at(Math.ceil(q * sorted.length) - 1);
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const from = by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}
