import { expect, test } from '@jest/globals';
import { labelPlace, pathOf, viewBoxOf } from './geometry';

test('a line of two points is straight, and one of more is curved around those between', () => {
  expect(pathOf([])).toBe('');
  expect(pathOf([[0, 0]])).toBe('');
  expect(
    pathOf([
      [0, 0],
      [10, 4],
    ]),
  ).toBe('M0 0L10 4');
  expect(
    pathOf([
      [0, 0],
      [10, 0],
      [10, 10],
    ]),
  ).toBe('M0 0L5 0Q10 0 10 5L10 10');
});

test('a label is two thirds along its line, and in the middle of a short one', () => {
  expect(
    labelPlace([
      [0, 0],
      [300, 0],
    ]),
  ).toEqual([200, 0]);
  expect(
    labelPlace([
      [0, 0],
      [100, 0],
      [100, 0],
      [100, 200],
    ]),
  ).toEqual([100, 100]);
  expect(
    labelPlace([
      [0, 0],
      [30, 0],
    ]),
  ).toEqual([15, 0]);
  expect(labelPlace([[5, 6]])).toEqual([5, 6]);
});

test('lines beyond the boxes are seen too', () => {
  const edge = { id: 'a>b', from: 'a', to: 'b', kind: 'calls' as const };
  const drawing = { nodes: [], width: 100, height: 50 };
  expect(
    viewBoxOf({
      ...drawing,
      edges: [
        {
          ...edge,
          points: [
            [0, 20],
            [9, 30],
          ],
        },
      ],
    }),
  ).toBe('0 0 100 50');
  expect(
    viewBoxOf({
      ...drawing,
      edges: [
        {
          ...edge,
          points: [
            [0, -20],
            [9, 60],
          ],
        },
      ],
    }),
  ).toBe('0 -28 100 96');
});
