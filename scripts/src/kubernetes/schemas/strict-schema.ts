/** A node of an OpenAPI schema, or of a JSON schema. */
export type SchemaNode = Readonly<Record<string, unknown>>;

const DEFINITION = '#/definitions/';
const INT_OR_STRING = { type: ['integer', 'string'] };
const QUANTITY = { type: ['string', 'number'] };
/** Types whose schema says less than the API server takes. */
const looserTypes: Readonly<Record<string, SchemaNode>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': INT_OR_STRING,
  'io.k8s.apimachinery.pkg.api.resource.Quantity': QUANTITY,
};

/** What is kept as it is; all else either tells people something or is for the API server alone. */
const kept = [
  'type',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
];
const junctors = ['allOf', 'anyOf', 'oneOf'];

/**
 * A JSON schema (draft 7) of what the API server takes when it is asked to refuse unknown fields: an object takes
 * the properties that are declared and no others.
 * @param node OpenAPI 2 or 3 as Kubernetes publishes its own types and those of custom resources
 */
export function strictSchema(node: SchemaNode): SchemaNode {
  if (node['x-kubernetes-int-or-string'] === true) return withConstraints(INT_OR_STRING, node);
  const schema = constraintsOf(node, strictSchema);
  if (schema['properties'] && !schema['additionalProperties'] && !isOpen(node))
    schema['additionalProperties'] = false;
  return schema;
}

/** Inside anyOf and the like a branch names some of the properties only, and says nothing of the others. */
function branchSchema(node: SchemaNode): SchemaNode {
  return constraintsOf(node, branchSchema);
}

function constraintsOf(node: SchemaNode, inner: (node: SchemaNode) => SchemaNode): Record<string, unknown> {
  const schema: Record<string, unknown> = {};
  for (const keyword of kept) if (node[keyword] !== undefined) schema[keyword] = node[keyword];
  if (node['required']) schema['required'] = node['required'];
  if (node['$ref']) schema['$ref'] = node['$ref'];
  if (node['items']) schema['items'] = inner(node['items'] as SchemaNode);
  if (node['not']) schema['not'] = branchSchema(node['not'] as SchemaNode);
  for (const junctor of junctors) {
    const branches = node[junctor] as SchemaNode[] | undefined;
    if (branches) schema[junctor] = branches.map(branchSchema);
  }
  if (node['properties'])
    schema['properties'] = mapValues(node['properties'] as Record<string, SchemaNode>, inner);
  const more = node['additionalProperties'];
  if (more !== undefined)
    schema['additionalProperties'] = typeof more === 'boolean' ? more : inner(more as SchemaNode);
  if (node['nullable'] === true && typeof schema['type'] === 'string')
    schema['type'] = [schema['type'], 'null'];
  return schema;
}

function withConstraints(schema: SchemaNode, { pattern }: SchemaNode): SchemaNode {
  return pattern === undefined ? schema : { ...schema, pattern };
}

function isOpen(node: SchemaNode): boolean {
  return node['x-kubernetes-preserve-unknown-fields'] === true;
}

/** A resource's schema with its apiVersion and kind fixed, and without `status`, which nobody writes by hand. */
export function resourceSchema(apiVersion: string, kind: string, schema: SchemaNode): SchemaNode {
  const { status: _, ...properties } = schema['properties'] as Record<string, SchemaNode>;
  const metadata = { $ref: `${DEFINITION}${OBJECT_META}` };
  const identity = { apiVersion: { enum: [apiVersion] }, kind: { enum: [kind] } };
  return {
    ...schema,
    properties: { ...properties, ...identity, metadata },
    required: [...new Set([...((schema['required'] as string[]) ?? []), 'apiVersion', 'kind', 'metadata'])],
  };
}

export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * The definitions that schemas refer to, directly or through one another, made strict.
 * @param swagger definitions by name, as in Kubernetes' swagger.json
 */
export function reachableDefinitions(
  schemas: readonly SchemaNode[],
  swagger: Readonly<Record<string, SchemaNode>>,
): Record<string, SchemaNode> {
  const found: Record<string, SchemaNode> = {};
  const waiting = schemas.flatMap(references);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found[name]) continue;
    const definition = swagger[name];
    if (!definition) throw new Error(`there is no definition ${name}`);
    found[name] = looserTypes[name] ?? strictSchema(definition);
    waiting.push(...references(found[name]));
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value.slice(DEFINITION.length)] : references(value),
  );
}

function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
