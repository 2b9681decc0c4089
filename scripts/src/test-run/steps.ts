/** A program of the test run, and how its result is counted. */
export interface Step {
  readonly tier: Tier;
  readonly name: string;
  /** A JavaScript file of the repository, and its arguments. */
  readonly program: readonly [file: string, ...parameters: string[]];
  /** `jest` counts each test, `table` each row of what it prints, in the form of jest's report; `check` counts as one. */
  readonly counts: 'jest' | 'table' | 'check';
}

export const usualTiers = ['checks', 'unit', 'charts', 'component', 'e2e', 'promises', 'chaos'] as const;
/** Those that a machine needs more for than npm can fetch: a cluster that kubectl is at. */
export const furtherTiers = ['k8s'] as const;
export const tiers = [...usualTiers, ...furtherTiers] as const;
export type Tier = (typeof tiers)[number];

const sources = [
  'services/*/src',
  'services/*/test',
  'services/console/ui/src',
  'scripts/src',
  'scripts/test',
  'tests/support',
  'tests/charts',
  'tests/e2e',
  'tests/k8s',
  'tests/saga',
  'tests/chaos/src',
  'tests/bench/src',
  'tests/promises/src',
];
const jestOf = (project: string) =>
  ['node_modules/jest/bin/jest.js', '--selectProjects', project, '--runInBand'] as const;

/** All that `npm test` can run, in this order. Types were checked by the compiler that ran before. */
export const steps: readonly Step[] = [
  {
    tier: 'checks',
    name: 'formatting',
    counts: 'check',
    program: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'],
  },
  {
    tier: 'checks',
    name: 'lint',
    counts: 'check',
    program: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
  },
  {
    tier: 'checks',
    name: 'import directions',
    counts: 'check',
    program: [
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      ...sources,
    ],
  },
  {
    tier: 'unit',
    name: 'unit',
    counts: 'jest',
    program: ['node_modules/jest/bin/jest.js', '--selectProjects', 'unit'],
  },
  { tier: 'charts', name: 'charts', counts: 'jest', program: jestOf('charts') },
  { tier: 'component', name: 'component', counts: 'jest', program: jestOf('component') },
  { tier: 'e2e', name: 'e2e', counts: 'jest', program: jestOf('e2e') },
  { tier: 'promises', name: 'promises', counts: 'table', program: ['tests/promises/dist/main.js'] },
  {
    tier: 'chaos',
    name: 'chaos',
    counts: 'check',
    program: ['scripts/naru.mjs', 'chaos', '--short'],
  },
  {
    tier: 'chaos',
    name: 'see it lose',
    counts: 'check',
    program: ['scripts/naru.mjs', 'chaos', '--unsafe', '--report', 'chaos-unsafe-report.html'],
  },
  { tier: 'k8s', name: 'k8s', counts: 'table', program: ['scripts/naru.mjs', 'test-k8s', '--short'] },
];

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of jest's --json report that is counted and told of. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    /** Why the file could not be run at all, where that is so. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const FAILURES_TOLD_MAX = 20;
const FAILURE_LENGTH_MAX = 600;

/** What failed and how, each in a few lines, to be told once more where the log ends. */
export function failuresOf(report: JestReport): string[] {
  const failures = report.testResults.flatMap(({ message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && assertionResults.length === 0 && message) return [message];
    return failed.map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`);
  });
  return failures.slice(0, FAILURES_TOLD_MAX).map(withoutStack);
}

function withoutStack(failure: string): string {
  const lines = failure.split('\n').filter((line) => !/^\s*(at .*)?$/.test(line));
  return lines.join('\n').slice(0, FAILURE_LENGTH_MAX);
}

/** A suite that could not even run counts as a failure, and so does a run without any test. */
export function countOf(report: JestReport | null, exitCode: number): Count {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const nothingRan = report.numPassedTests + failed === 0;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (exitCode !== 0 || nothingRan) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function sum(counts: readonly Count[]): Count {
  const total = (field: keyof Count) => counts.reduce((all, count) => all + count[field], 0);
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped') };
}
