import { eventHeaders, eventSchemas, topicOf, topics, type EventType } from '@naru/contracts';
import avsc from 'avsc';
import fc from 'fast-check';
import { InfrastructureError, PoisonError } from '../errors';
import { createLog } from '../log';
import { framedBody } from './avro';
import type { IncomingRecord } from './broker';
import { createCodec, subjectOf, writtenSchemas, EVENT_BYTES_MAX, type EventContracts } from './codec';
import { createSchemaKeeper, SchemaIdChangedError } from './known-schemas';
import { SCHEMA_REGISTRY, type SchemaRegistry } from './schema-registry';
import type { KeptSchema, SchemaStore } from './schema-store';

const contracts: EventContracts = { topics, schemas: eventSchemas };
const log = createLog('test', 'test', 'silent');
const user = { userId: 1, name: '나루 🛶', email: 'a@example.com', version: 1 };
const signedUp = eventSchemas['user.signed-up'] as unknown as avsc.schema.RecordType;
const subject = subjectOf('user.signed-up', 'naru.user.UserSignedUp');

/** A registry that gives ids in order, and can be away. */
function memoryRegistry() {
  const texts: string[] = [];
  const asked: number[] = [];
  const state = { isAway: false };
  const answer = <T>(value: () => T): Promise<T> =>
    state.isAway
      ? Promise.reject(new InfrastructureError(SCHEMA_REGISTRY, 'away'))
      : Promise.resolve(value());
  const registry: SchemaRegistry = {
    schema: (id) =>
      answer(() => {
        asked.push(id);
        return texts[id - 1];
      }),
    register: (_, text) =>
      answer(() => (texts.includes(text) ? texts.indexOf(text) : texts.push(text) - 1) + 1),
  };
  return { registry, state, asked, add: (schema: object) => texts.push(JSON.stringify(schema)) };
}

function memoryStore(kept: KeptSchema[] = []): SchemaStore & { kept: KeptSchema[] } {
  return { kept, load: async () => [...kept], save: async (schema) => void kept.push(schema) };
}

/** A codec that writes Avro, as the services that produce these topics do. */
async function avroCodec(registry = memoryRegistry(), of: EventContracts = contracts) {
  const producers = new Set(Object.values(of.topics).map(({ producer }) => producer));
  const written = [...producers].flatMap((producer) => writtenSchemas(of, producer));
  const schemas = createSchemaKeeper({ registry: registry.registry, store: memoryStore(), log, written });
  await schemas.register(new AbortController().signal);
  return createCodec(of, { encoding: 'avro', schemas });
}

/** A codec that reads, and knows nothing yet. */
function reading(registry: SchemaRegistry | undefined, store = memoryStore(), of = contracts) {
  let now_ms = 0;
  const schemas = createSchemaKeeper({ registry, store, log, clock: () => now_ms });
  const codec = createCodec(of, { schemas });
  return { codec, schemas, wait: (duration_ms: number) => (now_ms += duration_ms) };
}

function incoming(
  value: Buffer,
  type: EventType = 'user.signed-up',
  content = 'application/avro',
): IncomingRecord {
  const headers = Object.entries({
    [eventHeaders.id]: 'e-1',
    [eventHeaders.type]: type,
    [eventHeaders.contentType]: content,
  });
  return {
    topic: topicOf(type),
    partition: 0,
    offset: 3n,
    timestamp_ms: 1_000,
    key: Buffer.from('1'),
    value,
    headers: headers.map(([name, text]) => [name, Buffer.from(text)] as const),
  };
}

/** A frame around a value of any schema. */
function frame(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, body]);
}

const avroOf = (schema: object, value: unknown) =>
  avsc.Type.forSchema(schema as avsc.Schema, { registry: {} }).toBuffer(value);

