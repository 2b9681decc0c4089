/** An Avro schema as far as Naru's events use it (Avro 1.12 specification, "Schema Declaration"). */
export type AvroSchema =
  | string
  | AvroSchema[]
  | { readonly type: 'array'; readonly items: AvroSchema }
  | { readonly type: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | AvroRecord;

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly doc?: string;
  readonly fields: readonly { readonly name: string; readonly type: AvroSchema; readonly doc?: string }[];
}

const primitives: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  string: 'string',
};

/**
 * TypeScript for a set of event schemas: an interface for each, the map from event type to payload,
 * and the schemas themselves as constants.
 * @param schemas event type (`user.signed-up`) → parsed .avsc
 * @throws Error on a schema that uses more of Avro than Naru knows
 */
export function eventTypes(schemas: ReadonlyMap<string, AvroRecord>): string {
  const types = [...schemas.keys()].sort();
  const record = (type: string) => schemas.get(type) as AvroRecord;
  const interfaces = types.map((type) => {
    const schema = record(type);
    return `${comment(schema.doc, '')}export interface ${schema.name} ${members(schema, '')}`;
  });
  return [
    '// Generated from services/contracts/events/*.avsc by `npm run generate`. Do not edit.\n',
    ...interfaces.map((text) => `${text}\n`),
    '/** Event type → payload. */',
    `export interface EventPayloads {\n${types.map((type) => `  '${type}': ${record(type).name};`).join('\n')}\n}\n`,
    'export type EventType = keyof EventPayloads;\n',
    '/** The Avro schemas that payloads are checked against when written and when read. */',
    `export const eventSchemas: Readonly<Record<EventType, object>> = ${JSON.stringify(
      Object.fromEntries(types.map((type) => [type, record(type)])),
      null,
      2,
    )};\n`,
  ].join('\n');
}

function members(record: AvroRecord, indent: string): string {
  const lines = record.fields.map(
    (field) =>
      `${comment(field.doc, `${indent}  `)}${indent}  readonly ${field.name}: ${typeScript(field.type, `${indent}  `)};`,
  );
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function typeScript(schema: AvroSchema, indent: string): string {
  if (typeof schema === 'string') {
    const primitive = primitives[schema];
    if (!primitive) throw new Error(`Avro type ${schema} is not known here`);
    return primitive;
  }
  if (Array.isArray(schema)) return schema.map((branch) => typeScript(branch, indent)).join(' | ');
  if (schema.type === 'array') return `readonly (${typeScript(schema.items, indent)})[]`;
  if (schema.type === 'enum') return schema.symbols.map((symbol) => `'${symbol}'`).join(' | ');
  return members(schema, indent);
}

function comment(doc: string | undefined, indent: string): string {
  return doc ? `${indent}/** ${doc} */\n` : '';
}
