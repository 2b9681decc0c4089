import { assignReplicas } from './replica-assignment';

const brokers = [1, 2, 3];

describe('replicas', () => {
  it.each([0, 1, 2, 7])('of three partitions have one leader on each broker (shift %i)', (shift) => {
    const leaders = assignReplicas(3, 3, brokers, shift).map(({ replicas }) => replicas[0]);
    expect(leaders.sort()).toEqual(brokers);
  });

  it('of a partition are on different brokers', () => {
    for (const { replicas } of assignReplicas(7, 3, brokers, 1)) expect(new Set(replicas).size).toBe(3);
  });

  it('of topics with one partition are led by different brokers', () => {
    const leaders = [0, 1, 2].map((shift) => assignReplicas(1, 3, brokers, shift)[0]!.replicas[0]);
    expect(leaders.sort()).toEqual(brokers);
  });

  it('are no more than there are brokers', () => {
    expect(assignReplicas(2, 3, [1], 5)).toEqual([
      { partition: 0, replicas: [1] },
      { partition: 1, replicas: [1] },
    ]);
  });

  it('need a broker', () => {
    expect(() => assignReplicas(1, 3, [], 0)).toThrow(RangeError);
  });
});