/** Values of a schema, as JSON can hold them. */
function valuesOf(schema: avsc.Schema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema)) return fc.oneof(...schema.map((branch) => valuesOf(branch as avsc.Schema)));
  if (typeof schema === 'object') {
    const complex = schema as {
      type: string;
      fields?: { name: string; type: avsc.Schema }[];
      items?: avsc.Schema;
    };
    if (complex.type === 'record')
      return fc.record(Object.fromEntries(complex.fields!.map(({ name, type }) => [name, valuesOf(type)])));
    if (complex.type === 'array') return fc.array(valuesOf(complex.items!), { maxLength: 5 });
    return valuesOf(complex.type);
  }
  switch (schema) {
    case 'null':
      return fc.constant(null);
    case 'int':
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    case 'long':
      return fc.maxSafeInteger();
    case 'string':
      return fc.string({ unit: 'grapheme' });
    case 'boolean':
      return fc.boolean();
    default:
      throw new Error(`${String(schema)} is not in any event yet`);
  }
}

describe('what is written as Avro', () => {
  const types = Object.keys(eventSchemas) as EventType[];

  test.each(types)('%s: is read as what JSON would be read as, whatever it says', async (type) => {
    const avro = await avroCodec();
    const json = createCodec(contracts);
    fc.assert(
      fc.property(valuesOf(eventSchemas[type] as unknown as avsc.Schema), (data) => {
        const fromAvro = avro.decode(incoming(avro.encode(type, data), type)).data;
        const fromJson = json.decode(incoming(json.encode(type, data), type, 'application/json')).data;
        expect(fromAvro).toEqual(data);
        expect(JSON.stringify(fromAvro)).toBe(JSON.stringify(fromJson));
      }),
    );
  });

  test.each([
    0,
    -1,
    1,
    63,
    64,
    -64,
    -65,
    2 ** 31,
    2 ** 52,
    2 ** 52 + 1,
    -(2 ** 52) - 1,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
  ])('has %d as Avro has it, and as JSON has it', async (userId) => {
    const codec = await avroCodec();
    const value = codec.encode('user.signed-up', { ...user, userId });
    expect(codec.decode(incoming(value)).data).toEqual({ ...user, userId });
    const zigzag = BigInt.asUintN(64, (BigInt(userId) << 1n) ^ (BigInt(userId) >> 63n));
    const varint: number[] = [];
    for (let rest = zigzag; ; rest >>= 7n) {
      varint.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
      if (rest <= 0x7fn) break;
    }
    expect([...framedBody(value).subarray(0, varint.length)]).toEqual(varint);
    const json = createCodec(contracts);
    const told = incoming(
      json.encode('user.signed-up', { ...user, userId }),
      'user.signed-up',
      'application/json',
    );
    expect(json.decode(told).data).toEqual({ ...user, userId });
  });

  test('is in Confluent’s frame: 0, four bytes of the id, the value', async () => {
    const value = (await avroCodec()).encode('user.signed-up', user);
    expect([...value.subarray(0, 5)]).toEqual([0, 0, 0, 0, expect.any(Number)]);
    expect(value.subarray(5)).toEqual(avroOf(signedUp, user));
  });

  test.each([
    ['a missing field', { userId: 1, name: 'n', email: 'e' }],
    ['a wrong type', { ...user, userId: '1' }],
    ['a fraction', { ...user, userId: 1.5 }],
    ['a field that is not declared', { ...user, password: 'secret' }],
  ])('has not %s', async (_, data) => {
    const codec = await avroCodec();
    expect(() => codec.encode('user.signed-up', data)).toThrow(/does not fit its schema/);
  });

  test('is not too large', async () => {
    const codec = await avroCodec();
    const data = { ...user, name: 'x'.repeat(EVENT_BYTES_MAX) };
    expect(() => codec.encode('user.signed-up', data)).toThrow(/bytes/);
  });

  test('waits for its schema’s id, as for anything else that does not answer', () => {
    const schemas = createSchemaKeeper({ registry: memoryRegistry().registry, store: memoryStore(), log });
    const codec = createCodec(contracts, { encoding: 'avro', schemas });
    expect(() => codec.encode('user.signed-up', user)).toThrow(InfrastructureError);
  });

  test('is under the ids that were kept, while the registry is away', async () => {
    const registry = memoryRegistry();
    const store = memoryStore();
    const parts = { registry: registry.registry, store, log, written: writtenSchemas(contracts, 'user') };
    await createSchemaKeeper(parts).register(new AbortController().signal);
    registry.state.isAway = true;
    const restarted = createSchemaKeeper(parts);
    await restarted.load();
    const codec = createCodec(contracts, { encoding: 'avro', schemas: restarted });
    expect(codec.decode(incoming(codec.encode('user.signed-up', user))).data).toEqual(user);
  });

  test('is refused by a registry that gives a kept schema another id: it has lost its storage', async () => {
    const [written] = writtenSchemas(contracts, 'user');
    const store = memoryStore([{ id: 77, ...written! }]);
    const keeper = createSchemaKeeper({
      registry: memoryRegistry().registry,
      store,
      log,
      written: [written!],
    });
    await expect(keeper.register(new AbortController().signal)).rejects.toThrow(SchemaIdChangedError);
  });
});

