import type { TSchema } from '@sinclair/typebox';

/** A value that a schema allows, put together from the examples of its parts. @throws Error where a part has none */
export function exampleOf(schema: TSchema): unknown {
  const { examples, const: constant, default: standard, anyOf, type } = schema as Described;
  if (examples?.length) return examples[0];
  if (constant !== undefined) return constant;
  if (standard !== undefined) return standard;
  if (schema['enum']) return (schema['enum'] as unknown[])[0];
  if (anyOf?.[0]) return exampleOf(anyOf[0]);
  if (type === 'array') return [exampleOf(schema['items'] as TSchema)];
  if (type === 'boolean') return true;
  if (type === 'object') {
    const properties = Object.entries((schema['properties'] ?? {}) as Record<string, TSchema>);
    return Object.fromEntries(properties.map(([name, property]) => [name, exampleOf(property)]));
  }
  throw new Error(`no example of ${JSON.stringify(schema)}`);
}

interface Described {
  readonly type?: string;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly anyOf?: readonly TSchema[];
}
