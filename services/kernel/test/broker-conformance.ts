import type { Broker, Consumption, IncomingRecord, Subscription, TopicPartition } from '@naru/kernel';
import { laneOf } from '@naru/kernel';
import { eventually, uniqueName } from '@naru/testing';

/** A cluster of three brokers that may be hurt. */
export interface Cluster {
  broker(): Broker;
  /** Makes a topic of three partitions, RF 3. @returns its name */
  topic(): Promise<string>;
  /** kill -9 of the broker that leads a partition. @returns brings it back */
  killLeader(partition: TopicPartition): Promise<() => Promise<void>>;
  /** The node that leads a partition at the moment. */
  leader(partition: TopicPartition): Promise<number>;
  /** The node that leads a partition whenever all brokers are well. */
  preferredLeader(partition: TopicPartition): Promise<number>;
  /** The partition of the internal topic whose leader coordinates a group. */
  coordinatorOf(group: string): TopicPartition;
}

const partitions = [0, 1, 2];

const records = (...texts: string[]) =>
  texts.map((text) => ({ key: null, value: Buffer.from(text), headers: [] }));

/** What a member of a group saw. */
function member(broker: Broker, topic: string, group: string, more: Partial<Subscription> = {}) {
  const seen: IncomingRecord[] = [];
  const generations: number[] = [];
  let assigned: TopicPartition[] = [];
  const subscription: Subscription = {
    group,
    topics: [topic],
    async onAssigned(all, generation) {
      assigned = [...all];
      generations.push(generation);
      const next = (lane: TopicPartition) =>
        seen
          .filter((record) => laneOf(record) === laneOf(lane))
          .reduce((max, { offset }) => (offset >= max ? offset + 1n : max), 0n);
      return new Map(all.map((lane) => [lane, next(lane)]));
    },
    onRevoked: () => (assigned = []),
    onRecords: (batch) => void seen.push(...batch),
    onOutOfRange: (lane) => {
      throw new Error(`out of range: ${laneOf(lane)}`);
    },
    ...more,
  };
  return {
    seen,
    texts: () => seen.map(({ value }) => String(value)),
    assigned: () => assigned,
    generation: () => generations[generations.length - 1] ?? -1,
    start: (): Promise<Consumption> => broker.consume(subscription),
  };
}

