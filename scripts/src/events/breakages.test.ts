import { messageOf, type BreakageKind } from './breakages';
import { breakagesOf, type Release } from './gate';

interface Field {
  name: string;
  type: unknown;
  default?: unknown;
  aliases?: string[];
  doc?: string;
}
interface Schema {
  type: string;
  name: string;
  namespace: string;
  doc?: string;
  fields: Field[];
}

const TYPE = 'sample.made';
const TOPIC = 'samples.v1';

function sample(): Schema {
  const item = {
    type: 'record',
    name: 'Item',
    fields: [
      { name: 'product', type: 'string' },
      { name: 'size', type: 'int' },
    ],
  };
  return {
    type: 'record',
    name: 'SampleMade',
    namespace: 'naru.sample',
    fields: [
      { name: 'sampleId', type: 'long' },
      { name: 'note', type: 'string' },
      { name: 'count', type: 'int' },
      { name: 'total', type: 'long' },
      { name: 'owner', type: ['null', 'long'] },
      { name: 'items', type: { type: 'array', items: item } },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['ON', 'OFF'] } },
      { name: 'mood', type: { type: 'enum', name: 'Mood', symbols: ['GOOD', 'BAD'], default: 'BAD' } },
      { name: 'checksum', type: { type: 'fixed', name: 'Checksum', size: 4 } },
      { name: 'nickname', type: 'string', default: 'none' },
    ],
  };
}

function edited(edit: (schema: Schema) => void, from = sample()): Schema {
  const schema = structuredClone(from);
  edit(schema);
  return schema;
}

const field = (schema: Schema, name: string) => schema.fields.find((one) => one.name === name) as Field;
const without = (schema: Schema, name: string) => schema.fields.filter((one) => one.name !== name);

function judged(
  versions: object[],
  current: object | undefined,
  more: { topic?: string; key?: string } = {},
) {
  const release: Release = { topic: TOPIC, key: 'sampleId', versions };
  const declaration = {
    partitions: 3,
    retentionMs: -1,
    producer: 'order',
    events: [TYPE as never],
    consumers: {},
    deadLetterTopic: 'samples.v1.dlt',
  } as const;
  return breakagesOf({
    current: new Map(current ? [[TYPE, current]] : []),
    releases: new Map([[TYPE, release]]),
    topics: { [more.topic ?? TOPIC]: { ...declaration, key: more.key ?? 'sampleId' } },
  });
}

type Edit = (schema: Schema) => void;

