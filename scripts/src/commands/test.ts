import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeFlags, parseFlags, UsageError } from '../arguments';
import { repositoryDirectory } from '../platform';
import {
  countOf,
  failuresOf,
  furtherTiers,
  steps,
  sum,
  tiers,
  usualTiers,
  type Count,
  type JestReport,
  type Step,
} from '../test-run/steps';

export const summary = 'run all tests on real brokers and databases';

const flags = {
  only: { value: 'A,B', help: `some of ${tiers.join(', ')}` },
  with: { value: 'A', help: `besides the others: ${furtherTiers.join(', ')}, which needs a cluster` },
} as const;

/** Runs every step, whatever the others say, and ends with the line `N passed, N failed`. */
export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm test -- [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  const chosen = chooseSteps(values.only, values.with);
  const results: (Result & { step: Step; seconds: number })[] = [];
  for (const step of chosen) {
    console.log(`\n── ${step.name}`);
    const started_ms = performance.now();
    const result = await runStep(step);
    results.push({ step, ...result, seconds: (performance.now() - started_ms) / 1_000 });
  }
  console.log();
  for (const { step, count, failures, seconds } of results) {
    const verdict = count.failed === 0 ? '✓' : '✗';
    console.log(
      `${verdict} ${step.name.padEnd(20)}${count.passed} passed, ${count.failed} failed in ${seconds.toFixed(0)} s`,
    );
    for (const failure of failures) console.log(`    ${failure.replace(/\n/g, '\n      ')}`);
  }
  const { passed, failed, skipped } = sum(results.map(({ count }) => count));
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed === 0 ? 0 : 1;
}

interface Result {
  readonly count: Count;
  readonly failures: readonly string[];
}

function chooseSteps(only: string | undefined, further: string | undefined): readonly Step[] {
  const wanted = [...(only?.split(',') ?? usualTiers), ...(further?.split(',') ?? [])];
  const unknown = wanted.filter((tier) => !(tiers as readonly string[]).includes(tier));
  if (unknown.length > 0)
    throw new UsageError(`the tiers are ${tiers.join(', ')}; there is none ${unknown.join(', ')}`);
  return steps.filter(({ tier }) => wanted.includes(tier));
}

async function runStep({ program: [file, ...parameters], counts }: Step): Promise<Result> {
  const scratch = mkdtempSync(join(tmpdir(), 'naru-test-'));
  const reportFile = join(scratch, 'report.json');
  const more = {
    jest: ['--json', '--outputFile', reportFile],
    table: ['--outputFile', reportFile],
    check: [],
  }[counts];
  const child = spawn(process.execPath, [join(repositoryDirectory, file), ...parameters, ...more], {
    cwd: repositoryDirectory,
    // jest prints its report to stdout as well, which nobody reads.
    stdio: ['ignore', counts === 'jest' ? 'ignore' : 'inherit', 'inherit'],
  });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  const report = existsSync(reportFile) ? (JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport) : null;
  rmSync(scratch, { recursive: true, force: true });
  if (counts !== 'check')
    return { count: countOf(report, exitCode ?? 1), failures: report ? failuresOf(report) : [] };
  const [passed, failed] = exitCode === 0 ? [1, 0] : [0, 1];
  return { count: { passed, failed, skipped: 0 }, failures: [] };
}
