import avsc from 'avsc';
import { mismatches } from './readability';

/** Reader, writer, and whether the first reads the second by Avro's specification 1.12, "Schema Resolution". */
const cases: [name: string, reader: unknown, writer: unknown, isReadable: boolean][] = [
  ['a missing field with a default', record([{ name: 'a', type: 'int', default: 1 }]), record([]), true],
  ['a missing field without one', record([{ name: 'a', type: 'int' }]), record([]), false],
  [
    'a missing field that is null by default',
    record([{ name: 'a', type: ['null', 'int'], default: null }]),
    record([]),
    true,
  ],
  ['a missing field that may be null', record([{ name: 'a', type: ['null', 'int'] }]), record([]), false],
  ['a field that the reader has not', record([]), record([{ name: 'a', type: 'int' }]), true],
  [
    'a field by its alias',
    record([{ name: 'b', type: 'int', aliases: ['a'] }]),
    record([{ name: 'a', type: 'int' }]),
    true,
  ],
  ['int as long', 'long', 'int', true],
  ['int as float', 'float', 'int', true],
  ['int as double', 'double', 'int', true],
  ['long as float', 'float', 'long', true],
  ['long as double', 'double', 'long', true],
  ['float as double', 'double', 'float', true],
  ['string as bytes', 'bytes', 'string', true],
  ['bytes as string', 'string', 'bytes', true],
  ['long as int', 'int', 'long', false],
  ['double as float', 'float', 'double', false],
  ['double as long', 'long', 'double', false],
  ['int as string', 'string', 'int', false],
  ['boolean as int', 'int', 'boolean', false],
  ['symbols that the reader knows', symbols(['A', 'B']), symbols(['A']), true],
  ['a symbol that it does not know', symbols(['A']), symbols(['A', 'B']), false],
  ['a symbol that it has a default for', symbols(['A'], 'A'), symbols(['A', 'B']), true],
  ['an enum of another name', symbols(['A']), { ...symbols(['A']), name: 'Other' }, false],
  ['an enum as string', 'string', symbols(['A']), false],
  ['fixed of the same size', fixed(4), fixed(4), true],
  ['fixed of another size', fixed(4), fixed(5), false],
  ['fixed of another name', fixed(4), { ...fixed(4), name: 'Other' }, false],
  [
    'fixed of another name by its alias',
    { ...fixed(4), aliases: ['Other'] },
    { ...fixed(4), name: 'Other' },
    true,
  ],
  ['a type as a union that has it', ['null', 'int'], 'int', true],
  ['a type as a union that can promote it', ['null', 'long'], 'int', true],
  ['a type as a union without it', ['null', 'int'], 'string', false],
  ['a union as all its branches', ['null', 'int', 'string'], ['null', 'int'], true],
  ['a union as fewer of its branches', ['null', 'int'], ['null', 'int', 'string'], false],
  ['a union as one type that takes each branch', 'double', ['int', 'float'], true],
  ['a union as one of its branches', 'int', ['null', 'int'], false],
  ['items', array('long'), array('int'), true],
  ['items of another type', array('int'), array('string'), false],
  ['values of a map', { type: 'map', values: 'long' }, { type: 'map', values: 'int' }, true],
  ['values of another type', { type: 'map', values: 'int' }, { type: 'map', values: 'long' }, false],
  ['an array as a map', { type: 'map', values: 'int' }, array('int'), false],
  ['a nested record', nested([{ name: 'a', type: 'long' }]), nested([{ name: 'a', type: 'int' }]), true],
  ['a nested record that lacks a field', nested([{ name: 'a', type: 'int' }]), nested([]), false],
  ['a nested record of another name', array(record([], 'Other')), array(record([])), false],
  ['a record that has itself', tree([]), tree([]), true],
  ['a record that has itself and lacks a field', tree([{ name: 'a', type: 'int' }]), tree([]), false],
];

function record(fields: object[], name = 'Sample') {
  return { type: 'record', name, fields };
}
function symbols(of: string[], more?: string) {
  return { type: 'enum', name: 'State', symbols: of, ...(more === undefined ? {} : { default: more }) };
}
function fixed(size: number) {
  return { type: 'fixed', name: 'Checksum', size };
}
function array(items: unknown) {
  return { type: 'array', items };
}
function nested(fields: object[]) {
  return record([{ name: 'items', type: array(record(fields, 'Item')) }]);
}
function tree(fields: object[]) {
  return record([...fields, { name: 'children', type: array('Sample') }]);
}

const parsed = (schema: unknown) => avsc.Type.forSchema(schema as avsc.Schema, { registry: {} });

function resolves(reader: avsc.Type, writer: avsc.Type): boolean {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
}

describe.each(cases)('%s', (_, reader, writer, isReadable) => {
  test(`is ${isReadable ? '' : 'not '}readable`, () => {
    const found = mismatches(parsed(reader), parsed(writer));
    expect(found.filter(({ encodings }) => encodings === 'both').length === 0).toBe(isReadable);
  });

  test('avsc, which is what reads it, says the same', () => {
    expect(resolves(parsed(reader), parsed(writer))).toBe(isReadable);
  });
});

test('avsc keeps what it began for a branch that does not match, so that its word alone would not do', () => {
  const item = (name: string, fields: object[], more = {}) => ({ ...record(fields, name), ...more });
  const writer = parsed(
    record([
      { name: 'first', type: item('Item', []) },
      { name: 'second', type: 'Item' },
    ]),
  );
  const reader = parsed(
    record([
      {
        name: 'first',
        type: [item('Item', [{ name: 'a', type: 'int' }]), item('Old', [], { aliases: ['Item'] })],
      },
      { name: 'second', type: 'Item' },
    ]),
  );
  const resolver = reader.createResolver(writer);
  const buffer = writer.toBuffer({ first: {}, second: {} });
  expect(() => void reader.fromBuffer(buffer, resolver)).toThrow(TypeError);
  expect(mismatches(reader, writer)).toMatchObject([{ kind: 'field', path: 'second.a', encodings: 'both' }]);
});

test('places are named as in the payload', () => {
  const reader = record([
    { name: 'items', type: array(record([{ name: 'size', type: 'int' }], 'Item')) },
    { name: 'owner', type: ['null', record([{ name: 'name', type: 'int' }], 'Owner')] },
    { name: 'labels', type: { type: 'map', values: 'int' } },
  ]);
  const writer = record([
    { name: 'items', type: array(record([{ name: 'size', type: 'string' }], 'Item')) },
    { name: 'owner', type: ['null', record([{ name: 'name', type: 'string' }], 'Owner')] },
    { name: 'labels', type: { type: 'map', values: 'string' } },
  ]);
  expect(mismatches(parsed(reader), parsed(writer)).map(({ path }) => path)).toEqual([
    'items[].size',
    'owner.name',
    'labels{}',
  ]);
});
