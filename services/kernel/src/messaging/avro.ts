import { isUtf8 } from 'node:buffer';
import avsc from 'avsc';

/** Confluent's framing: this byte, the schema's id in four bytes (big-endian), the Avro value. */
const MAGIC = 0;
const FRAME_BYTES = 5;
const LONG_BYTES_MAX = 10;

/** A value of Avro in its frame. */
export function framed(schemaId: number, body: Buffer): Buffer {
  const value = Buffer.allocUnsafe(FRAME_BYTES + body.length);
  value.writeUInt8(MAGIC, 0);
  value.writeUInt32BE(schemaId, 1);
  body.copy(value, FRAME_BYTES);
  return value;
}

/** The schema's id in the frame of a value, or undefined where there is no frame. */
export function framedId(value: Buffer | null): number | undefined {
  return value !== null && value.length >= FRAME_BYTES && value[0] === MAGIC
    ? value.readUInt32BE(1)
    : undefined;
}

export function framedBody(value: Buffer): Buffer {
  return value.subarray(FRAME_BYTES);
}

const scratch = Buffer.alloc(LONG_BYTES_MAX);

/**
 * Longs as JavaScript's numbers, exact to 2^53: avsc's own turn into others beyond 2^52, since it doubles them on the way
 * (zigzag). What is no safe integer is refused.
 */
const longType = avsc.types.LongType.__with(
  {
    fromBuffer(bytes: Buffer): number {
      const first = bytes[0] ?? 0;
      let magnitude = (first & 0x7f) >> 1;
      for (let place = 1, factor = 64; place < bytes.length; place++, factor *= 128)
        magnitude += ((bytes[place] ?? 0) & 0x7f) * factor;
      const value = first & 1 ? -magnitude - 1 : magnitude;
      if (!Number.isSafeInteger(value)) throw new Error('a long is beyond what a number holds');
      return value;
    },
    /** Into a buffer that is copied before the next one is made. */
    toBuffer(value: number): Buffer {
      let rest = value < 0 ? -(value + 1) : value;
      let bits = (rest % 64) * 2 + (value < 0 ? 1 : 0);
      rest = Math.floor(rest / 64);
      let length = 0;
      for (; rest > 0; rest = Math.floor(rest / 128)) {
        scratch[length++] = bits | 0x80;
        bits = rest % 128;
      }
      scratch[length++] = bits;
      return scratch.subarray(0, length);
    },
    fromJSON: Number,
    toJSON: Number,
    isValid: Number.isSafeInteger,
    compare: (one: number, other: number) => Math.sign(one - other),
  },
  true,
);

/** The name of a type in Avro's own words. */
export function typeNameOf(type: avsc.Type): string {
  return type === longType ? 'long' : type.typeName;
}

/** A type of a schema, apart from all others: two schemas may give one name to different things. */
export function typeOf(schema: object): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, {
    registry: { long: longType },
    omitRecordMethods: true,
  });
}

/** Reads the body of a frame. @throws Error when it is not a value of the writer's schema */
export type AvroReader = (body: Buffer) => unknown;

/** @throws Error when what is written by the one schema cannot be read by the other */
export function avroReader(reader: avsc.Type, writer: avsc.Type): AvroReader {
  const resolver = reader.equals(writer) ? undefined : reader.createResolver(writer);
  const check = bodyCheck(writer);
  return (body) => {
    check(body);
    return reader.fromBuffer(body, resolver) as unknown;
  };
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
  /** Each item takes at least one byte, unless it is of nothing; so there are no more items than bytes. */
  items: number;
}

type Pass = (cursor: Cursor) => void;

/**
 * Checks that a body is whole, before avsc reads it: avsc goes by the counts and lengths that it finds, so that ten bad
 * bytes have it fill the memory or turn in circles, and it makes replacement characters of text that is not UTF-8.
 * Encoding: Avro 1.12 specification, "Binary encoding".
 */