describe('what another version has written', () => {
  const withField = (field: object): EventContracts => ({
    topics,
    schemas: { ...eventSchemas, 'user.signed-up': { ...signedUp, fields: [...signedUp.fields, field] } },
  });
  const nickname = { name: 'nickname', type: 'string', default: 'none' };
  const tags = { name: 'tags', type: { type: 'array', items: 'string' }, default: [] };

  test('a newer writer’s field is passed over', async () => {
    const registry = memoryRegistry();
    const newer = await avroCodec(registry, withField(nickname));
    const record = incoming(newer.encode('user.signed-up', { ...user, nickname: 'n' }));
    const { codec } = reading(registry.registry);
    await codec.prepare([record]);
    expect(codec.decode(record).data).toEqual(user);
  });

  test.each(['avro', 'json'] as const)('an older writer’s field takes its default: %s', async (content) => {
    const registry = memoryRegistry();
    const older = content === 'avro' ? await avroCodec(registry) : createCodec(contracts);
    const { codec } = reading(registry.registry, memoryStore(), withField(nickname));
    const record = incoming(older.encode('user.signed-up', user), 'user.signed-up', `application/${content}`);
    await codec.prepare([record]);
    expect(codec.decode(record).data).toEqual({ ...user, nickname: 'none' });
  });

  test.each(['avro', 'json'] as const)('no two events share a default: %s', async (content) => {
    const registry = memoryRegistry();
    const older = content === 'avro' ? await avroCodec(registry) : createCodec(contracts);
    const { codec } = reading(registry.registry, memoryStore(), withField(tags));
    const record = incoming(older.encode('user.signed-up', user), 'user.signed-up', `application/${content}`);
    await codec.prepare([record]);
    (codec.decode(record).data as unknown as { tags: string[] }).tags.push('mine');
    expect(codec.decode(record).data).toEqual({ ...user, tags: [] });
  });

  test('defaults reach into records in arrays', () => {
    const item = (fields: object[]) => ({ type: 'record', name: 'Item', fields });
    const line = (more: object[]) => ({
      type: 'array',
      items: item([{ name: 'id', type: 'long' }, ...more]),
    });
    const field = (more: object[]) => withField({ name: 'lines', type: line(more), default: [] });
    const older = createCodec(field([]));
    const newer = createCodec(field([{ name: 'colour', type: 'string', default: 'red' }]));
    const value = older.encode('user.signed-up', { ...user, lines: [{ id: 1 }] });
    expect(newer.decode(incoming(value, 'user.signed-up', 'application/json')).data).toEqual({
      ...user,
      lines: [{ id: 1, colour: 'red' }],
    });
  });

  test('a schema that cannot be read as ours is poison, and is not tried again', async () => {
    const registry = memoryRegistry();
    const id = registry.add({ ...signedUp, fields: [{ name: 'userId', type: 'string' }] });
    const { codec } = reading(registry.registry);
    const record = incoming(frame(id, Buffer.from([2, 0x31])));
    await codec.prepare([record]);
    expect(() => codec.decode(record)).toThrow(PoisonError);
    expect(codec.prepare([record])).toBeUndefined();
  });

  test('so is a schema of something else', async () => {
    const registry = memoryRegistry();
    const id = registry.add({ ...signedUp, name: 'Stranger' });
    const { codec } = reading(registry.registry);
    const record = incoming(frame(id, avroOf(signedUp, user)));
    await codec.prepare([record]);
    expect(() => codec.decode(record)).toThrow(/cannot be read as naru.user.UserSignedUp/);
  });
});

