import { outcomeOf } from './outcome';

it.each([
  [200, undefined, 'ok'],
  [204, undefined, 'ok'],
  [400, 'invalid', 'fail'],
  [409, 'email-taken', 'fail'],
  [429, 'rate-limited', 'fail'],
  [503, 'service-unavailable', 'fail'],
  [503, 'too-many-passwords', 'fail'],
  [503, 'busy', 'fail'],
  [408, undefined, 'unknown'],
  [500, 'internal-error', 'unknown'],
  [502, 'upstream-failed', 'unknown'],
  [503, 'dependency-unavailable', 'unknown'],
  [503, undefined, 'unknown'],
  [504, 'upstream-timeout', 'unknown'],
  [0, undefined, 'unknown'],
] as const)('%d %s is %s', (status, code, outcome) => {
  expect(outcomeOf(status, code)).toBe(outcome);
});
