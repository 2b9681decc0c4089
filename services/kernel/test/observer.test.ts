import { createKafkaObserver, laneOf, type Broker, type KafkaObserver } from '@naru/kernel';
import { eventually, infrastructure, testBroker, testLog, testTopic, uniqueName } from '@naru/testing';

let broker: Broker;
let observer: KafkaObserver;
let topic: string;
const record = (value: string) => ({ key: Buffer.from('k'), value: Buffer.from(value), headers: [] });

beforeAll(async () => {
  broker = testBroker();
  const brokers = infrastructure().kafkaBrokers.split(',');
  observer = createKafkaObserver({ clientId: uniqueName('observer'), brokers, log: testLog });
  ({ name: topic } = await testTopic(['user.signed-up']));
  await broker.produce(topic, 1, [record('a'), record('b'), record('c')]);
});
afterAll(async () => {
  await observer?.disconnect();
  await broker?.disconnect();
});

const lane = (partition: number) => ({ topic, partition });
const stateOf = async (partition: number) => {
  const { partitions } = await observer.cluster();
  return partitions.find((state) => state.topic === topic && state.partition === partition)!;
};

test('knows the brokers, who leads what, and which of them is the active controller', async () => {
  const { brokers } = await observer.cluster();
  expect(brokers.map(({ isMember }) => isMember)).toEqual([true, true, true]);
  expect(brokers.map(({ id }) => id)).toContain(await observer.controller());
  const { leader, replicas, inSync } = await stateOf(1);
  expect(replicas).toContain(leader);
  expect(inSync).toHaveLength(3);
});

test('knows where a partition begins, ends, and what came since a time', async () => {
  expect(await observer.offsetRange(lane(1))).toEqual({ low: 0n, high: 3n });
  const state = [await stateOf(1), await stateOf(2)];
  const since = async (since_ms: number) => (await observer.offsets(state, { since_ms })).values;
  const long_ms = 24 * 60 * 60 * 1_000;
  expect((await since(Date.now() - long_ms)).get(laneOf(lane(1)))).toBe(0n);
  expect((await since(Date.now() + long_ms)).get(laneOf(lane(1)))).toBe(3n);
  // No record at all is the end, too.
  expect((await since(Date.now() - long_ms)).get(laneOf(lane(2)))).toBe(0n);
});

test('reads a range without a group, and one record by its offset', async () => {
  const values: string[] = [];
  for await (const { value } of observer.read(lane(1), 1n, 3n)) values.push(String(value));
  expect(values).toEqual(['b', 'c']);
  const [first] = await observer.fetch(await stateOf(1), 2n, 4_096);
  expect(first).toMatchObject({ offset: 2n, topic, partition: 1 });
  await expect(observer.offsetRange({ topic: uniqueName('nothing'), partition: 0 })).rejects.toThrow(
    'is not there',
  );
});

test('knows members of a group and what they committed', async () => {
  const group = uniqueName('group');
  const taken: string[] = [];
  const consumption = await broker.consume({
    group,
    topics: [topic],
    onAssigned: async (partitions) => new Map(partitions.map((partition) => [partition, 0n])),
    onRevoked: () => undefined,
    onRecords: (records, generation) => {
      taken.push(...records.map(({ value }) => String(value)));
      const next = records.at(-1)!.offset + 1n;
      void consumption.commit(generation, new Map([[lane(1), next]]));
    },
    onOutOfRange: () => undefined,
  });
  try {
    await eventually('the commit', async () => {
      const committed = await observer.committed(group, [lane(0), lane(1)]);
      return committed.get(laneOf(lane(1))) === 3n && !committed.has(laneOf(lane(0)));
    });
    const { values, problems } = await observer.groups([group, uniqueName('nobody')]);
    expect(problems).toEqual([]);
    expect(values.get(group)).toMatchObject({ state: 'Stable' });
    expect(values.get(group)?.members.flatMap(({ partitions }) => partitions)).toHaveLength(3);
  } finally {
    await consumption.stop();
  }
});

test('without any broker says so instead of waiting', async () => {
  const alone = createKafkaObserver({ clientId: 'alone', brokers: ['127.0.0.1:9'], log: testLog });
  await expect(alone.cluster()).rejects.toThrow('no broker answers');
  await alone.disconnect();
});
