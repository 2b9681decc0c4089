import { isLate, verdictOf, type JestReport } from './verdict';

const named = { file: 'a.test.ts', name: 'promise 1 holds' };

type Tests = JestReport['files'][number]['tests'];
const tests = (status: string, ...failureMessages: string[]): Tests => [
  { fullName: named.name, status, duration_ms: 7, failureMessages },
];
const reportOf = (found: Tests, failure: string | null = null): JestReport => ({
  files: [{ failure, tests: found }],
});

const assertion = 'expect(received).toBe(expected)';
const hook = 'thrown: "Exceeded timeout of 5000 ms for a hook.';

test.each([
  ['passed', reportOf(tests('passed')), { kind: 'passed', duration_ms: 7, message: '' }],
  ['failed', reportOf(tests('failed', assertion)), { kind: 'failed', duration_ms: 7, message: assertion }],
  [
    'failed, and its cleaning up too',
    reportOf(tests('failed', assertion, hook)),
    { kind: 'failed', duration_ms: 7, message: assertion },
  ],
  [
    'timed out',
    reportOf(tests('failed', 'thrown: "Exceeded timeout of 5000 ms for a test.')),
    { kind: 'failed', duration_ms: 7, message: 'thrown: "Exceeded timeout of 5000 ms for a test.' },
  ],
])('a test that %s', (_, report, expected) => {
  expect(verdictOf(report, named)).toEqual(expected);
});

test.each([
  ['a hook failed, not the test', reportOf(tests('failed', hook)), 'for a hook'],
  ['the file could not be compiled', reportOf([], 'Cannot find name'), 'Cannot find name'],
  ['the test was left out', reportOf(tests('pending')), 'no test has this name'],
  ['another test failed', reportOf([{ ...tests('failed', assertion)[0]!, fullName: 'other' }]), 'no test'],
  ['the name is not unique', reportOf([...tests('failed', assertion), ...tests('passed')]), '2 tests'],
  ['jest wrote no report', null, 'without a report'],
])('%s: that is no verdict', (_, report, message) => {
  const verdict = verdictOf(report, named);
  expect(verdict.kind).toBe('not run');
  expect(verdict.message).toContain(message);
});

test.each([
  [true, tests('failed', 'Error: 2 effects: not within 4000 ms; last: false')],
  [true, tests('failed', 'thrown: "Exceeded timeout of 5000 ms for a test.')],
  [false, tests('failed', assertion)],
  [false, tests('passed')],
])('late: %s', (expected, found) => {
  expect(isLate(verdictOf(reportOf(found), named))).toBe(expected);
});
