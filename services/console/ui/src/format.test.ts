import { expect, test } from '@jest/globals';
import { count, duration, offset, plural, pretty, rate } from './format';

test('numbers are exact as long as they are short', () => {
  expect([0, 999, 9_999, 12_345].map(count)).toEqual(['0', '999', '9,999', '12.3K']);
  expect([0, 0.04, 0.42, 9.94, 9.96, 120].map(rate)).toEqual([
    '0/s',
    '0.0/s',
    '0.4/s',
    '9.9/s',
    '10/s',
    '120/s',
  ]);
  expect([1, 2].map((value) => plural(value, 'record'))).toEqual(['1 record', '2 records']);
});

test('durations are told in the largest unit that says enough', () => {
  expect([0, 0.44, 9.94, 9.96, 119, 120, 7_199, 7_200, 200_000].map(duration)).toEqual([
    '0 s',
    '0.4 s',
    '9.9 s',
    '10 s',
    '119 s',
    '2 min',
    '120 min',
    '2 h',
    '2 d',
  ]);
  expect([3.2, 999, 1_200, 61_000].map(offset)).toEqual(['+3 ms', '+999 ms', '+1.2 s', '+61 s']);
});

test('what is not JSON is shown as it is', () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty('{"a":')).toBe('{"a":');
});
