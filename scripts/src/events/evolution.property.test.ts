import avsc from 'avsc';
import fc from 'fast-check';
import { breakagesOf } from './gate';
import { mismatches } from './readability';

const RUNS = 2_000;
const EDITS_MAX = 3;

type Schema = string | Schema[] | RecordSchema | NamedSchema | Collection;
type NamedSchema = {
  type: 'enum' | 'fixed';
  name: string;
  symbols?: string[];
  size?: number;
  default?: string;
};
type Collection = { type: 'array'; items: Schema } | { type: 'map'; values: Schema };
interface Field {
  name: string;
  type: Schema;
  default?: unknown;
  aliases?: string[];
}
interface RecordSchema {
  type: 'record';
  name: string;
  namespace?: string;
  fields: Field[];
}

/** Types with a default that they take; `n` makes the names of nested types differ. */
const kinds: ((n: number) => readonly [type: Schema, byDefault: unknown])[] = [
  () => ['boolean', true],
  () => ['int', 7],
  () => ['long', 7],
  () => ['float', 0.5],
  () => ['double', 0.5],
  () => ['string', 'text'],
  () => ['bytes', 'bytes'],
  () => [['null', 'long'], null],
  () => [['string', 'null'], 'text'],
  (n) => [{ type: 'enum', name: `State${n}`, symbols: ['A', 'B'] }, 'A'],
  (n) => [{ type: 'enum', name: `Mood${n}`, symbols: ['A', 'B'], default: 'B' }, 'A'],
  (n) => [{ type: 'fixed', name: `Checksum${n}`, size: 2 }, 'ab'],
  () => [{ type: 'array', items: 'int' }, [1]],
  () => [{ type: 'map', values: 'int' }, {}],
  (n) => [{ type: 'array', items: item(n) }, []],
  (n) => [item(n), { size: 1 }],
  (n) => [['null', item(n)], null],
];

function item(n: number): RecordSchema {
  return { type: 'record', name: `Item${n}`, fields: [{ name: 'size', type: 'int' }] };
}

const fieldOf = (name: string, pick: number, hasDefault: boolean, n: number): Field => {
  const [type, byDefault] = at(kinds, pick)(n);
  return { name, type, ...(hasDefault ? { default: byDefault } : {}) };
};

const schemas = fc
  .array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 1, maxLength: 5 })
  .map((fields): RecordSchema => ({
    type: 'record',
    name: 'Sample',
    namespace: 'naru',
    fields: fields.map(([pick, hasDefault], n) => fieldOf(`f${n}`, pick, hasDefault, n)),
  }));

/** One edit; `pick` says at which record and field, `other` into what. Where there is nothing to edit it does nothing. */
interface Edit {
  readonly what: (typeof edits)[number];
  readonly pick: number;
  readonly other: number;
}

const edits = [
  'add with a default',
  'add without',
  'remove',
  'change the type',
  'toggle the default',
  'rename',
  'rename with an alias',
  'alias to a field that is there',
  'make nullable',
  'add a branch',
  'remove a branch',
  'add a symbol',
  'remove a symbol',
  'toggle the default symbol',
  'resize',
  'rename a nested type',
  'rename a nested type with an alias',
  'reverse',
  'document',
] as const;

const edit = fc.record({ what: fc.constantFrom(...edits), pick: fc.nat(), other: fc.nat() });

function edited(schema: RecordSchema, changes: readonly Edit[]): RecordSchema {
  const copy = structuredClone(schema);
  changes.forEach((change, n) => apply(copy, change, 100 + n));
  return copy;
}

function apply(schema: RecordSchema, { what, pick, other }: Edit, n: number): void {
  const record = at([schema, ...nestedRecords(schema)], other);
  const field = record.fields.length > 0 ? at(record.fields, pick) : undefined;
  if (what === 'add with a default' || what === 'add without') {
    record.fields.push(fieldOf(`g${n}`, pick, what === 'add with a default', n));
    return;
  }
  if (what === 'reverse') record.fields.reverse();
  if (what === 'document') Object.assign(record, { doc: `edited ${n}` });
  if (field) applyToField(record, field, { what, pick, other }, n);
}

