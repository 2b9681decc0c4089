import type { Mutation } from '../mutation';

const messaging = 'services/kernel/src/messaging';
const relayTests = 'services/kernel/test/relay.test.ts';
const factTests = 'services/kernel/test/kafka-facts.test.ts';
const acknowledged = 'promise 8: what is not acknowledged is not sent';
const facts = 'promise 8: what kafkajs must not be asked to do';

/** Promise 8, and the facts of the design's section 6. */
export const brokerMutations: readonly Mutation[] = [
  {
    promise: 8,
    title: 'a send that failed is taken for sent',
    file: `${messaging}/relay.ts`,
    find: 'await broker.produce(topic, partition, rows);',
    replace: 'await broker.produce(topic, partition, rows).catch(() => undefined);',
    test: { file: relayTests, name: `${acknowledged} a lost acknowledgement sends the rows again, in order` },
  },
  {
    promise: 8,
    title: 'all records of a send are answered with the first one’s offset',
    file: `${messaging}/kafka-broker.ts`,
    find: 'base + BigInt(index)',
    replace: 'base + 0n * BigInt(index)',
    test: {
      file: relayTests,
      name: `${acknowledged} each record has its own offset in the answer, as the log has it`,
    },
  },
  {
    promise: 8,
    title: 'two sends of one partition may be in flight',
    file: `${messaging}/kafka-broker.ts`,
    find: 'if (inFlight.has(lane)) throw',
    replace: 'if (!lane) throw',
    test: {
      file: relayTests,
      name: `${acknowledged} a second send to a partition is refused while one is in flight`,
    },
  },
  {
    promise: 8,
    title: 'a partition that is absent from the answer counts as acknowledged',
    file: `${messaging}/kafka-broker.ts`,
    find: 'answers.find((entry) => entry.topicName === topic && entry.partition === partition)',
    replace: "answers.find((entry) => entry.topicName === topic) ?? { errorCode: 0, baseOffset: '0' }",
    test: {
      file: factTests,
      name: `${facts} a partition that is absent from the answer is not acknowledged`,
    },
  },
  {
    promise: 8,
    title: 'one send goes to several partitions',
    file: `${messaging}/kafka-broker.ts`,
    find: 'messages: records.map(({ key, value, headers }) => ({\n      partition,',
    replace:
      'messages: records.map(({ key, value, headers }, index) => ({\n      partition: (partition + index) % 3,',
    test: {
      file: factTests,
      name: `${facts} a send is for one partition, acknowledged by all replicas, and one of a partition at a time`,
    },
  },
  {
    promise: 8,
    title: 'the leader alone acknowledges',
    file: `${messaging}/kafka-broker.ts`,
    find: 'acks: -1',
    replace: 'acks: 1',
    test: {
      file: factTests,
      name: `${facts} a send is for one partition, acknowledged by all replicas, and one of a partition at a time`,
    },
  },
  {
    promise: 8,
    title: 'the producer is idempotent, which in kafkajs loses messages',
    file: `${messaging}/kafka-broker.ts`,
    find: 'idempotent: false',
    replace: 'idempotent: true',
    test: {
      file: factTests,
      name: `${facts} the producer is not idempotent, no topic comes about by itself, and nothing is committed by kafkajs`,
    },
  },
  {
    promise: 8,
    title: 'the consumer makes topics that are not there',
    file: `${messaging}/kafka-consumption.ts`,
    find: 'allowAutoTopicCreation: false',
    replace: 'allowAutoTopicCreation: true',
    test: {
      file: factTests,
      name: `${facts} the producer is not idempotent, no topic comes about by itself, and nothing is committed by kafkajs`,
    },
  },
  {
    promise: 8,
    title: 'a member is given partitions of topics that it does not read',
    file: `${messaging}/assigner.ts`,
    find: 'sorted.filter((member) => member.topics.has(topic)).map',
    replace: 'sorted.map',
    test: {
      file: 'services/kernel/src/messaging/assigner.test.ts',
      name: 'a topic that only a newer member subscribes to goes to that member',
    },
  },
];
