import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCodec,
  createSchemaKeeper,
  createSchemaRegistry,
  databaseSchemaStore,
  InfrastructureError,
  SCHEMA_REGISTRY,
  SchemaRefusedError,
  transactional,
  writtenSchemas,
  type Database,
  type Event,
  type EventContracts,
  type SchemaKeeper,
  type Transaction,
} from '@naru/kernel';
import { startPlatform, type Platform } from '@naru/scripts';
import { eventually, recordsOf, testLog, uniqueName } from '@naru/testing';
import { kit, signedUp, type Kit } from './harness';

const START_MS = 320_000;
const WAIT_MS = 120_000;

let directory: string;
let platform: Platform;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-registry-'));
  platform = await startPlatform({ directory, portOffset: 'free', parts: ['registry'] });
}, START_MS);
afterAll(async () => {
  await platform.stop();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const registry = () => createSchemaRegistry(platform.urls.registry);
const recordSchema = (name: string, ...fields: object[]) =>
  JSON.stringify({ type: 'record', name, namespace: 'naru.test', fields });
const amount = { name: 'amount', type: 'long' };
const note = { name: 'note', type: 'string' };

describe('the registry', () => {
  const subject = () => `${uniqueName('topic')}-naru.test.Thing`;

  test('gives a schema one id for ever, and by it the schema', async () => {
    const [name, schema] = [subject(), recordSchema('Thing', amount)];
    const id = await registry().register(name, schema);
    expect(await registry().register(name, schema)).toBe(id);
    expect(JSON.parse((await registry().schema(id)) ?? '')).toEqual(JSON.parse(schema));
  });

  test('takes what every version can read, and refuses the rest from the second version on', async () => {
    const name = subject();
    await registry().register(name, recordSchema('Thing', amount));
    const refused = registry().register(name, recordSchema('Thing', amount, note));
    await expect(refused).rejects.toThrow(SchemaRefusedError);
    await expect(refused).rejects.toThrow(name);
    await registry().register(name, recordSchema('Thing', amount, { ...note, default: '' }));
  });

  test('refuses what is no schema', async () => {
    await expect(registry().register(subject(), '{"type":"rec')).rejects.toThrow(SchemaRefusedError);
  });

  test('knows that it has no such id', async () => {
    expect(await registry().schema(2_000_000_000)).toBeUndefined();
  });

  test('at another path is away, for a wrong address must make no record poison', async () => {
    const elsewhere = createSchemaRegistry(platform.urls.registry.replace('/apis/ccompat/v7', '/apis/none'));
    await expect(elsewhere.schema(1)).rejects.toThrow(InfrastructureError);
    await expect(elsewhere.register(subject(), recordSchema('Thing'))).rejects.toThrow(InfrastructureError);
  });

  test('that takes the call and says nothing is away after a while', async () => {
    const sockets = new Set<Socket>();
    const deaf = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = deaf.address() as AddressInfo;
      await expect(createSchemaRegistry(`http://127.0.0.1:${port}`).schema(1)).rejects.toThrow(
        InfrastructureError,
      );
    } finally {
      sockets.forEach((socket) => socket.destroy());
      deaf.close();
    }
  });
});

describe('events as Avro, while the registry comes and goes', () => {
  const kits: Kit[] = [];
  let ending: AbortController;
  beforeEach(() => {
    ending = new AbortController();
  });
  afterEach(async () => {
    ending.abort();
    if (platform.registry.state === 'paused') platform.registry.resume();
    await Promise.all(kits.splice(0).map((naru) => naru.close()));
  });

  async function write(trx: Transaction, events: readonly Event<'user.signed-up'>[]): Promise<void> {
    await trx('effects').insert(
      events.map(({ id, data }) => ({ event_id: id, user_id: data.userId, name: data.name })),
    );
  }
  const writing = transactional(['user.signed-up'], write);

  /** As a service has it: what it knows is in its own database. */
  function keeperOf(database: Database, contracts: EventContracts): SchemaKeeper {
    return createSchemaKeeper({
      registry: registry(),
      store: databaseSchemaStore(database),
      log: testLog,
      written: writtenSchemas(contracts, 'user'),
    });
  }

  async function avroKit(): Promise<{ naru: Kit; schemas: SchemaKeeper }> {
    let schemas: SchemaKeeper | undefined;
    const naru = await kit(['user.signed-up'], (database, contracts) => {
      schemas = keeperOf(database, contracts);
      return { encoding: 'avro', schemas };
    });
    kits.push(naru);
    naru.relay.start();
    return { naru, schemas: schemas! };
  }

  /** A reader of another service, which knows none of the writer's schemas and keeps none. */
  const stranger = ({ contracts }: Kit) =>
    createCodec(contracts, {
      schemas: createSchemaKeeper({
        registry: registry(),
        store: { load: async () => [], save: async () => undefined },
        log: testLog,
      }),
    });

  const users = (naru: Kit, count: number) =>
    eventually(
      `${count} effects`,
      async () => {
        const effects = await naru.effects();
        return effects.length >= count && effects.map(({ user_id }) => user_id);
      },
      60_000,
    );

  async function waitsForRegistry(naru: Kit): Promise<void> {
    await eventually('the partition waits for the registry', async () => {
      const { values } = await naru.metrics.consumerPaused.get();
      return values.some(({ labels, value }) => value === 1 && labels['dependency'] === SCHEMA_REGISTRY);
    });
  }

  async function nothingWasBuried(naru: Kit): Promise<void> {
    await naru.drained();
    expect(await naru.consumed('dead-lettered')).toBe(0);
    expect(await recordsOf(naru.broker, `${naru.topic}.dlt`)).toEqual([]);
  }

  test(
    'down at the start: nothing is written until it is there, and then all of it',
    async () => {
      platform.registry.pause();
      const { naru, schemas } = await avroKit();
      const registering = schemas.register(ending.signal);
      await naru.consumer(uniqueName('group'), [writing]).start();
      await expect(naru.append([signedUp(1)])).rejects.toThrow(InfrastructureError);
      expect(await naru.database('outbox').count({ count: '*' })).toEqual([{ count: 0 }]);
      platform.registry.resume();
      await registering;
      await naru.append([signedUp(1), signedUp(2)]);
      expect((await users(naru, 2)).sort()).toEqual([1, 2]);
      const records = await recordsOf(naru.broker, naru.topic);
      expect(records.map(({ value }) => value?.[0])).toEqual([0, 0]);
      await nothingWasBuried(naru);
    },
    WAIT_MS,
  );

  test(
    'silent in the middle: who does not know the schema waits, and goes on in order',
    async () => {
      const { naru, schemas } = await avroKit();
      await schemas.register(ending.signal);
      platform.registry.pause();
      // The writer knows its ids, and goes on.
      await naru.append(['first', 'second', 'third'].map((name) => signedUp(7, name)));
      await naru.consumer(uniqueName('group'), [writing], undefined, { codec: stranger(naru) }).start();
      await waitsForRegistry(naru);
      expect(await naru.effects()).toEqual([]);
      platform.registry.resume();
      await users(naru, 3);
      expect((await naru.effects()).map(({ name }) => name)).toEqual(['first', 'second', 'third']);
      await nothingWasBuried(naru);
    },
    WAIT_MS,
  );

  test(
    'killed while a service restarts: what its database keeps is enough; the ids are the same when it is back',
    async () => {
      const { naru, schemas } = await avroKit();
      await schemas.register(ending.signal);
      const [thing, other] = ['Thing', 'Other'].map((name) => `${uniqueName('topic')}-naru.test.${name}`);
      const id = await registry().register(thing!, recordSchema('Thing', amount));
      await platform.registry.kill();

      const restarted = keeperOf(naru.database, naru.contracts);
      const registering = restarted.register(ending.signal);
      await restarted.load();
      const codec = createCodec(naru.contracts, { encoding: 'avro', schemas: restarted });
      const consumer = naru.consumer(uniqueName('group'), [writing], undefined, { codec });
      await consumer.start();
      await naru.append([signedUp(3)]);
      expect(codec.encode('user.signed-up', signedUp(4).data)[0]).toBe(0);
      expect(await users(naru, 1)).toEqual([3]);
      await nothingWasBuried(naru);

      await platform.registry.start();
      await registering;
      expect(await registry().register(thing!, recordSchema('Thing', amount))).toBe(id);
      expect(await registry().register(other!, recordSchema('Other', note))).not.toBe(id);
    },
    START_MS,
  );
});
