import * as fc from 'fast-check';
import type { ApiDocument, Schema } from './document';

/** A value that is only known when a request is sent, such as the id of an order that is there. */
export class Known {
  constructor(
    readonly name: string,
    readonly at: number,
  ) {}
}

/** What stands for a name, in requests that are to hit something; and the names for which there is anything. */
export type Pool = Readonly<Record<string, readonly (string | number)[]>>;

const AT_MAX = 1_000;
const STRING_MAX = 60;

export function known(name: string): fc.Arbitrary<Known> {
  return fc.nat({ max: AT_MAX }).map((at) => new Known(name, at));
}

/** Values that a schema allows. Under a name of the pool they are mostly known ones. */
export function valid(document: ApiDocument, pool: Pool, schema: Schema, name = ''): fc.Arbitrary<unknown> {
  const plain = unnamed(document, pool, document.resolve(schema), name);
  if (!pool[name]) return plain;
  return fc.oneof({ weight: 4, arbitrary: known(name) }, { weight: 1, arbitrary: plain });
}

function unnamed(document: ApiDocument, pool: Pool, schema: Schema, name: string): fc.Arbitrary<unknown> {
  const { type, const: constant, enum: values, anyOf } = schema;
  if (constant !== undefined) return fc.constant(constant);
  if (Array.isArray(values)) return fc.constantFrom(...(values as unknown[]));
  if (Array.isArray(anyOf))
    return fc.oneof(...(anyOf as Schema[]).map((branch) => valid(document, pool, branch)));
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return integer(schema);
    case 'string':
      return text(document, schema);
    case 'array':
      return list(document, pool, schema, name);
    case 'object':
      return object(document, pool, schema);
    default:
      throw new Error(`no values of ${JSON.stringify(schema)}`);
  }
}

function integer(schema: Schema): fc.Arbitrary<number> {
  const min = Number(schema['minimum'] ?? Number.MIN_SAFE_INTEGER);
  const max = Number(schema['maximum'] ?? Number.MAX_SAFE_INTEGER);
  return fc.oneof(
    fc.constantFrom(min, max),
    fc.integer({ min, max }),
    fc.integer({ min, max: Math.min(max, min + 100) }),
  );
}

function text(document: ApiDocument, schema: Schema): fc.Arbitrary<string> {
  const { pattern, format } = schema;
  const min = Number(schema['minLength'] ?? 0);
  const max = Number(schema['maxLength'] ?? STRING_MAX);
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern, 'u'));
  const fits = (value: string) => document.check(schema, value) === null;
  if (format === 'email') return fc.emailAddress().filter(fits);
  const size = Math.min(max, min + STRING_MAX);
  return fc
    .oneof(
      fc.string({ minLength: min, maxLength: size }),
      fc.string({ unit: 'grapheme', minLength: min, maxLength: Math.max(min, Math.floor(size / 8)) }),
      fc.constantFrom('x'.repeat(max), 'ü'.repeat(Math.max(1, min)), '나루 🛶'.padEnd(min, '.')),
    )
    .filter(fits);
}

function list(document: ApiDocument, pool: Pool, schema: Schema, name: string): fc.Arbitrary<unknown[]> {
  const items = schema['items'] as Schema;
  const limits = {
    minLength: Number(schema['minItems'] ?? 0),
    maxLength: Math.min(Number(schema['maxItems'] ?? 3), 3),
  };
  // What a description can say and a schema cannot: each product once.
  const { productId } = (document.resolve(items)['properties'] ?? {}) as Record<string, unknown>;
  const element = valid(document, pool, items, name);
  return productId
    ? fc.uniqueArray(element, {
        ...limits,
        selector: (item) => keyOf(pool, (item as Record<string, unknown>)['productId']),
      })
    : fc.array(element, limits);
}

function keyOf(pool: Pool, value: unknown): unknown {
  return value instanceof Known ? resolveKnown(pool, value) : value;
}

function object(document: ApiDocument, pool: Pool, schema: Schema): fc.Arbitrary<object> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const requiredKeys = (schema['required'] ?? []) as string[];
  const model = Object.fromEntries(
    properties.map(([name, property]) => [name, valid(document, pool, property, name)]),
  );
  return fc.record(model, { requiredKeys, noNullPrototype: true });
}

export function resolveKnown(pool: Pool, { name, at }: Known): string | number {
  const values = pool[name] ?? [];
  return values[at % values.length]!;
}

/** A value with everything known put in. */
export function fillIn(pool: Pool, value: unknown): unknown {
  if (value instanceof Known) return resolveKnown(pool, value);
  if (Array.isArray(value)) return value.map((item) => fillIn(pool, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fillIn(pool, child)]));
}

/** Values that hardly any field allows. */
export const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    ' ',
    -1,
    0,
    1.5,
    1e21,
    2 ** 53,
    -(2 ** 63),
    [],
    {},
    [[[[]]]],
    { toString: 'x' },
    'x'.repeat(20_000),
    '\u0000',
    'a\u0007b',
    '\u202e\u2066',
    '\ud83d',
    '\udc00x',
    'e\u0301\u0301\u0301',
    '1; DROP TABLE users',
    "' OR '1'='1",
    '<script>alert(1)</script>',
    '${jndi:ldap://x}',
    '../../etc/passwd',
    '%00',
    'NaN',
    '2026-13-45',
  ),
  fc.anything({ maxDepth: 2, withNullPrototype: false }).filter(isJson),
);

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
