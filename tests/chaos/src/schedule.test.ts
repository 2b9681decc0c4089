import { createRandom } from './random';
import { rounds } from './schedule';

const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const first = (count: number, seed: number) => {
  const schedule = rounds(items, createRandom(seed));
  return Array.from({ length: count }, () => schedule.next().value);
};

describe('the schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(first(50, 7)).toEqual(first(50, 7));
    expect(first(50, 7)).not.toEqual(first(50, 8));
  });

  it('has each item once a round, in changing order', () => {
    const all = first(items.length * 4, 3);
    const round = (index: number) => all.slice(index * items.length, (index + 1) * items.length);
    for (let index = 0; index < 4; index++) expect([...round(index)].sort()).toEqual(items);
    expect(round(0)).not.toEqual(round(1));
  });

  it('needs something to schedule', () => {
    expect(() => rounds([], createRandom(1)).next()).toThrow(RangeError);
  });
});

describe('forked choices', () => {
  it('do not depend on what was asked before', () => {
    const asked = createRandom(5);
    asked.integer(0, 100);
    const numbers = (random: ReturnType<typeof createRandom>) =>
      Array.from({ length: 10 }, () => random.integer(0, 1_000_000));
    expect(numbers(asked.fork('x'))).toEqual(numbers(createRandom(5).fork('x')));
    expect(numbers(asked.fork('x'))).not.toEqual(numbers(asked.fork('y')));
  });

  it('stay within their bounds', () => {
    const random = createRandom(9);
    const numbers = Array.from({ length: 500 }, () => random.integer(2, 4));
    expect(new Set(numbers)).toEqual(new Set([2, 3, 4]));
  });
});