function applyToField(record: RecordSchema, field: Field, { what, other }: Edit, n: number): void {
  const named = namedIn(field.type);
  const simple = named?.type === 'record' ? undefined : named;
  const symbols = simple?.symbols;
  switch (what) {
    case 'remove':
      record.fields.splice(record.fields.indexOf(field), 1);
      break;
    case 'change the type': {
      const { type, default: byDefault } = fieldOf('', other, true, n);
      Object.assign(field, { type }, field.default === undefined ? {} : { default: byDefault });
      break;
    }
    case 'toggle the default':
      if (field.default !== undefined) delete field.default;
      else field.default = defaultFor(field.type);
      if (field.default === undefined) delete field.default;
      break;
    case 'rename':
      field.name = `h${n}`;
      break;
    case 'rename with an alias':
      Object.assign(field, { name: `h${n}`, aliases: [field.name] });
      break;
    case 'alias to a field that is there':
      field.aliases = [at(record.fields, other).name];
      break;
    case 'make nullable':
      if (typeof field.type !== 'string') break;
      field.type = [field.type, 'null'];
      break;
    case 'add a branch':
      if (Array.isArray(field.type)) field.type.push(at(['boolean', 'int', 'double'], other));
      break;
    case 'remove a branch':
      if (Array.isArray(field.type) && field.type.length > 1) field.type.pop();
      break;
    case 'add a symbol':
      symbols?.push(`S${n}`);
      break;
    case 'remove a symbol':
      if (symbols && symbols.length > 1) symbols.pop();
      break;
    case 'toggle the default symbol':
      if (simple && symbols && simple.default === undefined) Object.assign(simple, { default: symbols[0] });
      else delete simple?.default;
      break;
    case 'resize':
      if (simple?.size !== undefined) simple.size += 1;
      break;
    case 'rename a nested type':
      if (named) named.name = `Other${n}`;
      break;
    case 'rename a nested type with an alias':
      if (named) Object.assign(named, { name: `Other${n}`, aliases: [named.name] });
      break;
    default:
  }
}

/** The enum, fixed or record that a field's type is or has. */
function namedIn(type: Schema): RecordSchema | NamedSchema | undefined {
  if (typeof type === 'string') return undefined;
  if (Array.isArray(type)) return type.map(namedIn).find((named) => named !== undefined);
  if (type.type === 'array') return namedIn(type.items);
  return type.type === 'map' ? namedIn(type.values) : type;
}

function nestedRecords({ fields }: RecordSchema): RecordSchema[] {
  return fields.map(({ type }) => namedIn(type)).filter((named) => named?.type === 'record');
}

function defaultFor(type: Schema): unknown {
  const first = Array.isArray(type) ? type[0] : type;
  const known = kinds.map((kind) => kind(0)).find(([one]) => JSON.stringify(one) === JSON.stringify(first));
  return first === 'null' ? null : known?.[1];
}

function at<T>(of: readonly T[], index: number): T {
  return of[index % of.length] as T;
}

/** null where the edits made something that is no schema, such as a default of the wrong type. */
function parse(schema: RecordSchema): avsc.Type | null {
  try {
    return avsc.Type.forSchema(schema as unknown as avsc.Schema, { registry: {}, noAnonymousTypes: true });
  } catch {
    return null;
  }
}

/** Values that have between them each branch and each symbol, and numbers that narrower types do not hold. */
function values(type: avsc.Type): unknown[] {
  if (avsc.Type.isType(type, 'union')) {
    const isWrapped = avsc.Type.isType(type, 'union:wrapped');
    return (type as avsc.types.UnwrappedUnionType).types.flatMap((branch) =>
      values(branch).map((value) =>
        isWrapped && value !== null ? { [branch.branchName as string]: value } : value,
      ),
    );
  }
  switch (type.typeName) {
    case 'null':
      return [null];
    case 'boolean':
      return [true, false];
    case 'int':
      return [-1, 2 ** 31 - 1];
    case 'long':
      return [1, 2 ** 40 + 1];
    case 'float':
      return [0.5, -2];
    case 'double':
      return [1.1, 1e300];
    case 'string':
      return ['', '나루'];
    case 'bytes':
      return [Buffer.from('bytes')];
    case 'enum':
      return (type as avsc.types.EnumType).symbols;
    case 'fixed':
      return [Buffer.alloc((type as avsc.types.FixedType).size, 1)];
    case 'array':
      return [values((type as avsc.types.ArrayType).itemsType)];
    case 'map':
      return values((type as avsc.types.MapType).valuesType as avsc.Type).map((value) => ({ key: value }));
    case 'record':
      return records(type as avsc.types.RecordType);
    default:
      throw new Error(`${type.typeName} is not made here`);
  }
}

