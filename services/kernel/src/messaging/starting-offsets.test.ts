import { startOf } from './starting-offsets';

test.each([
  ['nothing known: the earliest', undefined, undefined, 5n, 5n],
  [
    'no row, although Kafka has an offset: the earliest, for the database is the truth',
    undefined,
    9n,
    5n,
    5n,
  ],
  ['a row but no committed offset: the row', 7n, undefined, 5n, 7n],
  [
    'Kafka behind the row (killed between the two): what is redelivered is dropped as duplicate',
    7n,
    6n,
    5n,
    6n,
  ],
  ['Kafka behind the log, which has all that the row lacks: the log', 9n, 3n, 5n, 5n],
  ['Kafka behind the log, and nothing is lacking: the row', 105n, 100n, 105n, 105n],
  ['both behind the log: the row, which is then out of range', 7n, 6n, 9n, 7n],
  ['Kafka ahead of the row (reset by somebody): nothing is skipped', 7n, 9n, 5n, 7n],
])('%s', (_, progress, committed, earliest, expected) => {
  expect(startOf(progress, committed, earliest)).toBe(expected);
});