describe('who knows a schema', () => {
  const written = () => {
    const registry = memoryRegistry();
    const id = registry.add(signedUp);
    return { registry, id, record: incoming(frame(id, avroOf(signedUp, user))) };
  };

  test('nothing is waited for once it is known, and it is asked for once', async () => {
    const { registry, id, record } = written();
    const store = memoryStore();
    const { codec } = reading(registry.registry, store);
    await Promise.all([codec.prepare([record, record]), codec.prepare([record])]);
    expect(codec.prepare([record])).toBeUndefined();
    expect(registry.asked).toEqual([id]);
    expect(store.kept).toEqual([{ id, subject, text: JSON.stringify(signedUp) }]);
  });

  test('JSON needs nobody, even where its first byte is 0', () => {
    const { codec } = reading(undefined);
    const value = createCodec(contracts).encode('user.signed-up', user);
    const json = incoming(value, 'user.signed-up', 'application/json');
    expect(codec.prepare([json])).toBeUndefined();
    const zeros = incoming(Buffer.alloc(10), 'user.signed-up', 'application/json');
    expect(codec.prepare([zeros])).toBeUndefined();
  });

  test('a record that is passed over needs nobody', () => {
    const { codec } = reading(undefined);
    expect(codec.prepare([written().record], () => false)).toBeUndefined();
  });

  test('a registry that is away is waited for; the record is no poison', async () => {
    const { registry, record } = written();
    const { codec } = reading(registry.registry);
    registry.state.isAway = true;
    await expect(codec.prepare([record])).rejects.toThrow(InfrastructureError);
    expect(() => codec.decode(record)).toThrow(InfrastructureError);
    registry.state.isAway = false;
    await codec.prepare([record]);
    expect(codec.decode(record).data).toEqual(user);
  });

  test('so is one that nobody has named', async () => {
    const { codec } = reading(undefined);
    await expect(codec.prepare([written().record])).rejects.toThrow(/SCHEMA_REGISTRY_URL/);
  });

  test('what was kept needs no registry', async () => {
    const { id, record } = written();
    const { codec } = reading(undefined, memoryStore([{ id, subject, text: JSON.stringify(signedUp) }]));
    await codec.prepare([record]);
    expect(codec.decode(record).data).toEqual(user);
  });

  test('an id that the registry does not have is poison, until it has been asked again', async () => {
    const { registry, record } = written();
    const { codec, wait } = reading(registry.registry);
    const unknown = incoming(frame(99, framedBody(record.value!)));
    await codec.prepare([unknown]);
    expect(() => codec.decode(unknown)).toThrow(PoisonError);
    expect(codec.prepare([unknown])).toBeUndefined();
    wait(60_000);
    await codec.prepare([unknown]);
    expect(registry.asked).toEqual([99, 99]);
  });
});

