import type { Random } from './random';

/**
 * An endless order in which each item comes once a round, in an order of its own each round: so after n items, none
 * has come more than once oftener than another.
 */
export function* rounds<T>(items: readonly T[], random: Random): Generator<T, never> {
  if (items.length === 0) throw new RangeError('there is nothing to schedule');
  for (let round = 0; ; round++) yield* random.fork(`round ${round}`).shuffled(items);
}
