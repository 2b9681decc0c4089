import type { IncomingRecord, PartitionState } from '@naru/kernel';
import { ageKey, createLagAges, lagAge_s, lagsOf } from './lag';
import type { KafkaSample } from './sample';

const GROUP = 'point-consumer-group';
const TOPIC = 'board.created';
const NOW_MS = 1_000_000;

const state: PartitionState = { topic: TOPIC, partition: 0, leader: 1, replicas: [1], inSync: [1] };
const lane = `${TOPIC}[0]`;

function sample(
  { start = 0n, end = 10n }: { start?: bigint; end?: bigint },
  committed: ReadonlyMap<string, bigint> | undefined,
): KafkaSample {
  return {
    at_ms: NOW_MS,
    problems: [],
    brokers: [],
    controller: 1,
    partitions: [state],
    starts: new Map([[lane, start]]),
    ends: new Map([[lane, end]]),
    groups: new Map(),
    committed: committed ? new Map([[GROUP, committed]]) : new Map(),
  };
}

describe('lag in messages', () => {
  it.each<[string, { start?: bigint; end?: bigint }, bigint | undefined, number]>([
    ['is what comes after the committed offset', {}, 4n, 6],
    ['is nothing at the end', {}, 10n, 0],
    ['is all that there is before the first commit', { start: 3n }, undefined, 7],
    ['leaves out what retention took', { start: 8n }, 2n, 2],
    ['is never below nothing, though the end was read a moment earlier', {}, 12n, 0],
  ])('%s', (_, range, committed, expected) => {
    const offsets = new Map(committed === undefined ? [] : [[lane, committed]]);
    expect(lagsOf(sample(range, offsets))).toMatchObject([
      { group: GROUP, topic: TOPIC, partition: 0, committed: committed ?? null, lag: expected },
    ]);
  });

  it('is not known of a group that does not answer', () => {
    expect(lagsOf(sample({}, undefined))).toEqual([]);
  });
});

describe('lag in seconds', () => {
  it.each([
    [0, NOW_MS - 5_000, 0],
    [1, NOW_MS - 5_000, 5],
    [1, NOW_MS + 5_000, 0],
    [1, undefined, 0],
  ])('with %d behind and a record of %s it is %d', (lag, timestamp_ms, expected) => {
    expect(lagAge_s(lag, timestamp_ms, NOW_MS)).toBe(expected);
  });

  it('is read once for each committed offset, and not at all without lag', async () => {
    const asked: bigint[] = [];
    const ages = createLagAges({
      fetch: async (_, from) => {
        asked.push(from);
        return [{ timestamp_ms: NOW_MS - Number(from) * 1_000 } as IncomingRecord];
      },
    });
    const read = async (committed: bigint) => {
      const now = sample({}, new Map([[lane, committed]]));
      const lags = lagsOf(now);
      return (await ages.read(now, lags)).get(ageKey(lags[0]!));
    };
    expect([await read(4n), await read(4n), await read(6n), await read(10n)]).toEqual([4, 4, 6, 0]);
    expect(asked).toEqual([4n, 6n]);
  });

  it('of a record that cannot be read stays what it was', async () => {
    let isDown = false;
    const ages = createLagAges({
      fetch: async () => {
        if (isDown) throw new Error('no answer');
        return [{ timestamp_ms: NOW_MS - 7_000 } as IncomingRecord];
      },
    });
    const now = sample({}, new Map([[lane, 4n]]));
    const later = sample({}, new Map([[lane, 5n]]));
    await ages.read(now, lagsOf(now));
    isDown = true;
    expect([...(await ages.read(later, lagsOf(later))).values()]).toEqual([7]);
  });
});
