import type { TSchema } from '@sinclair/typebox';
import { schemaName } from './schemas';

export interface Schemas {
  /** A schema as OpenAPI has it: what has a name is referred to by it. */
  refer(schema: TSchema): unknown;
  /** Every schema that was referred to, by name. */
  components(): Record<string, unknown>;
}

/** Collects the named schemas of a description. @throws Error when two that differ have one name */
export function createSchemas(): Schemas {
  const components = new Map<string, string>();

  function refer(schema: TSchema): unknown {
    const name = (schema as { readonly [schemaName]?: string })[schemaName];
    if (name === undefined) return plain(schema);
    const written = JSON.stringify(plain(schema));
    if ((components.get(name) ?? written) !== written) throw new Error(`two schemas are named ${name}`);
    components.set(name, written);
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Symbols, which TypeBox and names are kept in, are left behind. */
  function plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => inner(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, inner(child)]));
  }

  function inner(value: unknown): unknown {
    return typeof value === 'object' && value !== null && schemaName in value
      ? refer(value as unknown as TSchema)
      : plain(value);
  }

  return {
    refer,
    components: () =>
      Object.fromEntries(
        [...components]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, json]) => [name, JSON.parse(json) as unknown]),
      ),
  };
}
