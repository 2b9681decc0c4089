import type { KafkaSample } from './kafka/sample';
import type { LaneLag } from './kafka/lag';
import { toOverview } from './overview';

const GROUP = 'notification-consumer-group';
const PARTITIONS = [0, 1, 2];

const sample: KafkaSample = {
  at_ms: 1_000_000,
  problems: [],
  brokers: [],
  controller: 1,
  partitions: [],
  starts: new Map(),
  ends: new Map(),
  groups: new Map(),
  committed: new Map(),
};

const lanesOf = (topic: string, partitions: readonly number[]): LaneLag[] =>
  partitions.map((partition) => ({ group: GROUP, topic, partition, committed: 1n, end: 3n, lag: 2 }));

function groupOf(lags: readonly LaneLag[]) {
  const rest = { ages: new Map<string, number>(), rates: {}, letters: [], instances: undefined };
  const { groups } = toOverview({ sample, lags, stores: { states: new Map(), problems: [] }, ...rest });
  return groups.find(({ name }) => name === GROUP);
}

describe('the lag of a group', () => {
  const topics = groupOf([])!.topics.map(({ topic }) => topic);
  const [first = '', ...others] = topics;

  it('is that of all its partitions', () => {
    const group = groupOf(topics.flatMap((topic) => lanesOf(topic, PARTITIONS)));
    expect(group).toMatchObject({ lag: topics.length * 6 });
    expect(group?.topics[0]).toMatchObject({ topic: first, lag: 6 });
  });

  it('is not told as nothing when nothing is known of it', () => {
    expect(groupOf([])).toMatchObject({ lag: null });
  });

  it('is not known as long as one partition has not told; the other topics are', () => {
    const group = groupOf([
      ...lanesOf(first, PARTITIONS.slice(1)),
      ...others.flatMap((topic) => lanesOf(topic, PARTITIONS)),
    ]);
    expect(group).toMatchObject({ lag: null });
    expect(group?.topics.map(({ lag }) => lag)).toEqual([null, ...others.map(() => 6)]);
  });
});
