import { keptPartitions } from './partitions';

const topic = (name: string, partitions: number) => ({ name, partitions, replication: 3, config: {} });

test('new topics are added, and those that are no longer declared are remembered', () => {
  expect(keptPartitions({ old: 3 }, [topic('b', 1), topic('a', 3)])).toEqual({ a: 3, b: 1, old: 3 });
});

test('another count for a topic that exists is refused by name', () => {
  expect(() => keptPartitions({ a: 3 }, [topic('a', 6)])).toThrow(/a from 3 to 6/);
});
