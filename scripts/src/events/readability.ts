import type avsc from 'avsc';
import { branchesOf, defaultSymbol, describe, isArray, isEnum, isFixed, isMap, isRecord } from './schemas';

/**
 * - `field`: the reader needs a field that the writer does not write
 * - `alias`: a field goes by another name, in a way that a reader cannot follow
 * - `type`: the reader cannot make its type of the writer's
 * - `branch`: the writer's union has a branch that the reader cannot take
 * - `symbol`: the writer's enum has a symbol that the reader does not know
 * - `size`: fixed values of different lengths
 * - `name`: a nested record, enum or fixed goes by another name
 */
export type MismatchKind = 'field' | 'alias' | 'type' | 'branch' | 'symbol' | 'size' | 'name';

/** Something that a reader cannot make of what a writer wrote. */
export interface Mismatch {
  readonly kind: MismatchKind;
  /** Where, such as `items[].quantity`. */
  readonly path: string;
  /** What the reader has there. */
  readonly reader: string;
  /** What the writer has there. */
  readonly writer: string;
  /** Which encoding of an event it concerns: both, or JSON alone, which knows less than Avro does. */
  readonly encodings: 'both' | 'json';
}

/** Reader → what it reads besides its own (Avro 1.12 specification, "Schema Resolution"). */
const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

interface Walk {
  readonly found: Mismatch[];
  /** Pairs of records that were compared, or are being compared: schemas may be recursive. */
  readonly compared: Set<string>;
}

/**
 * Compares by the rules of Avro's schema resolution, with defaults and aliases, and by those of Naru's JSON, where a
 * field has one name and a symbol no default. Answers for all values that the writer's schema allows: a symbol or a
 * branch that the reader does not know is a mismatch, though not every event has it.
 */
export function mismatches(reader: avsc.Type, writer: avsc.Type): readonly Mismatch[] {
  const walk: Walk = { found: [], compared: new Set() };
  compare(reader, writer, '', walk);
  return walk.found;
}

/** Whether Avro reads it. What is found while a branch is only tried is not kept, nor what was compared for that. */
function isReadable(reader: avsc.Type, writer: avsc.Type, { compared }: Walk): boolean {
  const trial: Walk = { found: [], compared: new Set(compared) };
  compareSingle(reader, writer, '', trial);
  return trial.found.every(({ encodings }) => encodings === 'json');
}

function compare(reader: avsc.Type, writer: avsc.Type, path: string, walk: Walk): void {
  const readers = branchesOf(reader);
  const writers = branchesOf(writer);
  if (readers.length === 1 && writers.length === 1) {
    return compareSingle(readers[0] as avsc.Type, writers[0] as avsc.Type, path, walk);
  }
  const pairs = writers.map((branch) => ({
    branch,
    // The first one that matches is the one that reads it.
    taker: readers.find((candidate) => isReadable(candidate, branch, walk)),
    // Else one that was meant, whose own mismatches say more than that there is none.
    similar: similarTo(branch, readers),
  }));
  if (pairs.every(({ taker, similar }) => !taker && !similar)) {
    walk.found.push(mismatch('type', path, describe(reader), describe(writer)));
    return;
  }
  for (const { branch, taker, similar } of pairs) {
    const other = taker ?? similar;
    if (other) compareSingle(other, branch, path, walk);
    else walk.found.push(mismatch('branch', path, describe(reader), describe(branch)));
  }
}

function similarTo(writer: avsc.Type, readers: readonly avsc.Type[]): avsc.Type | undefined {
  const alike = readers.filter((reader) => reader.typeName === writer.typeName);
  return alike.find((reader) => hasName(reader, writer)) ?? alike[0];
}

