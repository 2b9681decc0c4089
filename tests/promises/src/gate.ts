import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runJest } from './jest-run';
import { applyEdit, type Mutation, type NamedTest } from './mutation';
import { isLate, verdictOf, type Verdict } from './verdict';

/** Mutations that are tried at once: a test waits more than it computes. */
const AT_ONCE = 3;
const BASELINE_TEST_MS = 150_000;
const BASELINE_EVENTUALLY_MS = 60_000;
/** A test under a mutation is given this many times what it took without, and at least the time below. */
const PATIENCE = 3;
const EVENTUALLY_MS_MIN = 4_000;
/** How often a late test is judged again, each time with twice the time. */
const ROUNDS_MAX = 3;
/** For the test's own cleaning up after it has failed. */
const CLEANUP_MS = 15_000;

const repository = join(__dirname, '../../..');

export interface Trial {
  readonly mutation: Mutation;
  readonly killed: boolean;
  /** What the test said, or why there is no verdict. */
  readonly message: string;
  readonly seconds: number;
}

export interface Gate {
  readonly mutations: readonly Mutation[];
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** @throws Error that names each mutation whose text is not in its file exactly once */
export function checkEdits(mutations: readonly Mutation[]): void {
  const wrong = mutations.flatMap((mutation) => {
    try {
      applyEdit(mutation, readFileSync(join(repository, mutation.file), 'utf8'));
      return [];
    } catch (error) {
      return [`promise ${mutation.promise}, ${mutation.title}: ${(error as Error).message}`];
    }
  });
  if (wrong.length > 0) throw new Error(`these mutations cannot be applied:\n\n${wrong.join('\n\n')}`);
}

/**
 * Runs all named tests without a mutation.
 * @returns how long each took, in milliseconds
 * @throws Error that names each test that is not green
 */
export async function baseline({ mutations, ...rest }: Gate): Promise<ReadonlyMap<string, number>> {
  const tests = distinct(mutations.map(({ test }) => test));
  const report = await runJest({
    tests,
    timeout_ms: BASELINE_TEST_MS,
    eventually_ms: BASELINE_EVENTUALLY_MS,
    workers: AT_ONCE,
    ...rest,
  });
  const verdicts = tests.map((test) => ({ test, verdict: verdictOf(report, test) }));
  const wrong = verdicts.filter(({ verdict }) => verdict.kind !== 'passed');
  if (wrong.length > 0) {
    const lines = wrong.map(({ test, verdict }) => `${test.file}: ${test.name}: ${verdict.message}`);
    throw new Error(`these tests are not green without a mutation:\n\n${lines.join('\n\n')}`);
  }
  return new Map(
    verdicts.map(({ test, verdict }) => [keyOf(test), 'duration_ms' in verdict ? verdict.duration_ms : 0]),
  );
}

/** Tries each mutation with its test, some at once, and tells of the trials in the order of the list. */
export async function tryMutations(
  { mutations, ...rest }: Gate,
  durations_ms: ReadonlyMap<string, number>,
  tell: (trial: Trial) => void,
): Promise<void> {
  const done: Trial[] = [];
  let told = 0;
  const queue = mutations.entries();
  const runner = async () => {
    for (const [index, mutation] of queue) {
      done[index] = await tryOne(mutation, durations_ms.get(keyOf(mutation.test)) ?? 0, rest);
      rest.signal.throwIfAborted();
      for (let trial = done[told]; trial; trial = done[++told]) tell(trial);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runner));
}

async function tryOne(
  mutation: Mutation,
  duration_ms: number,
  rest: Omit<Gate, 'mutations'>,
): Promise<Trial> {
  const started_ms = performance.now();
  const verdict = await judge(mutation, Math.max(EVENTUALLY_MS_MIN, Math.ceil(PATIENCE * duration_ms)), rest);
  return {
    mutation,
    killed: verdict.kind === 'failed',
    message: verdict.kind === 'passed' ? 'SURVIVED: its test is green all the same' : verdict.message,
    seconds: (performance.now() - started_ms) / 1_000,
  };
}

/**
 * A test that was late under the mutation must be in time without it, within the same deadline: else the machine was
 * busy, and both have longer.
 */
async function judge(
  { file, find, replace, test }: Mutation,
  deadline_ms: number,
  rest: Omit<Gate, 'mutations'>,
): Promise<Verdict> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const eventually_ms = deadline_ms * 2 ** round;
    const run = { tests: [test], eventually_ms, timeout_ms: eventually_ms + CLEANUP_MS, workers: 1, ...rest };
    const verdict = verdictOf(await runJest({ ...run, edit: { file, find, replace } }), test);
    if (!isLate(verdict)) return verdict;
    const control = verdictOf(await runJest(run), test);
    if (control.kind === 'passed') return verdict;
  }
  return { kind: 'not run', message: 'the machine is too busy: the test is late without the mutation too' };
}

const keyOf = ({ file, name }: NamedTest) => `${file}\n${name}`;

function distinct(tests: readonly NamedTest[]): NamedTest[] {
  return [...new Map(tests.map((test) => [keyOf(test), test])).values()];
}
