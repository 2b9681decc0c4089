import { writeFileSync } from 'node:fs';
import type { AggregatedResult, Reporter } from '@jest/reporters';
import type { JestReport } from './verdict';

/** Where a child process of jest writes its report. */
export const REPORT_FILE_VARIABLE = 'NARU_PROMISES_REPORT';

/** A reporter for jest. Its own --json fails when an assertion about a BigInt does. */
export default function reportFile(): Pick<Reporter, 'onRunComplete'> {
  return {
    onRunComplete(_, { testResults }: AggregatedResult) {
      const report: JestReport = {
        files: testResults.map(({ failureMessage, testResults: tests }) => ({
          failure: failureMessage ?? null,
          tests: tests.map(({ fullName, status, duration, failureMessages }) => ({
            fullName,
            status,
            duration_ms: duration ?? 0,
            failureMessages,
          })),
        })),
      };
      writeFileSync(process.env[REPORT_FILE_VARIABLE] as string, JSON.stringify(report));
    },
  };
}