function compareSingle(reader: avsc.Type, writer: avsc.Type, path: string, walk: Walk): void {
  if (reader.typeName !== writer.typeName) return comparePrimitives(reader, writer, path, walk);
  if (writer.name !== undefined && !hasName(reader, writer)) {
    walk.found.push(mismatch('name', path, reader.name ?? '', writer.name));
  }
  if (isRecord(reader) && isRecord(writer)) compareRecords(reader, writer, path, walk);
  else if (isEnum(reader) && isEnum(writer)) compareSymbols(reader, writer, path, walk);
  else if (isFixed(reader) && isFixed(writer)) {
    if (reader.size !== writer.size)
      walk.found.push(mismatch('size', path, describe(reader), describe(writer)));
  } else if (isArray(reader) && isArray(writer)) {
    compare(reader.itemsType, writer.itemsType, `${path}[]`, walk);
  } else if (isMap(reader) && isMap(writer)) {
    compare(reader.valuesType as avsc.Type, writer.valuesType as avsc.Type, `${path}{}`, walk);
  }
}

function comparePrimitives(reader: avsc.Type, writer: avsc.Type, path: string, walk: Walk): void {
  const isPromoted = promotions[reader.typeName]?.includes(writer.typeName) ?? false;
  // A text of bytes is not a text in JSON.
  const onlyInAvro = isPromoted && (reader.typeName === 'string' || reader.typeName === 'bytes');
  if (isPromoted && !onlyInAvro) return;
  walk.found.push(mismatch('type', path, describe(reader), describe(writer), onlyInAvro ? 'json' : 'both'));
}

/** By full names, as avsc does, where the specification is content with the last part of them. */
function hasName(reader: avsc.Type, writer: avsc.Type): boolean {
  return reader.name === writer.name || (reader.aliases ?? []).includes(writer.name ?? '');
}

function compareRecords(
  reader: avsc.types.RecordType,
  writer: avsc.types.RecordType,
  path: string,
  walk: Walk,
): void {
  const pair = `${reader.name}:${writer.name}`;
  if (walk.compared.has(pair)) return;
  walk.compared.add(pair);
  const written = new Map(writer.fields.map((field) => [field.name, field]));
  for (const field of reader.fields) {
    const place = path === '' ? field.name : `${path}.${field.name}`;
    const names = [...new Set([field.name, ...field.aliases])].filter((name) => written.has(name));
    const hasDefault = field.defaultValue() !== undefined;
    const [name] = names;
    if (names.length > 1) {
      walk.found.push(mismatch('alias', place, field.name, names.join(' and ')));
    } else if (name === undefined) {
      if (!hasDefault) walk.found.push(mismatch('field', place, field.name, heirOf(field.name, writer)));
    } else if (name === field.name) {
      compare(field.type, (written.get(name) as avsc.types.Field).type, place, walk);
    } else {
      compareAliased(field, written.get(name) as avsc.types.Field, place, walk);
      if (!hasDefault) walk.found.push(mismatch('alias', place, field.name, name, 'json'));
    }
  }
}

/** In JSON the reader does not see it at all, so that only Avro's mismatches count. */
function compareAliased(
  reader: avsc.types.Field,
  writer: avsc.types.Field,
  path: string,
  { found, compared }: Walk,
): void {
  const below: Walk = { found: [], compared: new Set(compared) };
  compare(reader.type, writer.type, path, below);
  found.push(...below.found.filter(({ encodings }) => encodings === 'both'));
}

/** The writer's field that goes by another name now; the empty text where there is none. */
function heirOf(name: string, writer: avsc.types.RecordType): string {
  return writer.fields.find(({ aliases }) => aliases.includes(name))?.name ?? '';
}

function compareSymbols(
  reader: avsc.types.EnumType,
  writer: avsc.types.EnumType,
  path: string,
  walk: Walk,
): void {
  const encodings = defaultSymbol(reader) === undefined ? 'both' : 'json';
  for (const symbol of writer.symbols.filter((name) => !reader.symbols.includes(name)))
    walk.found.push(mismatch('symbol', path, describe(reader), symbol, encodings));
}

function mismatch(
  kind: MismatchKind,
  path: string,
  reader: string,
  writer: string,
  encodings: Mismatch['encodings'] = 'both',
): Mismatch {
  return { kind, path, reader, writer, encodings };
}
