import { InfrastructureError, type Broker } from '@naru/kernel';
import { eventually, testBroker } from '@naru/testing';
import {
  Kafka,
  type ConsumerConfig,
  type ConsumerRunConfig,
  type ProducerConfig,
  type ProducerRecord,
} from 'kafkajs';
import { kit, signedUp, type Kit } from './harness';

/** The design's section 6, which the answers of a healthy cluster do not show: what kafkajs is asked to do. */
let naru: Kit;
let broker: Broker;
let asked: {
  producers: (ProducerConfig | undefined)[];
  consumers: ConsumerConfig[];
  runs: (ConsumerRunConfig | undefined)[];
  sends: { record: ProducerRecord; inFlight: string[] }[];
};
/** What becomes of an answer on its way back. */
let onAnswer: (answer: { partition: number }[]) => { partition: number }[];

beforeEach(async () => {
  asked = { producers: [], consumers: [], runs: [], sends: [] };
  onAnswer = (answer) => answer;
  listen();
  naru = await kit();
  broker = testBroker();
});
afterEach(async () => {
  await naru.close();
  await broker.disconnect();
  jest.restoreAllMocks();
});

/** The real kafkajs, with an ear on what it is asked. */
function listen() {
  const inFlight = new Set<string>();
  const { producer: newProducer, consumer: newConsumer } = Kafka.prototype;
  jest.spyOn(Kafka.prototype, 'producer').mockImplementation(function (this: Kafka, config) {
    asked.producers.push(config);
    const producer = newProducer.call(this, config);
    return {
      ...producer,
      async send(record) {
        const lanes = [...new Set(record.messages.map(({ partition }) => `${record.topic}[${partition}]`))];
        asked.sends.push({ record, inFlight: lanes.filter((lane) => inFlight.has(lane)) });
        lanes.forEach((lane) => inFlight.add(lane));
        const answer = await producer
          .send(record)
          .finally(() => lanes.forEach((lane) => inFlight.delete(lane)));
        return onAnswer(answer) as typeof answer;
      },
    };
  });
  jest.spyOn(Kafka.prototype, 'consumer').mockImplementation(function (this: Kafka, config) {
    const consumer = newConsumer.call(this, config);
    asked.consumers.push(config);
    return {
      ...consumer,
      run(run) {
        asked.runs.push(run);
        return consumer.run(run);
      },
    };
  });
}

describe('promise 8: what kafkajs must not be asked to do', () => {
  test('a partition that is absent from the answer is not acknowledged', async () => {
    const records = [{ key: null, value: Buffer.from('x'), headers: [] }];
    onAnswer = () => [];
    await expect(broker.produce(naru.topic, 1, records)).rejects.toThrow(InfrastructureError);
    onAnswer = (answer) => answer.map((entry) => ({ ...entry, partition: entry.partition + 1 }));
    await expect(broker.produce(naru.topic, 1, records)).rejects.toThrow(/not acknowledged/);
    onAnswer = (answer) => answer;
    expect(await broker.produce(naru.topic, 1, records)).toEqual([2n]);
  });

  test('a send is for one partition, acknowledged by all replicas, and one of a partition at a time', async () => {
    naru.relay.start();
    for (let round = 0; round < 5; round++) {
      await naru.append(Array.from({ length: 40 }, (_, user) => signedUp(user + 1)));
    }
    await naru.drained();
    const partitions = asked.sends.map(({ record }) => [
      ...new Set(record.messages.map(({ partition }) => partition)),
    ]);
    expect(new Set(partitions.flat())).toEqual(new Set([0, 1, 2]));
    for (const ofSend of partitions) expect(ofSend).toHaveLength(1);
    for (const { record, inFlight } of asked.sends) {
      expect(record.acks).toBe(-1);
      expect(inFlight).toEqual([]);
    }
  });

  test('the producer is not idempotent, no topic comes about by itself, and nothing is committed by kafkajs', async () => {
    const consumption = await broker.consume({
      group: naru.topic,
      topics: [naru.topic],
      onAssigned: async (partitions) => new Map(partitions.map((partition) => [partition, 0n])),
      onRevoked: () => undefined,
      onRecords: () => undefined,
      onOutOfRange: () => undefined,
    });
    await eventually('joined', () => consumption.trouble() === null);
    await consumption.stop();
    expect(asked.producers.length).toBeGreaterThan(0);
    expect(asked.consumers.length).toBeGreaterThan(0);
    for (const config of asked.producers) {
      expect(config).toMatchObject({ idempotent: false, allowAutoTopicCreation: false });
    }
    for (const config of asked.consumers) expect(config).toMatchObject({ allowAutoTopicCreation: false });
    for (const run of asked.runs) {
      expect(run).toMatchObject({ autoCommit: false, eachBatchAutoResolve: false });
    }
  });
});
