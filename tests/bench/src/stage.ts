import {
  createCodec,
  createDatabase,
  createOutbox,
  migrate,
  select,
  transaction,
  type Database,
} from '@naru/kernel';
import { withAdmin } from './admin';
import type { Bench } from './benchmark';
import {
  benchContracts,
  benchTopics,
  boardCreatedDraft,
  recordBytes,
  recordOf,
  type OutboxColumns,
} from './events';
import { ledgerMigration, USERS_SQL } from './ledger';

const APPEND_MAX = 1_000;
/** What a row of the outbox is written with; the rest is the database's to fill in. */
const COPIED =
  'id, event_id, topic, partition_number, record_key, payload, headers, ordering_key, bucket, created_at';

/** Where a benchmark's processes find the brokers and a database of their own. */
export interface Place {
  readonly brokers: string;
  readonly databaseUrl: string;
  readonly topic: string;
}

export interface Stage extends Place {
  readonly database: Database;
  readonly logsDirectory: string;
  close(): Promise<void>;
}

/** Makes a database with the kernel's tables and the effects', and an empty topic of three partitions. */
export async function openStage({ platform }: Bench, name: string): Promise<Stage> {
  const databaseName = `naru_bench_${name}`;
  await platform.dropDatabase(databaseName);
  const databaseUrl = await platform.createDatabase(databaseName);
  const database = createDatabase(databaseUrl, 5);
  await migrate(database, [ledgerMigration]);
  await mustBeDurable(database);
  await database.raw(USERS_SQL);
  const topic = await newTopic(platform, name);
  return {
    brokers: platform.urls.kafkaBrokers,
    databaseUrl,
    database,
    topic,
    logsDirectory: platform.logsDirectory,
    async close() {
      await database.destroy();
      await platform.dropDatabase(databaseName);
    },
  };
}

/** What a worker is told. */
export function placeOf({ brokers, databaseUrl, topic }: Place): Place {
  return { brokers, databaseUrl, topic };
}

let topicsMade = 0;

/** Makes a topic that nothing was written to yet. @returns its name */
export async function newTopic(platform: Bench['platform'], name: string): Promise<string> {
  const topic = `bench.${name}.${process.pid}.${topicsMade++}`;
  await platform.createTopics(benchTopics(topic));
  return topic;
}

async function mustBeDurable(database: Database): Promise<void> {
  const [row] = await select<{ flush: number }>(database, 'SELECT @@innodb_flush_log_at_trx_commit AS flush');
  if (row?.flush !== 1)
    throw new Error('the database server does not flush at commit: nothing to compare with');
}

/**
 * Writes events through the kernel's outbox, and keeps the rows in outbox_template too, from which each round takes
 * them again.
 * @returns mean bytes of a record, key and headers included
 */
export async function fillOutbox({ database, topic }: Stage, events: number): Promise<number> {
  const contracts = benchContracts(topic);
  const outbox = createOutbox(contracts, createCodec(contracts), '/naru/bench', () => undefined);
  for (let from = 1; from <= events; from += APPEND_MAX) {
    const ids = Array.from({ length: Math.min(APPEND_MAX, events - from + 1) }, (_, index) => from + index);
    await transaction(database, (trx) => outbox.append(trx, ids.map(boardCreatedDraft)));
  }
  await database.raw('CREATE TABLE outbox_template LIKE outbox');
  await database.raw(`INSERT INTO outbox_template (${COPIED}) SELECT ${COPIED} FROM outbox`);
  const [row] = await select<OutboxColumns>(database, 'SELECT * FROM outbox ORDER BY id DESC LIMIT 1');
  return row ? recordBytes(recordOf(row)) : 0;
}

/** All rows of the template pending again. */
export async function refillOutbox({ database }: Pick<Stage, 'database'>): Promise<void> {
  await database.raw('TRUNCATE outbox');
  await database.raw(`INSERT INTO outbox (${COPIED}) SELECT ${COPIED} FROM outbox_template`);
}

/** Number of records in a topic. */
export async function recordsIn(brokers: string, topic: string): Promise<number> {
  const offsets = await withAdmin(brokers, (admin) => admin.fetchTopicOffsets(topic));
  return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
}
