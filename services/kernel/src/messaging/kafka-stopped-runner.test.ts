import { createRequire } from 'node:module';
import './kafka-stopped-runner';

const kafkajs = createRequire(__filename);
const Runner = kafkajs('kafkajs/src/consumer/runner');
const Emitter = kafkajs('kafkajs/src/instrumentation/emitter');

/** How many turns of promises later the stop comes; between 4 and 8 kafkajs alone never lets go of the process. */
const turns = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

test.each(turns)('a member stopped %i turns after the set of brokers changed leaves', async (turn) => {
  let brokers = [1];
  let answer: (batches: unknown[]) => void = () => undefined;
  let hasLeft = false;
  const silent: unknown = new Proxy(
    {},
    { get: (_, name) => (name === 'namespace' ? () => silent : () => {}) },
  );
  const runner = new Runner({
    logger: silent,
    instrumentationEmitter: new Emitter(),
    heartbeatInterval: 1_000,
    retry: { retries: 3, initialRetryTime: 10 },
    eachBatch: async () => undefined,
    onCrash: () => undefined,
    consumerGroup: {
      getNodeIds: () => brokers,
      connect: async () => undefined,
      joinAndSync: async () => undefined,
      heartbeat: async () => undefined,
      leave: async () => (hasLeft = true),
      fetch: () => new Promise((resolve) => (answer = resolve)),
    },
  });
  await runner.start();
  await new Promise(setImmediate);
  brokers = [1, 2];
  answer([]);
  for (let wait = 0; wait < turn + 2; wait++) await Promise.resolve();
  const stopped = runner.stop();
  await new Promise(setImmediate);
  answer([]);
  await stopped;
  expect(hasLeft).toBe(true);
});
