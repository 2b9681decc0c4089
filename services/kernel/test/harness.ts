import { eventSchemas, type EventType, type Topics, type UserSignedUp } from '@naru/contracts';
import {
  createCodec,
  createConsumer,
  createMetrics,
  createOutbox,
  createRelay,
  transaction,
  type AnyHandler,
  type Broker,
  type Consumer,
  type ConsumerParts,
  type Database,
  type Draft,
  type EventContracts,
  type Outbox,
  type OutgoingRecord,
  type Relay,
  type RetryPolicy,
} from '@naru/kernel';
import type { CodecOptions } from '../src/messaging/codec';
import type { RelayParts } from '../src/messaging/relay';
import type { GroupParts } from '../src/messaging/processor';
import {
  drained,
  emptyDatabase,
  testBroker,
  testDatabase,
  testLog,
  testTopic,
  uniqueName,
} from '@naru/testing';

/** A handler's effect in these tests: a row for each event, unique by event id. */
const effectsTable = {
  name: 'effects',
  up: async (database: Database) => {
    await database.raw(`CREATE TABLE IF NOT EXISTS effects (
      id BIGINT AUTO_INCREMENT PRIMARY KEY, event_id VARCHAR(255) NOT NULL UNIQUE, user_id BIGINT NOT NULL,
      name VARCHAR(1000) NOT NULL)`);
  },
};

export interface Kit {
  readonly topic: string;
  readonly topics: Topics;
  readonly contracts: EventContracts;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly broker: Broker;
  readonly outbox: Outbox;
  readonly relay: Relay;
  readonly metrics: ReturnType<typeof createMetrics>;
  /** Another relay of the same database, as in another process. */
  anotherRelay(broker?: Pick<Broker, 'produce'>, poll?: RelayParts['poll']): Relay;
  /** An outbox of the same database whose commits wake that relay. */
  outboxWaking(relay: Relay): Outbox;
  groupParts(group: string, handlers: readonly AnyHandler[]): GroupParts;
  consumer(
    group: string,
    handlers: readonly AnyHandler[],
    policy?: RetryPolicy,
    more?: Partial<
      Pick<ConsumerParts, 'broker' | 'codec' | 'handlerDeadline_ms' | 'stall_ms' | 'parkedRecordsMax'>
    >,
  ): Consumer;
  append(drafts: readonly Draft[]): Promise<string[]>;
  /** All that was committed until now is published. */
  drained(deadline_ms?: number): Promise<void>;
  /** Event ids in the order in which their effects came about. */
  effects(): Promise<{ event_id: string; user_id: number; name: string }[]>;
  consumed(outcome: string): Promise<number>;
  close(): Promise<void>;
}

/** The kernel put together on a database and a topic of its own. */
export async function kit(
  events: readonly EventType[] = ['user.signed-up'],
  codecOptions: (database: Database, contracts: EventContracts) => CodecOptions = () => ({}),
): Promise<Kit> {
  const { name: topic, topics } = await testTopic(events);
  const databaseUrl = await emptyDatabase();
  const database = await testDatabase([effectsTable], databaseUrl);
  const broker = testBroker();
  const contracts = { topics, schemas: eventSchemas };
  const codec = createCodec(contracts, codecOptions(database, contracts));
  const metrics = createMetrics('test');
  const parts = { database, log: testLog, metrics };
  const relays: Relay[] = [];
  const consumers: Consumer[] = [];
  const newRelay = (by: Pick<Broker, 'produce'>, poll?: RelayParts['poll']) => {
    const relay = createRelay({ ...parts, broker: by, owner: uniqueName('relay'), ...(poll && { poll }) });
    relays.push(relay);
    return relay;
  };
  const relay = newRelay(broker);
  const outbox = createOutbox(contracts, codec, '/naru/test', () => relay.wake());
  const groupParts = (group: string, handlers: readonly AnyHandler[]) => ({
    ...parts,
    outbox,
    codec,
    contracts,
    group,
    handlers: new Map(handlers.flatMap((handler) => handler.types.map((type) => [type, handler] as const))),
    handlerDeadline_ms: 30_000,
  });
  return {
    topic,
    topics,
    contracts,
    database,
    databaseUrl,
    broker,
    outbox,
    relay,
    metrics,
    anotherRelay: (by = broker, poll) => newRelay(by, poll),
    outboxWaking: (waking) => createOutbox(contracts, codec, '/naru/test', () => waking.wake()),
    groupParts,
    consumer(group, handlers, policy, more) {
      const consumer = createConsumer({
        ...groupParts(group, handlers),
        broker,
        ...(policy && { policy }),
        ...more,
      });
      consumers.push(consumer);
      return consumer;
    },
    append: (drafts) => transaction(database, (trx) => outbox.append(trx, drafts)),
    drained: (deadline_ms) => drained(database, deadline_ms),
    effects: async () => database('effects').select('event_id', 'user_id', 'name').orderBy('id'),
    async consumed(outcome) {
      const { values } = await metrics.consumed.get();
      return values
        .filter(({ labels }) => labels.outcome === outcome)
        .reduce((sum, { value }) => sum + value, 0);
    },
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await Promise.all(relays.map((started) => started.stop(0)));
      await broker.disconnect();
      await database.destroy();
    },
  };
}

export function signedUp(userId: number, name = `user ${userId}`): Draft<'user.signed-up'> {
  const data: UserSignedUp = { userId, name, email: `user${userId}@example.com`, version: 1 };
  return { type: 'user.signed-up', subject: String(userId), data };
}

/** A record as another producer might write it, with headers of the caller's choice. */
export function record(
  value: unknown,
  headers: Record<string, string | string[]>,
  key = '1',
): OutgoingRecord {
  return {
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers: Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((text) => [name, Buffer.from(text)] as const),
    ),
  };
}

export function eventHeadersOf(id: string, type = 'user.signed-up'): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: '/test',
    ce_type: type,
    'content-type': 'application/json',
  };
}