describe('what people are shown', () => {
  test('is JSON, even of a record that no handler can read', async () => {
    const registry = memoryRegistry();
    const foreign = { ...signedUp, name: 'Stranger' };
    const id = registry.add(foreign);
    const { codec } = reading(registry.registry);
    const records = [
      incoming(frame(id, avroOf(foreign, user))),
      incoming(createCodec(contracts).encode('user.signed-up', user), 'user.signed-up', 'application/json'),
    ];
    const shown = await codec.presentable(records);
    expect(shown.map((value) => JSON.parse(String(value)) as unknown)).toEqual([user, user]);
  });

  test('is the bytes where the registry is away, and where they are bad', async () => {
    const registry = memoryRegistry();
    const id = registry.add(signedUp);
    const { codec } = reading(registry.registry);
    const good = incoming(frame(id, avroOf(signedUp, user)));
    const bad = incoming(frame(id, Buffer.from([1])));
    registry.state.isAway = true;
    expect(await codec.presentable([good, bad])).toEqual([good.value, bad.value]);
    registry.state.isAway = false;
    const [shown, left] = await codec.presentable([good, bad]);
    expect(JSON.parse(String(shown))).toEqual(user);
    expect(left).toEqual(bad.value);
  });
});

describe('bad bytes are poison', () => {
  const list = {
    ...signedUp,
    fields: [{ name: 'tags', type: { type: 'array', items: 'string' } }, ...signedUp.fields],
  };
  const map = {
    ...signedUp,
    fields: [{ name: 'notes', type: { type: 'map', values: 'null' } }, ...signedUp.fields],
  };
  const nothings = {
    ...signedUp,
    fields: [{ name: 'all', type: { type: 'array', items: 'null' } }, ...signedUp.fields],
  };

  async function decode(value: Buffer, schema: object = signedUp) {
    const registry = memoryRegistry();
    registry.add(schema);
    const { codec } = reading(registry.registry);
    const record = incoming(value);
    await codec.prepare([record]);
    return () => codec.decode(record);
  }
  const good = avroOf(signedUp, user);
  const badText = Buffer.from(good);
  badText[3] = 0xff;

  test.each<[string, Buffer]>([
    ['no frame', Buffer.from([0, 0, 0])],
    ['another magic byte', Buffer.concat([Buffer.from([1, 0, 0, 0, 1]), good])],
    ['JSON under the name of Avro', Buffer.from(JSON.stringify(user))],
    ['a frame around nothing', frame(1, Buffer.alloc(0))],
    ['a value that is cut short', frame(1, good.subarray(0, good.length - 1))],
    ['a value with something behind it', frame(1, Buffer.concat([good, Buffer.from([0])]))],
    ['text that is not UTF-8', frame(1, badText)],
    ['a number of eleven bytes', frame(1, Buffer.alloc(11, 0xff))],
    [
      'a number that JavaScript cannot hold',
      frame(1, Buffer.concat([Buffer.from('feffffffffffffffff01', 'hex'), good.subarray(1)])),
    ],
  ])('%s', async (_, value) => {
    expect(await decode(value)).toThrow(PoisonError);
  });

  test.each<[string, object, string]>([
    ['an array of a thousand million items', list, '80a8d6b907'],
    ['an array of a thousand million nothings', nothings, '80a8d6b90700'],
    ['a map of a thousand million nothings', map, '80a8d6b907'],
    ['a text of negative length in an array', list, '020902'],
    ['a block that says another length', list, '01060261'],
    ['a block of negative length', list, '01030261'],
  ])('%s, and is told at once', async (_, schema, head) => {
    const value = frame(1, Buffer.concat([Buffer.from(head, 'hex'), good]));
    expect(await decode(value, schema)).toThrow(PoisonError);
  });

  test('a block that says its length is read as one that does not', async () => {
    const body = Buffer.concat([Buffer.from('0104026100', 'hex'), good]);
    expect((await decode(frame(1, body), list))().data).toEqual(user);
  });

  test('any bytes at all are an event or poison', async () => {
    const registry = memoryRegistry();
    registry.add(eventSchemas['order.created']);
    const { codec, schemas } = reading(registry.registry);
    await schemas.fetch(new Map([[1, subject]]));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          codec.decode(incoming(frame(1, Buffer.from(bytes)), 'order.created'));
        } catch (error) {
          expect(error).toBeInstanceOf(PoisonError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