const refused: [name: string, kind: BreakageKind, edit: Edit, message: string][] = [
  [
    'a field without a default',
    'field-added',
    (schema) => schema.fields.push({ name: 'colour', type: 'string' }),
    'sample.made: field "colour" was added without a default, so events that were written before cannot be read ' +
      '(between version 1 and the current schema). Add it with a default.',
  ],
  [
    'a field that is gone',
    'field-removed',
    (schema) => (schema.fields = without(schema, 'note')),
    'sample.made: field "note" was removed, and readers that are released have no default for it (between version 1 ' +
      'and the current schema). Keep it: only a field that had its default in each release that has it can go, and a ' +
      'default given now does not reach readers that are out. If it must go, write a new event type instead.',
  ],
  [
    'a field with another name',
    'field-renamed',
    (schema) => Object.assign(field(schema, 'note'), { name: 'remark', aliases: ['note'] }),
    'sample.made: field "note" was renamed to "remark": by the alias older events are read, but readers that are ' +
      'released miss "note", for which they have no default (between version 1 and the current schema). Keep "note", ' +
      'and add "remark" beside it, with a default.',
  ],
  [
    'an alias where JSON has none',
    'field-alias',
    (schema) => {
      schema.fields = without(schema, 'nickname');
      schema.fields.push({ name: 'alias', type: 'string', aliases: ['nickname'] });
    },
    'sample.made: field "alias" takes the place of "nickname" by an alias, which events in JSON do not know (between ' +
      'version 1 and the current schema). Keep "nickname" and add "alias" beside it, or give "alias" a default.',
  ],
  [
    'an alias for a field that is there as well',
    'field-alias',
    (schema) => Object.assign(field(schema, 'note'), { aliases: ['nickname'] }),
    'sample.made: field "note" has aliases, and note and nickname are both there, so it is not clear which one it is ' +
      'read from (between version 1 and the current schema). Take the alias away.',
  ],
  [
    'another type',
    'type-changed',
    (schema) => (field(schema, 'count').type = 'string'),
    'sample.made: the type of "count" was changed from int to string (between version 1 and the current schema). Keep ' +
      'it as it was, and add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'a wider type, which only newer readers can read',
    'type-changed',
    (schema) => (field(schema, 'count').type = 'long'),
    'sample.made: the type of "count" was widened from int to long: the current schema reads older events, but readers ' +
      'that are released cannot read new ones (between version 1 and the current schema). Keep it as it was, and add a ' +
      'field with a default beside it, or write a new event type instead.',
  ],
  [
    'a narrower type, which only older readers can read',
    'type-changed',
    (schema) => (field(schema, 'total').type = 'int'),
    'sample.made: the type of "total" was narrowed from long to int: readers that are released read new events, but ' +
      'the current schema cannot read older ones (between version 1 and the current schema). Keep it as it was, and ' +
      'add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'bytes for a text, which Avro reads and JSON does not',
    'type-changed',
    (schema) => (field(schema, 'note').type = 'bytes'),
    'sample.made: the type of "note" was changed from string to bytes (between version 1 and the current schema). Keep ' +
      'it as it was, and add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'a type in place of a union that has no part in it',
    'type-changed',
    (schema) => (field(schema, 'owner').type = 'string'),
    'sample.made: the type of "owner" was changed from null or long to string (between version 1 and the current ' +
      'schema). Keep it as it was, and add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'a change within a nested record',
    'type-changed',
    (schema) => {
      const { items } = field(schema, 'items').type as { items: Schema };
      field(items, 'size').type = 'double';
    },
    'sample.made: the type of "items[].size" was widened from int to double: the current schema reads older events, but ' +
      'readers that are released cannot read new ones (between version 1 and the current schema). Keep it as it was, ' +
      'and add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'a field that may be null now',
    'branch-added',
    (schema) => (field(schema, 'note').type = ['null', 'string']),
    'sample.made: "note" can now be null, which readers that are released do not take (between version 1 and the ' +
      'current schema). Keep it as it was, and add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'a further branch of a union',
    'branch-added',
    (schema) => (field(schema, 'owner').type = ['null', 'long', 'string']),
    'sample.made: "owner" can now be string, which readers that are released do not take (between version 1 and the ' +
      'current schema). Keep it as it was, and add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'a branch that is gone',
    'branch-removed',
    (schema) => (field(schema, 'owner').type = 'long'),
    'sample.made: "owner" can no longer be null, and events that were written may have it (between version 1 and the ' +
      'current schema). Keep null in the union.',
  ],
  [
    'a new symbol',
    'symbol-added',
    (schema) => (field(schema, 'state').type as { symbols: string[] }).symbols.push('BROKEN'),
    'sample.made: symbol "BROKEN" was added to enum State ("state"), which readers that are released do not know ' +
      '(between version 1 and the current schema). Keep the symbols, and add a field with a default beside it, or ' +
      'write a new event type instead.',
  ],
  [
    'a symbol that is gone',
    'symbol-removed',
    (schema) => (field(schema, 'state').type as { symbols: string[] }).symbols.pop(),
    'sample.made: symbol "OFF" was removed from enum State ("state"), and events that were written may have it ' +
      '(between version 1 and the current schema). Keep the symbol, and stop writing it.',
  ],
  [
    'a new symbol where Avro has a default for it and JSON does not',
    'symbol-added',
    (schema) => (field(schema, 'mood').type as { symbols: string[] }).symbols.push('MIXED'),
    'sample.made: symbol "MIXED" was added to enum Mood ("mood"), which readers that are released do not know; their ' +
      'default stands in for it in Avro, but not in JSON (between version 1 and the current schema). Keep the symbols, ' +
      'and add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'a fixed type of another size',
    'size-changed',
    (schema) => ((field(schema, 'checksum').type as { size: number }).size = 8),
    'sample.made: "checksum" was fixed Checksum of 4 bytes and is fixed Checksum of 8 bytes (between version 1 and the ' +
      'current schema). Keep it as it was, and add a field with a default beside it, or write a new event type instead.',
  ],
  [
    'a nested record with another name',
    'name-changed',
    (schema) => ((field(schema, 'items').type as { items: Schema }).items.name = 'Article'),
    'sample.made: the type of "items[]" was called naru.sample.Item and is called naru.sample.Article; readers go by ' +
      'the name (between version 1 and the current schema). Keep the name; an alias helps newer readers, but not those ' +
      'that are released.',
  ],
  [
    'another name',
    'renamed',
    (schema) => (schema.name = 'SampleCreated'),
    'sample.made: it was naru.sample.SampleMade and is naru.sample.SampleCreated: by namespace and name the registry ' +
      'and readers know an event (between version 1 and the current schema). Keep both; what has another name is a new ' +
      'event type, in a file of its own.',
  ],
  [
    'another namespace',
    'renamed',
    (schema) => (schema.namespace = 'naru.other'),
    'sample.made: it was naru.sample.SampleMade and is naru.other.SampleMade: by namespace and name the registry and ' +
      'readers know an event (between version 1 and the current schema). Keep both; what has another name is a new ' +
      'event type, in a file of its own.',
  ],
  [
    'a key of another type, though Avro would read it',
    'key-changed',
    (schema) => (field(schema, 'sampleId').type = ['long']),
    'sample.made: "sampleId" is the key of topic samples.v1, and its type was changed from long to union of long: events of one ' +
      'key would no longer be in order (between version 1 and the current schema). Keep it as it was; another key needs ' +
      'a new version of the topic, with a new event type.',
  ],
  [
    'no key any more',
    'key-changed',
    (schema) => (schema.fields = without(schema, 'sampleId')),
    'sample.made: "sampleId" is the key of topic samples.v1, and it was removed: events of one key would no longer be ' +
      'in order (between version 1 and the current schema). Keep it as it was; another key needs a new version of the ' +
      'topic, with a new event type.',
  ],
  [
    'a union whose branches JSON cannot tell apart, though Avro would read it both ways',
    'ambiguous-union',
    (schema) => (field(schema, 'owner').type = ['null', 'long', 'int']),
    'sample.made: a union is null or long or int, which are not to be told apart in JSON. Keep one of them, and add a ' +
      'field with a default beside it for the other.',
  ],
  [
    'a default that its type does not have',
    'not-a-schema',
    (schema) => (field(schema, 'nickname').default = 7),
    'sample.made: services/contracts/events/sample.made.avsc is not a valid schema of an event: incompatible field ' +
      'default 7 (invalid "string": 7). Mend it.',
  ],
];

