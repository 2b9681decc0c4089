import type { Mutation } from '../mutation';

const messaging = 'services/kernel/src/messaging';
const consumerTests = 'services/kernel/test/consumer.test.ts';
const workerTests = 'services/kernel/src/messaging/partition-worker.test.ts';
const startTests = 'services/kernel/src/messaging/starting-offsets.test.ts';
const starts = 'promise 12: where a group starts';
const bounded = 'promise 13: work in flight is bounded, and silence is noticed';

/** Promises 12 to 14: where a group starts, that it moves, and how it stops. */
export const membershipMutations: readonly Mutation[] = [
  {
    promise: 12,
    title: 'a new group starts at the newest record',
    file: `${messaging}/starting-offsets.ts`,
    find: 'committed.get(partition), range.low)',
    replace: 'committed.get(partition), range.high)',
    test: { file: consumerTests, name: `${starts} without progress at the earliest record` },
  },
  {
    promise: 12,
    title: 'a group without a committed offset starts anew',
    file: `${messaging}/starting-offsets.ts`,
    find: 'if (committed === undefined) return progress;',
    replace: 'if (committed === undefined) return earliest;',
    test: { file: startTests, name: 'a row but no committed offset: the row' },
  },
  {
    promise: 12,
    title: 'a committed offset ahead of the progress is followed',
    file: `${messaging}/starting-offsets.ts`,
    find: 'return behind < progress ? behind : progress;',
    replace: 'return committed;',
    test: { file: consumerTests, name: `${starts} a committed offset ahead of the progress skips nothing` },
  },
  {
    promise: 12,
    title: 'progress outside the log is reset to the earliest record',
    file: `${messaging}/starting-offsets.ts`,
    find: 'outOfRange.push({ partition, next, ...range });',
    replace: 'starts.set(partition, { next: range.low, done: range.low });',
    test: {
      file: consumerTests,
      name: `${starts} progress beyond the end of the log halts and reports, and never resets`,
    },
  },
  {
    promise: 12,
    title: 'records that kafkajs fetched after a reset of its own are taken',
    file: `${messaging}/kafka-consumption.ts`,
    find: 'if (BigInt(fetchedOffset) !== position.next) return',
    replace: 'if (BigInt(fetchedOffset) < 0n) return',
    test: { file: consumerTests, name: `${starts} records deleted under a running consumer halt it` },
  },
  {
    promise: 13,
    title: 'fetching never stops',
    file: `${messaging}/partition-worker.ts`,
    find: 'queue.length > QUEUE_RECORDS_HIGH || queuedBytes > QUEUE_BYTES_HIGH',
    replace: 'queue.length < 0',
    test: {
      file: consumerTests,
      name: `${bounded} fetching stops while a slow handler has its queue full, and goes on after`,
    },
  },
  {
    promise: 13,
    title: 'fetching does not go on',
    file: `${messaging}/partition-worker.ts`,
    find: 'parts.resumeFetching();',
    replace: '',
    test: {
      file: consumerTests,
      name: `${bounded} fetching stops while a slow handler has its queue full, and goes on after`,
    },
  },
  {
    promise: 13,
    title: 'a handler has no deadline',
    file: `${messaging}/transactional-processor.ts`,
    find: 'withDeadline(parts.handlerDeadline_ms,',
    replace: 'withDeadline(2 ** 31 - 1,',
    test: {
      file: consumerTests,
      name: `${bounded} a handler past its deadline is rolled back and tried as the policy says`,
    },
  },
  {
    promise: 13,
    title: 'a handler that never comes back is not noticed',
    file: `${messaging}/partition-worker.ts`,
    find: '0 : performance.now() - movedAt_ms',
    replace: '0 : 0',
    test: {
      file: consumerTests,
      name: 'promise 13: a handler that never comes back makes the consumer unready, then dead',
    },
  },
  {
    promise: 13,
    title: 'a fetch loop that is silent is not noticed',
    file: `${messaging}/consumer.ts`,
    find: "? 'the fetch loop' : null",
    replace: '? null : null',
    test: {
      file: consumerTests,
      name: 'promise 13: a fetch loop that is silent makes the consumer unready, then dead',
    },
  },
  {
    promise: 13,
    title: 'waiting for the database counts as a stall',
    file: `${messaging}/partition-worker.ts`,
    find: 'loop === null || pauses > 0 ? 0',
    replace: 'loop === null ? 0',
    test: {
      file: workerTests,
      name: 'promise 13: stalled is not a partition that tries again and again what is not available',
    },
  },
  {
    promise: 13,
    title: 'after an outage nobody sees that a try never comes back',
    file: `${messaging}/partition-worker.ts`,
    find: 'loop === null || pauses > 0 ? 0',
    replace: 'loop === null || waitingFor !== null ? 0',
    test: {
      file: workerTests,
      name: 'promise 13: stalled is a partition whose next try never comes back',
    },
  },
  {
    promise: 13,
    title: 'an abort that a handler lets out silences its partition',
    file: `${messaging}/partition-worker.ts`,
    find: 'if (ending.signal.aborted) break;',
    replace: 'break;',
    test: {
      file: consumerTests,
      name: 'promise 13: an abort that a handler lets out while nothing ends does not silence its partition',
    },
  },
  {
    promise: 14,
    title: 'records are taken one by one although their partition is let go',
    file: `${messaging}/transactional-processor.ts`,
    find: 'if (until.ending.aborted) throw new CancelledError();',
    replace: '',
    test: {
      file: consumerTests,
      name: 'a batch that is taken one by one ends with the record at hand when its partition is let go',
    },
  },
  {
    promise: 14,
    title: 'stopping does not wait for the batch at hand',
    file: `${messaging}/consumer.ts`,
    find: 'await Promise.all([endWorkers(), release.stop()]);',
    replace: 'void Promise.all([endWorkers(), release.stop()]);',
    test: {
      file: consumerTests,
      name: 'promise 14: stopping finishes the record at hand, commits, and leaves the group at once',
    },
  },
  {
    promise: 14,
    title: 'the group is left before its offsets are committed',
    file: `${messaging}/consumer.ts`,
    find: 'await Promise.all([endWorkers(), release.stop()]);',
    replace: 'await consumption?.stop(); await Promise.all([endWorkers(), release.stop()]);',
    test: {
      file: consumerTests,
      name: 'promise 14: stopping finishes the record at hand, commits, and leaves the group at once',
    },
  },
  {
    promise: 14,
    title: 'the group is not left',
    file: `${messaging}/consumer.ts`,
    find: 'await committer.flush();\n      await consumption?.stop();',
    replace: 'await committer.flush();',
    test: {
      file: consumerTests,
      name: 'promise 14: stopping finishes the record at hand, commits, and leaves the group at once',
    },
  },
  {
    promise: 14,
    title: 'a member that is joining when it stops stays in the group',
    file: `${messaging}/kafka-consumption.ts`,
    find: 'await joining.catch(() => undefined);\n',
    replace: '',
    test: {
      file: consumerTests,
      name: 'promise 14: stopping while a rebalance is under way leaves no member behind',
    },
  },
  {
    promise: 14,
    title: 'the relay stops with rows at hand unpublished',
    file: `${messaging}/relay.ts`,
    find: 'await Promise.race([loop, pause(drain_ms, stopping.signal)]);',
    replace: '',
    test: {
      file: 'services/kernel/test/relay.test.ts',
      name: 'promise 14: stopping a relay publishes what is pending first',
    },
  },
];
