import { basename } from 'node:path';
import type { Trial } from './gate';

const TITLE_WIDTH = 75;

/** The part of jest's --json report that `npm test` counts and tells of; each mutation is a test. */
export interface CountedReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export function countedReport(trials: readonly Trial[], couldNotRun: boolean): CountedReport {
  const killed = trials.filter((trial) => trial.killed).length;
  return {
    numPassedTests: killed,
    numFailedTests: trials.length - killed,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: couldNotRun ? 1 : 0,
    testResults: [
      {
        message: '',
        assertionResults: trials.map(({ mutation, killed: isKilled, message }) => ({
          fullName: `promise ${mutation.promise}: ${mutation.title}`,
          status: isKilled ? 'passed' : 'failed',
          failureMessages: isKilled ? [] : [message],
        })),
      },
    ],
  };
}

/** @param tellsWhy whether to tell what the test said */
export function row({ mutation, killed, message, seconds }: Trial, tellsWhy = false): string {
  const said = indented(message);
  const by = `${mutation.test.name} (${basename(mutation.test.file)})${tellsWhy ? `\n           ${said}` : ''}`;
  const verdict = killed ? by : `✗ ${said}`;
  return `${columns(mutation)} | ${seconds.toFixed(0).padStart(4)} s | ${verdict}`;
}

export const heading = `${columns({ promise: 'promise', title: 'mutation' })} |   time | killed by`;

export function columns({ promise, title }: { promise: number | string; title: string }): string {
  return `${String(promise).padStart(7)} | ${title.padEnd(TITLE_WIDTH)}`;
}

/** Without stack and empty lines, below the title of the mutation. */
function indented(message: string): string {
  const lines = message.split('\n').filter((line) => !/^\s*(at .*)?$/.test(line));
  return lines.join('\n           ');
}

/** @returns the last lines: how many promises hold, and how many mutations were killed */
export function summary(trials: readonly Trial[]): string {
  const chosen = [...new Set(trials.map(({ mutation }) => mutation.promise))];
  const guarded = chosen.filter((promise) =>
    trials.every(({ mutation, killed }) => mutation.promise !== promise || killed),
  );
  const killed = trials.filter((trial) => trial.killed).length;
  return `${killed} of ${trials.length} mutations killed; ${guarded.length} of ${chosen.length} promises are guarded by their tests`;
}
