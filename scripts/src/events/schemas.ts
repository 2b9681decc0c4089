import avsc from 'avsc';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const EVENTS_DIRECTORY = 'services/contracts/events';
export const SCHEMA_EXTENSION = '.avsc';

/** A file that should hold a schema does not; the message names it. */
export class SchemaFileError extends Error {
  override readonly name = 'SchemaFileError';
}

/**
 * The event schemas that services are built with.
 * @param root the repository's directory
 * @returns event type (`user.signed-up`) → its schema as it was parsed
 * @throws SchemaFileError when a file is not JSON
 */
export function readEventSchemas(root: string): Map<string, object> {
  const directory = join(root, EVENTS_DIRECTORY);
  const files = readdirSync(directory).filter((file) => file.endsWith(SCHEMA_EXTENSION));
  return new Map(
    files.sort().map((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      return [basename(file, SCHEMA_EXTENSION), parseJson(text, `${EVENTS_DIRECTORY}/${file}`)];
    }),
  );
}

/** @throws SchemaFileError naming the file */
export function parseJson(text: string, file: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new SchemaFileError(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null) throw new SchemaFileError(`${file} is not an object`);
  return parsed;
}

/** The schema of an event, as Avro understands it. */
export type EventRecord = avsc.types.RecordType;

/**
 * @returns the schema as Avro understands it, with names resolved and defaults checked
 * @throws Error with avsc's reason when it is no schema, or is not a record, which events are
 */
export function parseEventSchema(schema: object): EventRecord {
  const type = avsc.Type.forSchema(schema as avsc.Schema, { registry: {}, noAnonymousTypes: true });
  if (!isRecord(type)) throw new Error(`it is ${type.typeName}, and an event is a record`);
  return type;
}

export const isRecord = (type: avsc.Type): type is avsc.types.RecordType => type.typeName === 'record';
export const isEnum = (type: avsc.Type): type is avsc.types.EnumType => type.typeName === 'enum';
export const isFixed = (type: avsc.Type): type is avsc.types.FixedType => type.typeName === 'fixed';
export const isArray = (type: avsc.Type): type is avsc.types.ArrayType => type.typeName === 'array';
export const isMap = (type: avsc.Type): type is avsc.types.MapType => type.typeName === 'map';

/** The branches of a union; of anything else, it alone. */
export function branchesOf(type: avsc.Type): readonly avsc.Type[] {
  return avsc.Type.isType(type, 'union') ? (type as avsc.types.UnwrappedUnionType).types : [type];
}

/** The symbol that an enum's reader takes for one that it does not know; avsc has it, and its types do not. */
export function defaultSymbol(type: avsc.types.EnumType): string | undefined {
  return (type as avsc.types.EnumType & { readonly default?: string }).default;
}

/** What a message calls a type, such as `null or long`, or `array of record OrderItem`. */
export function describe(type: avsc.Type): string {
  const branches = branchesOf(type);
  if (branches[0] !== type)
    return `${branches.length < 2 ? 'union of ' : ''}${branches.map(describe).join(' or ')}`;
  if (isArray(type)) return `array of ${describe(type.itemsType)}`;
  if (isMap(type)) return `map of ${describe(type.valuesType as avsc.Type)}`;
  if (isFixed(type)) return `fixed ${shortName(type)} of ${type.size} bytes`;
  return type.name === undefined ? type.typeName : `${type.typeName} ${shortName(type)}`;
}

/** A name without its namespace. */
export function shortName(type: avsc.Type): string {
  const name = type.name ?? type.typeName;
  return name.slice(name.lastIndexOf('.') + 1);
}