/** What any adapter of the broker port must do. */
export function brokerConformance(cluster: () => Cluster): void {
  let broker: Broker;
  let topic: string;
  let group: string;
  const running: Consumption[] = [];

  const start = async (one: ReturnType<typeof member>) => {
    const consumption = await one.start();
    running.push(consumption);
    return consumption;
  };

  beforeEach(async () => {
    broker = cluster().broker();
    topic = await cluster().topic();
    group = uniqueName('group');
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumption) => consumption.stop()));
    await broker.disconnect();
  });

  test('records arrive in the order of their partition, with the offsets that produce() gave', async () => {
    const offsets = await broker.produce(topic, 1, records('a', 'b', 'c'));
    const one = member(broker, topic, group);
    await start(one);
    await eventually('three records', () => one.seen.length === 3);
    expect(one.texts()).toEqual(['a', 'b', 'c']);
    expect(one.seen.map(({ offset }) => offset)).toEqual(offsets);
  });

  test('headers arrive with the records, also those named like what every object has', async () => {
    const headers = ['constructor', 'toString', 'a', 'a'].map(
      (name, index) => [name, Buffer.from(String(index))] as const,
    );
    await broker.produce(topic, 0, [{ key: null, value: null, headers }]);
    const one = member(broker, topic, group);
    await start(one);
    await eventually('the record', () => one.seen.length === 1);
    expect(one.seen[0]?.headers).toEqual(headers);
  });

  test('a partition starts where the subscription says, and one that it leaves out stays paused', async () => {
    for (const partition of partitions)
      await broker.produce(topic, partition, records(`${partition}a`, `${partition}b`));
    const one = member(broker, topic, group, {
      onAssigned: async (all) =>
        new Map(
          all.flatMap((lane) => (lane.partition === 2 ? [] : [[lane, BigInt(lane.partition)] as const])),
        ),
    });
    await start(one);
    await eventually('three records', () => one.seen.length === 3);
    await broker.produce(topic, 2, records('2c'));
    await broker.produce(topic, 0, records('0c'));
    await eventually('the fourth', () => one.seen.length === 4);
    expect(one.texts().sort()).toEqual(['0a', '0b', '0c', '1b']);
  });

  test('a paused partition is not read, the others are', async () => {
    const one = member(broker, topic, group);
    const consumption = await start(one);
    await eventually('assigned', () => one.assigned().length === 3 && consumption.trouble() === null);
    consumption.pause({ topic, partition: 0 });
    await broker.produce(topic, 0, records('held'));
    await broker.produce(topic, 1, records('free'));
    await eventually('the free one', () => one.seen.length === 1);
    expect(one.texts()).toEqual(['free']);
    consumption.resume({ topic, partition: 0 });
    await eventually('the held one', () => one.texts().includes('held'));
  });

  test('pausing and resuming do nothing while there is no membership', async () => {
    const consumption = await start(member(broker, topic, group));
    consumption.pause({ topic, partition: 0 });
    consumption.resume({ topic, partition: 0 });
  });

  test('commits are those of the current generation; an older one is dropped', async () => {
    const one = member(broker, topic, group);
    const consumption = await start(one);
    await eventually('assigned', () => one.assigned().length === 3 && consumption.trouble() === null);
    const lane = { topic, partition: 0 };
    await broker.produce(topic, 0, records('a', 'b'));
    await consumption.commit(one.generation() - 1, new Map([[lane, 1n]]));
    expect(await broker.committed(group, [lane])).toEqual(new Map());
    await consumption.commit(one.generation(), new Map([[lane, 2n]]));
    expect(await broker.committed(group, [lane])).toEqual(new Map([[lane, 2n]]));
  });

  test('members share the partitions, and a member that leaves gives its own back at once', async () => {
    const members = [
      member(broker, topic, group),
      member(broker, topic, group),
      member(broker, topic, group),
    ];
    const consumptions = [];
    for (const one of members) consumptions.push(await start(one));
    await eventually('one partition each', () => members.every((one) => one.assigned().length === 1), 40_000);
    await consumptions[0]?.stop();
    const rest = members.slice(1);
    await eventually(
      'two share three',
      () => rest.reduce((sum, one) => sum + one.assigned().length, 0) === 3,
      40_000,
    );
  });

  test('reads a range outside any group', async () => {
    await broker.produce(topic, 0, records('a', 'b', 'c', 'd'));
    const texts: string[] = [];
    for await (const { value } of broker.read({ topic, partition: 0 }, 1n, 3n)) texts.push(String(value));
    expect(texts).toEqual(['b', 'c']);
  });

  test('kill -9 of a leader: what was acknowledged is read, in order, and reading goes on', async () => {
    const one = member(broker, topic, group);
    await start(one);
    const acknowledged: Record<number, string[]> = {};
    let producing = true;
    const produce = async (partition: number) => {
      const mine: string[] = (acknowledged[partition] = []);
      for (let next = 0; producing; next++) {
        const texts = [`${partition}:${next}a`, `${partition}:${next}b`];
        const sent = await broker.produce(topic, partition, records(...texts)).then(
          () => true,
          () => false,
        );
        if (sent) mine.push(...texts);
      }
    };
    const producers = partitions.map(produce);
    const ackedSoFar = () => partitions.map((partition) => acknowledged[partition]?.length ?? 0);
    await eventually('producing', () => ackedSoFar().every((count) => count > 100));
    const revive = await cluster().killLeader({ topic, partition: 0 });
    const atKill = ackedSoFar();
    await eventually(
      'producing goes on everywhere',
      () => ackedSoFar().every((count, index) => count > (atKill[index] ?? 0) + 100),
      60_000,
    );
    await revive();
    producing = false;
    await Promise.all(producers);
    for (const partition of partitions) {
      const expected = acknowledged[partition] ?? [];
      const found = await eventually(
        `all ${expected.length} of partition ${partition} are read`,
        () => {
          const firsts = [
            ...new Set(
              one.seen.filter((record) => record.partition === partition).map(({ value }) => String(value)),
            ),
          ];
          const wanted = new Set(expected);
          const read = firsts.filter((text) => wanted.has(text));
          return read.length === expected.length && read;
        },
        60_000,
      );
      expect(found).toEqual(expected);
    }
  }, 180_000);

  test('kill -9 of the group’s coordinator: reading and committing go on, also when it takes its role back', async () => {
    const one = member(broker, topic, group);
    const consumption = await start(one);
    const lane = { topic, partition: 0 };
    let sent = 0;
    const readsOne = async (when: string) => {
      const text = `after ${++sent}`;
      await eventually(
        `sent ${when}`,
        () => broker.produce(topic, 0, records(text)).then(() => true),
        60_000,
      );
      await eventually(`read ${when}`, () => one.texts().includes(text), 60_000);
      await eventually(
        `committed ${when}`,
        async () => {
          const next = one.seen.reduce((max, { offset }) => (offset >= max ? offset + 1n : max), 0n);
          await consumption.commit(one.generation(), new Map([[lane, next]]));
          return [...(await broker.committed(group, [lane])).values()][0] === next;
        },
        20_000,
      );
    };
    /** A membership that is lost between reading and committing commits again only once it has read again. */
    const readsOn = (when: string) => readsOne(when).catch(() => readsOne(`${when}, once more`));
    await readsOn('at first');
    const coordinator = cluster().coordinatorOf(group);
    const preferredLeads = (what: string) =>
      eventually(
        what,
        async () => (await cluster().leader(coordinator)) === (await cluster().preferredLeader(coordinator)),
        60_000,
      );
    // Another test may have left it with a broker that will not lead it again.
    await preferredLeads('all brokers are well');
    const revive = await cluster().killLeader(coordinator);
    await readsOn('without the coordinator');
    await revive();
    await preferredLeads('the broker leads again');
    for (let round = 0; round < 20; round++) await readsOn(`with the coordinator back, round ${round}`);
  }, 300_000);
}
