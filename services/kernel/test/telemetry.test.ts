import { transactional, type EffectHandler } from '@naru/kernel';
import { eventually, testBroker, uniqueName } from '@naru/testing';
import { eventHeadersOf, kit, record, signedUp, type Kit } from './harness';

let naru: Kit;
beforeEach(async () => {
  naru = await kit();
});
afterEach(() => naru.close());

type Gauge = Kit['metrics']['relayLeader'] | Kit['metrics']['lastProgress'];
const valueOf = async (gauge: Gauge) => (await gauge.get()).values[0]?.value;

describe('the outbox', () => {
  test('what waits and since when is told, and by whom it is published', async () => {
    const broker = testBroker();
    let isOpen = false;
    const relay = naru.anotherRelay({
      produce: async (...send) => {
        if (!isOpen) throw new Error('not now');
        return broker.produce(...send);
      },
    });
    const { relayLeader, outboxPending, outboxOldestAge, published } = naru.metrics;
    expect(await valueOf(relayLeader)).toBe(0);
    await naru.append([signedUp(1), signedUp(2)]);
    relay.start();
    await eventually('two rows wait', async () => (await valueOf(outboxPending)) === 2);
    await eventually('the oldest has an age', async () => ((await valueOf(outboxOldestAge)) ?? 0) > 0);
    expect(await valueOf(relayLeader)).toBe(1);
    isOpen = true;
    await naru.drained();
    await eventually('no row waits', async () => (await valueOf(outboxPending)) === 0);
    expect(await valueOf(outboxOldestAge)).toBe(0);
    expect((await published.get()).values).toMatchObject([{ value: 2 }]);
    await relay.stop(0);
    expect(await valueOf(relayLeader)).toBe(0);
    await broker.disconnect();
  });
});

describe('a consumer', () => {
  const nothing = transactional(['user.signed-up'], async () => undefined);
  const partitions = async () =>
    new Map(
      (await naru.metrics.lastProgress.get()).values.map(({ labels, value }) => [
        labels.messaging_destination_partition_id,
        value,
      ]),
    );

  test('tells when each of its partitions last moved, until it lets them go', async () => {
    const before_s = Date.now() / 1_000;
    const group = uniqueName('group');
    const consumer = naru.consumer(group, [nothing]);
    await consumer.start();
    await eventually('three partitions', async () => (await partitions()).size === 3);
    const assigned = await partitions();
    for (const at_s of assigned.values()) expect(at_s).toBeGreaterThanOrEqual(before_s);
    const { values } = await naru.metrics.lastProgress.get();
    expect(values[0]?.labels).toMatchObject({
      messaging_destination_name: naru.topic,
      messaging_consumer_group_name: group,
    });

    const value = { userId: 1, name: 'n', email: 'a@example.com', version: 1 };
    await naru.broker.produce(naru.topic, 1, [record(value, eventHeadersOf('a'))]);
    await eventually('its partition moved', async () => {
      return (await partitions()).get('1')! > assigned.get('1')!;
    });
    expect((await partitions()).get('0')).toBe(assigned.get('0'));
    await consumer.stop();
    expect(await partitions()).toEqual(new Map());
  });

  test('tells how long effects outside the database take, and how late they are', async () => {
    const effect: EffectHandler<'user.signed-up'> = {
      kind: 'effect',
      types: ['user.signed-up'],
      dependency: 'test',
      deadline_ms: 5_000,
      claim: async () => 'claimed',
      call: async () => undefined,
      mark: async () => undefined,
      fail: async () => undefined,
    };
    await naru.append([signedUp(1), signedUp(2)]);
    naru.relay.start();
    await naru.consumer(uniqueName('group'), [effect]).start();
    await eventually('both had their effects', async () => (await naru.consumed('processed')) === 2);
    const { processDuration, endToEndLatency } = naru.metrics;
    for (const histogram of [processDuration, endToEndLatency]) {
      const { values } = await histogram.get();
      expect(values.find(({ metricName }) => metricName?.endsWith('_count'))).toMatchObject({ value: 2 });
    }
  });
});
