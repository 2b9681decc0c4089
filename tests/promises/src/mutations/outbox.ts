import type { Mutation } from '../mutation';

const messaging = 'services/kernel/src/messaging';
const outboxTests = 'services/kernel/test/outbox.test.ts';
const relayTests = 'services/kernel/test/relay.test.ts';

/** Promises 1 to 7: state and event, their order, and the relay. */
export const outboxMutations: readonly Mutation[] = [
  {
    promise: 1,
    title: 'an event is committed before the state it tells of',
    file: `${messaging}/outbox.ts`,
    find: 'if (rows.length > 0) afterCommit(trx, onCommitted);',
    replace: "await trx.raw('COMMIT'); if (rows.length > 0) afterCommit(trx, onCommitted);",
    test: {
      file: outboxTests,
      name: 'promise 1: event and state are written in one transaction a transaction that rolls back publishes nothing',
    },
  },
  {
    promise: 1,
    title: 'a transaction whose work fails is committed as far as it got',
    file: 'services/kernel/src/database/database.ts',
    find: 'return await database.transaction(work);',
    replace: `return await database.transaction((trx) =>
        work(trx).catch(async (error) => {
          await trx.commit();
          throw error;
        }),
      );`,
    test: {
      file: outboxTests,
      name: 'promise 1: event and state are written in one transaction a transaction that rolls back publishes nothing',
    },
  },
  {
    promise: 1,
    title: 'a row is published that the disk may not have yet',
    file: `${messaging}/relay.ts`,
    find: 'if (rows.length > 0) await untilDurable(database, owner);',
    replace: '',
    test: {
      file: outboxTests,
      name: 'promise 1: event and state are written in one transaction a row is published only once a later commit of the relay’s own proves that it is on the disk',
    },
  },
  {
    promise: 1,
    title: 'a row keeps headers as text',
    file: `${messaging}/outbox.ts`,
    find: "[name, value.toString('base64')]",
    replace: "[name, Buffer.from(value.toString('utf8')).toString('base64')]",
    test: {
      file: outboxTests,
      name: 'promise 1: event and state are written in one transaction a row holds what the record will be, byte for byte',
    },
  },
  {
    promise: 1,
    title: 'a row does not tell its saga',
    file: `${messaging}/outbox.ts`,
    find: 'sagaId ?? null, sagaStatus ?? null',
    replace: 'null, null',
    test: {
      file: outboxTests,
      name: 'promise 1: event and state are written in one transaction a row tells its ordering key, its saga and its status',
    },
  },
  {
    promise: 2,
    title: 'the newest row is published first',
    file: `${messaging}/outbox-store.ts`,
    find: 'Number(one.id) - Number(other.id)',
    replace: 'Number(other.id) - Number(one.id)',
    test: {
      file: outboxTests,
      name: 'promise 2: with the aggregate locked first, published order is commit order for each key',
    },
  },
  {
    promise: 2,
    title: 'events of one key go to several partitions',
    file: `${messaging}/outbox.ts`,
    find: 'partition: partitionOf(topic, key, declaration.partitions)',
    replace: 'partition: partitionOf(topic, Buffer.from(id), declaration.partitions)',
    test: {
      file: outboxTests,
      name: 'promise 2: with the aggregate locked first, published order is commit order for each key',
    },
  },
  {
    promise: 3,
    title: 'the relay goes on after the last id that it published',
    file: `${messaging}/outbox-store.ts`,
    find: "WHERE p.outbox_status = 'PENDING' AND p.bucket IN",
    replace: `WHERE p.outbox_status = 'PENDING'
         AND p.id > (SELECT COALESCE(MAX(c.id), 0) FROM outbox c WHERE c.outbox_status = 'PUBLISHED') AND p.bucket IN`,
    test: {
      file: outboxTests,
      name: 'promise 3: there is no cursor a row that becomes visible after a later one is not passed over',
    },
  },
  {
    promise: 3,
    title: 'the relay reads rows that are not committed',
    file: 'services/kernel/src/database/database.ts',
    find: 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    replace: 'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED',
    test: {
      file: outboxTests,
      name: 'promise 3: there is no cursor a row that is not committed is not published',
    },
  },
  {
    promise: 4,
    title: 'each relay takes all buckets',
    file: `${messaging}/lease.ts`,
    find: 'const share = Math.ceil(OUTBOX_BUCKETS / Math.max(1, relays?.alive ?? 1));',
    replace: 'const share = OUTBOX_BUCKETS + 0 * (relays?.alive ?? 1);',
    test: {
      file: relayTests,
      name: 'promise 4: leases two relays share the buckets, and what one gives up the other takes',
    },
  },
  {
    promise: 4,
    title: 'the lease of a relay that died is never taken over',
    file: `${messaging}/lease.ts`,
    find: 'WHERE expires_at <= CURRENT_TIMESTAMP(6)\n',
    replace: "WHERE owner = ''\n",
    test: {
      file: relayTests,
      name: 'promise 4: leases two relays share the buckets, and what one gives up the other takes',
    },
  },
  {
    promise: 4,
    title: 'rows of one key are in several buckets',
    file: `${messaging}/outbox.ts`,
    find: 'crc32(orderingKey)',
    replace: 'crc32(Buffer.from(id))',
    test: {
      file: relayTests,
      name: 'promise 4: leases rows of one key are in one bucket, those of many keys in many',
    },
  },
  {
    promise: 4,
    title: 'rows are marked before they are sent',
    file: `${messaging}/relay.ts`,
    find: 'await broker.produce(topic, partition, rows);',
    replace: 'await markPublished(database, ids); await broker.produce(topic, partition, rows);',
    test: {
      file: relayTests,
      name: 'promise 4: leases a relay that sends while another has taken over repeats records but never reorders a key',
    },
  },
  {
    promise: 5,
    title: 'a key goes on past a row that cannot be published',
    file: `${messaging}/outbox-store.ts`,
    find: 'f.stopped_key = p.ordering_key',
    replace: 'f.stopped_key IS NULL AND FALSE',
    test: {
      file: outboxTests,
      name: 'promise 5: a row that cannot be published stops its key and no other, however many rows wait behind it',
    },
  },
  {
    promise: 5,
    title: 'rows that wait behind a failed one fill the limit',
    file: `${messaging}/outbox-store.ts`,
    find: `AND NOT EXISTS (SELECT 1 FROM outbox f WHERE f.stopped_key = p.ordering_key)
       ORDER BY p.id LIMIT ?
     ) oldest JOIN outbox o ON o.id = oldest.id`,
    replace: `ORDER BY p.id LIMIT ?
     ) oldest JOIN outbox o ON o.id = oldest.id
     WHERE NOT EXISTS (SELECT 1 FROM outbox f WHERE f.stopped_key = o.ordering_key)`,
    test: {
      file: outboxTests,
      name: 'promise 5: a row that cannot be published stops its key and no other, however many rows wait behind it',
    },
  },
  {
    promise: 5,
    title: 'a row that the broker refuses is tried for ever',
    file: `${messaging}/relay.ts`,
    find: 'if (error instanceof RecordRefusedError) await',
    replace: 'if (error instanceof RecordRefusedError && rows.length === 0) await',
    test: {
      file: outboxTests,
      name: 'promise 5: a row that cannot be published is skipped or tried again by decision, and its key goes on',
    },
  },
  {
    promise: 5,
    title: 'a failed row is not reported',
    file: `${messaging}/relay.ts`,
    find: 'metrics.outboxFailed.set(state.failed)',
    replace: 'metrics.outboxFailed.set(0)',
    test: {
      file: outboxTests,
      name: 'promise 5: a row that cannot be published stops its key and no other, however many rows wait behind it',
    },
  },
  {
    promise: 6,
    title: 'a commit wakes no relay',
    file: `${messaging}/outbox.ts`,
    find: 'if (rows.length > 0) afterCommit(trx, onCommitted);',
    replace: 'if (rows.length < 0) afterCommit(trx, onCommitted);',
    test: {
      file: relayTests,
      name: 'promise 6: waking up a commit in this process is published without waiting for the poll',
    },
  },
  {
    promise: 6,
    title: 'the relay looks only when it is woken',
    file: `${messaging}/relay.ts`,
    find: 'poll.busy_ms : poll.idle_ms',
    replace: '1e6 * poll.busy_ms : 1e6 * poll.idle_ms',
    test: {
      file: relayTests,
      name: 'promise 6: waking up rows that another process committed are found by the poll',
    },
  },
  {
    promise: 7,
    title: 'rows are purged before their retention is over',
    file: `${messaging}/outbox-store.ts`,
    find: 'published_at < CURRENT_TIMESTAMP(6) - INTERVAL ? SECOND',
    replace: 'published_at < CURRENT_TIMESTAMP(6) + INTERVAL ? SECOND',
    test: {
      file: relayTests,
      name: 'promise 7: what has served its time published rows are purged in small batches after their retention, pending ones never',
    },
  },
  {
    promise: 7,
    title: 'all rows are purged in one batch',
    file: `${messaging}/outbox-store.ts`,
    find: '[retention_s, limit],',
    replace: '[retention_s, limit * 1_000],',
    test: {
      file: relayTests,
      name: 'promise 7: what has served its time published rows are purged in small batches after their retention, pending ones never',
    },
  },
  {
    promise: 7,
    title: 'nobody purges the outbox',
    file: 'services/kernel/src/janitor.ts',
    find: '() => purgeOutbox(database, outboxRetention_s, BATCH_ROWS),',
    replace: '',
    test: {
      file: relayTests,
      name: 'promise 7: what has served its time a service purges its outbox, and its inbox not before twice the retention of any topic',
    },
  },
];