test.each(refused)('refused: %s', (_, kind, edit, message) => {
  const breakages = judged([sample()], edited(edit));
  expect(breakages.map(messageOf)).toEqual([message]);
  expect(breakages.map((breakage) => breakage.kind)).toEqual([kind]);
});

const allowed: [name: string, edit: Edit][] = [
  ['nothing', () => undefined],
  ['a field with a default', (schema) => schema.fields.push({ name: 'colour', type: 'string', default: '' })],
  [
    'a field that may be null, and is by default',
    (schema) => schema.fields.push({ name: 'colour', type: ['null', 'string'], default: null }),
  ],
  [
    'a field of a nested record, with a default',
    (schema) => {
      const { items } = field(schema, 'items').type as { items: Schema };
      items.fields.push({ name: 'colour', type: 'string', default: '' });
    },
  ],
  ['a field gone that had a default', (schema) => (schema.fields = without(schema, 'nickname'))],
  ['a default for a field that had none', (schema) => (field(schema, 'note').default = '')],
  ['another default', (schema) => (field(schema, 'nickname').default = 'nobody')],
  ['a default taken away', (schema) => delete field(schema, 'nickname').default],
  [
    'another name for a field, where both sides have a default',
    (schema) => Object.assign(field(schema, 'nickname'), { name: 'alias', aliases: ['nickname'] }),
  ],
  ['another order of fields', (schema) => schema.fields.reverse()],
  [
    'another order of symbols',
    (schema) => (field(schema, 'state').type as { symbols: string[] }).symbols.reverse(),
  ],
  ['another order of branches', (schema) => (field(schema, 'owner').type = ['long', 'null'])],
  ['a union of the one type that it was', (schema) => (field(schema, 'note').type = ['string'])],
  [
    'other words about it',
    (schema) => {
      schema.doc = 'A sample was made.';
      field(schema, 'note').doc = 'What was noted.';
    },
  ],
];

test.each(allowed)('allowed: %s', (_, edit) => {
  expect(judged([sample()], edited(edit)).map(messageOf)).toEqual([]);
});

test('an event type that is released may not vanish', () => {
  expect(judged([sample(), sample()], undefined).map(messageOf)).toEqual([
    'sample.made: it is released and has no schema any more, so its records in the topics would become dead letters ' +
      '(between versions 1, 2 and the current schema). Put services/contracts/events/sample.made.avsc back, as it was ' +
      'released last, and stop writing the event.',
  ]);
});

test('nor leave its topic', () => {
  expect(judged([sample()], sample(), { topic: 'samples.v2' }).map(messageOf)).toEqual([
    'sample.made: topic samples.v1 does not carry it any more, so its records there would become dead letters (between ' +
      'version 1 and the current schema). Keep it on samples.v1; write a new event type to the other topic instead.',
  ]);
});

test('nor may its topic have another key', () => {
  expect(judged([sample()], sample(), { key: 'note' }).map(messageOf)).toEqual([
    'sample.made: the key of topic samples.v1 was sampleId and is note, so what is in order now would not stay so ' +
      '(between version 1 and the current schema). Keep the key; declare a new version of the topic, with a new event ' +
      'type, instead.',
  ]);
});

test('each released version counts: a default may not go again that an older version needs', () => {
  const second = edited((schema) => schema.fields.push({ name: 'colour', type: 'string', default: '' }));
  const third = edited((schema) => delete field(schema, 'colour').default, second);
  expect(judged([second], third)).toEqual([]);
  expect(judged([sample(), second], third)).toMatchObject([{ kind: 'field-added', versions: [1] }]);
});

test('what breaks with several versions is told once, with all of them', () => {
  const changed = edited((schema) => (field(schema, 'count').type = 'string'));
  expect(judged([sample(), sample(), sample()], changed)).toMatchObject([{ versions: [1, 2, 3] }]);
});

test('every change that breaks is told, not only the first', () => {
  const changed = edited((schema) => {
    schema.fields = without(schema, 'note');
    schema.fields.push({ name: 'colour', type: 'string' });
    field(schema, 'count').type = 'string';
  });
  expect(
    judged([sample()], changed)
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(['field-added', 'field-removed', 'type-changed']);
});

test('a new event type has nothing to go together with', () => {
  expect(breakagesOf({ current: new Map([[TYPE, sample()]]), releases: new Map(), topics: {} })).toEqual([]);
});
