import { createLog } from '../log';
import type { TopicPartition } from './broker';
import { createCommitter } from './committer';

const log = createLog('test', 'test', 'silent');
const lane = (partition: number): TopicPartition => ({ topic: 't', partition });

/** Commits that fail as often as told, then succeed. */
function broker(failures: number) {
  const commits: { generation: number; offsets: [number, bigint][] }[] = [];
  return {
    commits,
    async commit(generation: number, offsets: ReadonlyMap<TopicPartition, bigint>) {
      await Promise.resolve();
      if (failures-- > 0) throw new Error('the coordinator has moved');
      commits.push({ generation, offsets: [...offsets].map(([{ partition }, next]) => [partition, next]) });
    },
  };
}

test('what comes while a commit is under way is committed with the next, newest only', async () => {
  const { commits, commit } = broker(0);
  const committer = createCommitter(commit, log, 1);
  committer.add(1, lane(0), 1n);
  committer.add(1, lane(0), 2n);
  committer.add(1, lane(1), 7n);
  committer.add(1, lane(0), 3n);
  await committer.flush();
  expect(commits.map(({ offsets }) => offsets)).toEqual([
    [[0, 1n]],
    [
      [0, 3n],
      [1, 7n],
    ],
  ]);
});

test('an offset never goes back, also when an older one is told while a newer one is being committed', async () => {
  const { commits, commit } = broker(0);
  const committer = createCommitter(commit, log, 1);
  committer.add(1, lane(0), 44n);
  committer.add(1, lane(0), 43n);
  committer.add(1, lane(0), 45n);
  committer.add(1, lane(0), 43n);
  await committer.flush();
  committer.add(1, lane(0), 42n);
  await committer.flush();
  expect(commits.flatMap(({ offsets }) => offsets)).toEqual([
    [0, 44n],
    [0, 45n],
  ]);
});

test('a commit that fails is tried again, although no further record comes', async () => {
  const { commits, commit } = broker(3);
  const committer = createCommitter(commit, log, 1);
  committer.add(1, lane(0), 5n);
  while (commits.length === 0) await new Promise(setImmediate);
  expect(commits).toEqual([{ generation: 1, offsets: [[0, 5n]] }]);
});

test('offsets of an older generation are dropped, also those that failed before', async () => {
  const { commits, commit } = broker(1);
  const committer = createCommitter(commit, log, 1);
  committer.add(1, lane(0), 5n);
  committer.add(2, lane(1), 1n);
  committer.add(1, lane(0), 6n);
  while (commits.length === 0) await new Promise(setImmediate);
  await committer.flush();
  expect(commits).toEqual([{ generation: 2, offsets: [[1, 1n]] }]);
});

test('flushing tries once more and then lets go', async () => {
  const { commits, commit } = broker(1_000);
  const committer = createCommitter(commit, log, 60_000);
  committer.add(1, lane(0), 5n);
  await committer.flush();
  expect(commits).toEqual([]);
});
