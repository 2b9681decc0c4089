import { countOf, failuresOf, sum, type JestReport } from './steps';

const report: JestReport = {
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  testResults: [],
};

test.each([
  ['all passed', report, 0, { passed: 5, failed: 0, skipped: 1 }],
  ['one failed', { ...report, numFailedTests: 1 }, 1, { passed: 5, failed: 1, skipped: 1 }],
  [
    'a suite that could not run',
    { ...report, numRuntimeErrorTestSuites: 2 },
    1,
    { passed: 5, failed: 2, skipped: 1 },
  ],
  ['a crash after the last test', report, 1, { passed: 5, failed: 1, skipped: 1 }],
  [
    'no test at all',
    { ...report, numPassedTests: 0, numPendingTests: 0 },
    0,
    { passed: 0, failed: 1, skipped: 0 },
  ],
  ['no report', null, 0, { passed: 0, failed: 1, skipped: 0 }],
])('%s', (_, given, exitCode, expected) => {
  expect(countOf(given, exitCode)).toEqual(expected);
});

test('counts add up', () => {
  expect(sum([countOf(report, 0), countOf(null, 1)])).toEqual({ passed: 5, failed: 1, skipped: 1 });
});

test('failures are told by name and message, without stacks; a file that could not run by its message', () => {
  const passed = { fullName: 'goes well', status: 'passed', failureMessages: [] };
  const failed = {
    fullName: 'goes wrong',
    status: 'failed',
    failureMessages: ['Error: 1 is not 2\n\n    at Object.<anonymous> (a.test.ts:1:2)'],
  };
  const testResults = [
    { message: 'all of it once more', assertionResults: [passed, failed] },
    { message: 'no such module', assertionResults: [] },
  ];
  expect(failuresOf({ ...report, testResults })).toEqual(['goes wrong\nError: 1 is not 2', 'no such module']);
});
