import { expect, test } from '@jest/globals';
import { lanesOf } from './lanes';

const step = (at: string, service: string) => ({
  at: `2026-11-20T12:00:${at}Z`,
  service,
  what: '',
  detail: null,
  eventId: null,
  state: 'done' as const,
});

test('a lane for each service, in the order in which they come in', () => {
  const { services, dots } = lanesOf([
    step('00.000', 'order'),
    step('00.010', 'product'),
    step('10.000', 'order'),
  ]);
  expect(services).toEqual(['order', 'product']);
  expect(dots.map(({ lane }) => lane)).toEqual([0, 1, 0]);
  expect(dots[0]!.share).toBe(0);
  expect(dots[1]!.share).toBeCloseTo(0.2505);
  expect(dots[2]!.share).toBe(1);
});

test('steps of the same instant are still told apart, and a single one has a place', () => {
  expect(lanesOf([step('00.000', 'a'), step('00.000', 'b')]).dots.map(({ share }) => share)).toEqual([0, 1]);
  expect(lanesOf([step('00.000', 'a')]).dots.map(({ share }) => share)).toEqual([0]);
});