/** As many as the field with the most values has. */
function records({ fields }: avsc.types.RecordType): unknown[] {
  const ofFields = fields.map((field) => ({ name: field.name, all: values(field.type) }));
  const count = Math.max(1, ...ofFields.map(({ all }) => all.length));
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(ofFields.map(({ name, all }) => [name, at(all, index)])),
  );
}

/** Written by one, read by the other, by avsc. */
function crossesInAvro(writer: avsc.Type, reader: avsc.Type): boolean {
  let resolver;
  try {
    resolver = reader.createResolver(writer);
  } catch {
    return false;
  }
  return values(writer).every((value) => {
    const buffer = writer.toBuffer(value);
    try {
      return reader.isValid(reader.fromBuffer(buffer, resolver));
    } catch {
      return false;
    }
  });
}

/** What was written is valid for the reader, who passes over what it does not know, and has defaults. */
function crossesInJson(writer: avsc.Type, reader: avsc.Type): boolean {
  return values(writer).every((value) => reader.isValid(JSON.parse(JSON.stringify(value))));
}

/** Whether avsc could not but wrap the values of some union. */
function isAmbiguous(schema: RecordSchema): boolean {
  try {
    avsc.Type.forSchema(schema as unknown as avsc.Schema, { registry: {}, wrapUnions: 'never' });
    return false;
  } catch {
    return true;
  }
}

const isText = (schema: RecordSchema) => !/"(bytes|fixed)"/.test(JSON.stringify(schema));

test('what a reader is told not to be able to read is what avsc cannot read', () => {
  const seen = { readable: 0, unreadable: 0 };
  fc.assert(
    fc.property(schemas, fc.array(edit, { minLength: 1, maxLength: EDITS_MAX }), (schema, changes) => {
      const before = parse(schema);
      const after = parse(edited(schema, changes));
      fc.pre(before !== null && after !== null);
      for (const [writer, reader] of [
        [before, after],
        [after, before],
      ] as const) {
        const inAvro = mismatches(reader, writer).every(({ encodings }) => encodings === 'json');
        expect({ inAvro }).toEqual({ inAvro: crossesInAvro(writer, reader) });
        seen[inAvro ? 'readable' : 'unreadable'] += 1;
      }
    }),
    { numRuns: RUNS },
  );
  // Else nothing was shown.
  expect(Math.min(seen.readable, seen.unreadable)).toBeGreaterThan(RUNS / 10);
});

test('the gate lets a change through exactly when events cross both ways, in Avro and in JSON, as what they are', () => {
  const seen = { allowed: 0, refused: 0 };
  fc.assert(
    fc.property(schemas, fc.array(edit, { minLength: 1, maxLength: EDITS_MAX }), (schema, changes) => {
      const changed = edited(schema, changes);
      const before = parse(schema);
      const after = parse(changed);
      fc.pre(before !== null && after !== null && isText(schema) && isText(changed));
      const crosses =
        crossesInAvro(before, after) &&
        crossesInAvro(after, before) &&
        crossesInJson(before, after) &&
        crossesInJson(after, before);
      const breakages = gate(schema, changed);
      const isAllowed = crosses && !isAmbiguous(changed);
      expect({ isAllowed: breakages.length === 0 }).toEqual({ isAllowed });
      seen[isAllowed ? 'allowed' : 'refused'] += 1;
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(RUNS / 10);
});

function gate(released: RecordSchema, current: RecordSchema) {
  return breakagesOf({
    current: new Map([['sample', current]]),
    releases: new Map([['sample', { topic: 'samples', key: null, versions: [released] }]]),
    topics: {
      samples: {
        partitions: 1,
        retentionMs: -1,
        key: null,
        producer: 'order',
        events: ['sample' as never],
        consumers: {},
        deadLetterTopic: 'samples.dlt',
      },
    },
  });
}
