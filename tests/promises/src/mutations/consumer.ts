import type { Mutation } from '../mutation';

const messaging = 'services/kernel/src/messaging';
const consumerTests = 'services/kernel/test/consumer.test.ts';
const effectTests = 'services/kernel/test/effects.test.ts';
const policyTests = 'services/kernel/src/messaging/policy.test.ts';
const batch = 'promise 9: a batch is one transaction';
const failures = 'promise 10: failures are told apart';

/** Promises 9 to 11: a batch, and what becomes of what fails. */
export const consumerMutations: readonly Mutation[] = [
  {
    promise: 9,
    title: 'the inbox is not heeded',
    file: `${messaging}/transactional-processor.ts`,
    find: 'events.filter(({ event }) => freshIds.has(event.id))',
    replace: 'events.filter(() => freshIds.size >= 0)',
    test: {
      file: consumerTests,
      name: `${batch} a doubled event id has one effect, within a batch and across batches and partitions`,
    },
  },
  {
    promise: 9,
    title: 'inbox ids are committed apart from their effects',
    file: `${messaging}/transactional-processor.ts`,
    find: 'await receive(trx, parts.group, ids)',
    replace: 'await transaction(parts.database, (own) => receive(own, parts.group, ids))',
    test: {
      file: consumerTests,
      name: `${batch} one bad message fails alone, its neighbours have their effects, and none of its own is left`,
    },
  },
  {
    promise: 9,
    title: 'progress is not saved with the effects',
    file: `${messaging}/transactional-processor.ts`,
    find: 'await saveProgress(trx, group, partition, next);\n    fresh.forEach',
    replace: 'fresh.forEach',
    test: {
      file: consumerTests,
      name: `${batch} effects, inbox and progress come together, and Kafka is told afterwards`,
    },
  },
  {
    promise: 9,
    title: 'a batch that fails becomes dead letters as a whole',
    file: `${messaging}/transactional-processor.ts`,
    find: 'await applyOne(entry, until);',
    replace: `await bury(entry, error, 1);
          until.done(recordOf(entry).offset + 1n);`,
    test: {
      file: consumerTests,
      name: `${batch} one bad message fails alone, its neighbours have their effects, and none of its own is left`,
    },
  },
  {
    promise: 9,
    title: 'a deadlock counts as a failure of the handler',
    file: 'services/kernel/src/errors.ts',
    find: "return 'contention';",
    replace: "return 'permanent';",
    test: {
      file: consumerTests,
      name: `${batch} a deadlock or lock timeout is tried again and counts as nothing`,
    },
  },
  {
    promise: 9,
    title: 'Kafka is told before the database',
    file: `${messaging}/transactional-processor.ts`,
    find: 'await until.available(() => apply(sorted));',
    replace: 'until.done(lastOf(records).next); await until.available(() => apply(sorted));',
    test: {
      file: consumerTests,
      name: `${batch} Kafka is not told of what the database does not have yet`,
    },
  },
  {
    promise: 9,
    title: 'kafkajs commits offsets by itself',
    file: `${messaging}/kafka-consumption.ts`,
    find: 'autoCommit: false',
    replace: 'autoCommit: true',
    test: {
      file: consumerTests,
      name: `${batch} Kafka is not told of what the database does not have yet`,
    },
  },
  {
    promise: 9,
    title: 'inbox ids are purged while a topic still has their records',
    file: 'services/kernel/src/janitor.ts',
    find: 'INBOX_RETENTION_S = 15 *',
    replace: 'INBOX_RETENTION_S = 13 *',
    test: {
      file: 'services/kernel/test/relay.test.ts',
      name: 'promise 7: what has served its time a service purges its outbox, and its inbox not before twice the retention of any topic',
    },
  },
  {
    promise: 10,
    title: 'poison is passed over',
    file: `${messaging}/processor.ts`,
    find: "return { kind: 'poison', record, error };",
    replace: "return { kind: 'skipped', record };",
    test: {
      file: consumerTests,
      name: `${failures} poison is a dead letter at once, bytes untouched, and its neighbours go through`,
    },
  },
  {
    promise: 10,
    title: 'a schema registry that is away makes poison of what nobody can read yet',
    file: `${messaging}/codec.ts`,
    find: 'throw new InfrastructureError(SCHEMA_REGISTRY, `schema ${id} is not known yet`);',
    replace: "throw new PoisonError('unknown-schema', `schema ${id} is not known yet`);",
    test: {
      file: 'services/kernel/src/messaging/codec-avro.test.ts',
      name: 'who knows a schema a registry that is away is waited for; the record is no poison',
    },
  },
  {
    promise: 10,
    title: 'poison uses up the retries',
    file: `${messaging}/policy.ts`,
    find: "failure === 'poison' || attempts",
    replace: 'attempts',
    test: { file: policyTests, name: 'poison is given up at once' },
  },
  {
    promise: 10,
    title: 'a permanent failure is not tried again',
    file: `${messaging}/policy.ts`,
    find: 'attempts >= policy.attempts',
    replace: 'attempts >= 1',
    test: {
      file: consumerTests,
      name: `${batch} one bad message fails alone, its neighbours have their effects, and none of its own is left`,
    },
  },
  {
    promise: 10,
    title: 'a lost connection is the record’s fault',
    file: 'services/kernel/src/errors.ts',
    find: "if (unavailable.has(code) || isFatal(error)) return 'infrastructure';",
    replace: "if (unavailable.has(code) || isFatal(error)) return 'permanent';",
    test: {
      file: consumerTests,
      name: `${failures} infrastructure is waited out: no dead letter, no retry used, however often it fails`,
    },
  },
  {
    promise: 10,
    title: 'infrastructure is waited for once only',
    file: `${messaging}/partition-worker.ts`,
    find: "if (kind !== 'infrastructure' && kind !== 'contention') throw error;",
    replace: "if ((kind !== 'infrastructure' && kind !== 'contention') || failure > 0) throw error;",
    test: {
      file: consumerTests,
      name: `${failures} infrastructure is waited out: no dead letter, no retry used, however often it fails`,
    },
  },
  {
    promise: 10,
    title: 'an effect’s missed deadline is the record’s fault',
    file: `${messaging}/effect-processor.ts`,
    find: 'if (!(error instanceof DeadlineError)) throw error;',
    replace: 'if (!(error instanceof DeadlineError) || handler.deadline_ms > 0) throw error;',
    test: {
      file: effectTests,
      name: 'infrastructure is waited out, however often; a missed deadline is infrastructure too',
    },
  },
  {
    promise: 10,
    title: 'a shutdown is a failure of the handler',
    file: `${messaging}/policy.ts`,
    find: "if (failure === 'cancelled') throw error;",
    replace: '',
    test: {
      file: policyTests,
      name: 'a cancellation is no attempt, and ends the waiting between attempts',
    },
  },
  {
    promise: 11,
    title: 'retries follow at once',
    file: `${messaging}/policy.ts`,
    find: 'delay_ms: 2_000',
    replace: 'delay_ms: 20',
    test: {
      file: consumerTests,
      name: 'promise 11: the default policy tries four times, two seconds apart, and the partition waits',
    },
  },
  {
    promise: 11,
    title: 'three tries instead of four',
    file: `${messaging}/policy.ts`,
    find: 'attempts: 4,',
    replace: 'attempts: 3,',
    test: {
      file: consumerTests,
      name: 'promise 11: the default policy tries four times, two seconds apart, and the partition waits',
    },
  },
  {
    promise: 11,
    title: 'the partition goes on while a record is tried again',
    file: `${messaging}/transactional-processor.ts`,
    find: 'await applyOne(entry, until);',
    replace: 'void applyOne(entry, until);',
    test: {
      file: consumerTests,
      name: 'promise 11: the default policy tries four times, two seconds apart, and the partition waits',
    },
  },
];