function bodyCheck(type: avsc.Type): (body: Buffer) => void {
  const pass = passOf(type, new Map());
  return (bytes) => {
    const cursor = { bytes, at: 0, items: bytes.length };
    pass(cursor);
    if (cursor.at !== bytes.length) throw new Error(`${bytes.length - cursor.at} bytes are left over`);
  };
}

/** @param known types that are passed, or about to be: a type may contain itself */
function passOf(type: avsc.Type, known: Map<avsc.Type, Pass>): Pass {
  if (type instanceof avsc.types.LogicalType) return passOf(type.underlyingType, known);
  const before = known.get(type);
  if (before) return before;
  // Called only when all of the type is made.
  known.set(type, (cursor) => made(cursor));
  const made = makePass(type, known);
  return made;
}

function makePass(type: avsc.Type, known: Map<avsc.Type, Pass>): Pass {
  if (type instanceof avsc.types.RecordType) {
    const fields = type.fields.map((field) => passOf(field.type, known));
    return (cursor) => {
      for (const field of fields) field(cursor);
    };
  }
  if (type instanceof avsc.types.ArrayType) return blocks(passOf(type.itemsType, known));
  if (type instanceof avsc.types.MapType) {
    const value = passOf(type.valuesType, known);
    return blocks((cursor) => {
      text(cursor);
      value(cursor);
    });
  }
  if (type instanceof avsc.types.UnwrappedUnionType || type instanceof avsc.types.WrappedUnionType) {
    const branches = type.types.map((branch) => passOf(branch, known));
    return (cursor) => {
      const branch = branches[long(cursor)];
      if (!branch) throw new Error('a union has no such branch');
      branch(cursor);
    };
  }
  if (type instanceof avsc.types.EnumType) {
    const { length } = type.symbols;
    return (cursor) => {
      const symbol = long(cursor);
      if (symbol < 0 || symbol >= length) throw new Error('an enum has no such symbol');
    };
  }
  if (type instanceof avsc.types.FixedType) {
    const { size } = type;
    return (cursor) => skip(cursor, size);
  }
  const pass = primitives[typeNameOf(type)];
  if (!pass) throw new Error(`${type.typeName} is not known`);
  return pass;
}

const primitives: Readonly<Partial<Record<string, Pass>>> = {
  null: () => undefined,
  boolean: (cursor) => skip(cursor, 1),
  int: long,
  long,
  float: (cursor) => skip(cursor, 4),
  double: (cursor) => skip(cursor, 8),
  bytes: (cursor) => skip(cursor, long(cursor)),
  string: text,
};

/** Arrays and maps: blocks of a count and so many items, a negative count with the block's bytes after it, then 0. */
function blocks(item: Pass): Pass {
  return (cursor) => {
    for (let count = long(cursor); count !== 0; count = long(cursor)) {
      const bytes = count < 0 ? long(cursor) : undefined;
      const begin = cursor.at;
      cursor.items -= Math.abs(count);
      if (cursor.items < 0) throw new Error('there are more items than bytes');
      for (let left = Math.abs(count); left > 0; left--) item(cursor);
      if (bytes !== undefined && cursor.at !== begin + bytes)
        throw new Error('a block has another length than it says');
    }
  };
}

function text(cursor: Cursor): void {
  const length = long(cursor);
  const begin = cursor.at;
  skip(cursor, length);
  if (!isUtf8(cursor.bytes.subarray(begin, cursor.at))) throw new Error('text is not UTF-8');
}

function skip(cursor: Cursor, length: number): void {
  if (length < 0 || length > cursor.bytes.length - cursor.at) throw new Error('it is cut short');
  cursor.at += length;
}

/** A zigzag varint. Beyond 2^53 it is not exact, which no count or length is. */
function long(cursor: Cursor): number {
  let value = 0;
  for (let place = 0, factor = 1; place < LONG_BYTES_MAX; place++, factor *= 128) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) throw new Error('it is cut short');
    cursor.at++;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  throw new Error('a number has more than ten bytes');
}
