import { STATUS_CODES } from 'node:http';
import type { TObject } from '@sinclair/typebox';
import { services, type ServiceName } from '../topology';
import { byStatus, declarationOf, refusals, refusalsOfPage, undeclared } from './answers';
import type { Operation } from './define';
import { exampleOf } from './examples';
import { componentHeaders, successHeaders, problemHeaders } from './openapi-headers';
import { createSchemas, type Schemas } from './openapi-schemas';
import { operations } from './operations';
import { pages, type GatewayPage } from './pages';
import type { ProblemCode } from './problems';
import { Problem } from './schemas';

export type Json = Record<string, unknown>;

const DESCRIPTION = `Event-driven microservices on Kafka, behind one gateway.

**Who one is.** All but the public operations need \`Authorization: Bearer …\` with the token of \`/api/users/login\`.

**Errors** are RFC 9457 problem details. \`code\` is stable; each answer lists those that it has. What no operation
declares is answered as \`x-other-requests\` says: an unknown path by 404, another method by 405. \`HEAD\` is answered as
\`GET\` is, without the body.

**Repeats.** Operations that create take an \`Idempotency-Key\`. For 24 hours a repeat with the same key gets the first
answer, with \`Idempotency-Replayed: true\`.

**Lists** are newest first. \`Link\` with \`rel="next"\` names the next page; the last page has none.`;

/** The OpenAPI 3.1 description of all that the gateway serves. */
export function openApi(): Json {
  const schemas = createSchemas();
  const paths: Record<string, Json> = {};
  const exposed = Object.values<Operation>(operations).filter(({ access }) => access !== 'internal');
  for (const operation of exposed) {
    for (const path of [operation.path, ...(operation.aliases ?? [])]) {
      const isAlias = path !== operation.path;
      const operationId = isAlias ? `${operation.id}At${path.replace(/\W+/g, '_')}` : operation.id;
      (paths[path] ??= {})[operation.method.toLowerCase()] = {
        operationId,
        summary: operation.summary,
        ...(isAlias && { description: `The same as \`${operation.path}\`.` }),
        ...describe(operation, schemas),
      };
    }
  }
  for (const page of Object.values<GatewayPage>(pages))
    (paths[page.path] ??= {})['get'] = describePage(page, schemas);
  const other = responses(byStatus(undeclared), schemas);
  return shareAnswers({
    openapi: '3.1.0',
    info: {
      title: 'Naru',
      version: '1.0.0',
      summary: 'Event-driven microservices on Kafka',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...tagsOf(exposed), { name: 'gateway', description: 'What the gateway answers by itself' }],
    paths,
    'x-other-requests': other,
    components: {
      schemas: schemas.components(),
      headers: componentHeaders,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'From `/api/users/login`',
        },
      },
    },
  });
}

function tagsOf(exposed: readonly Operation[]): Json[] {
  const names = Object.keys(services) as ServiceName[];
  return names
    .filter((name) => exposed.some(({ service }) => service === name))
    .map((name) => ({ name, description: `Answered by the ${name} service` }));
}

function describe(operation: Operation, schemas: Schemas): Json {
  const { body } = operation;
  const inputs = [
    ...parameters('path', operation.params, schemas),
    ...parameters('query', operation.query, schemas),
    ...(operation.idempotent ? [idempotencyKey] : []),
  ];
  return {
    tags: [operation.service],
    security: operation.access === 'public' ? [] : [{ bearer: [] }],
    ...(inputs.length > 0 && { parameters: inputs }),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemas.refer(body), example: exampleOf(body) } },
      },
    }),
    responses: {
      [operation.status]: success(operation, schemas),
      ...responses(refusals(operation), schemas),
    },
  };
}

function describePage(page: GatewayPage, schemas: Schemas): Json {
  const schema = page.answer ? schemas.refer(page.answer) : { type: 'string' };
  const content = Object.fromEntries(page.mediaTypes.map((mediaType) => [mediaType, { schema }]));
  return {
    operationId: page.id,
    summary: page.summary,
    tags: ['gateway'],
    security: [],
    ...(page.params && { parameters: parameters('path', page.params, schemas) }),
    responses: {
      200: { description: 'Done', headers: successHeaders(page), content },
      ...responses(refusalsOfPage(page), schemas),
    },
  };
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A name for this request, so that it can be repeated without being done twice',
  schema: { type: 'string', pattern: '^[\\x20-\\x7e]{1,255}$' },
  example: 'b7c1f0a2-5d52-4a3c-9a44-0f4f6f0c8e11',
};

function parameters(where: 'path' | 'query', schema: TObject | undefined, schemas: Schemas): Json[] {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: where,
    required: schema?.required?.includes(name) ?? false,
    schema: schemas.refer(property),
    ...(where === 'path' && { example: exampleOf(property) }),
  }));
}

function success(operation: Operation, schemas: Schemas): Json {
  const { answer } = operation;
  const mediaType = answer?.['type'] === 'string' ? 'text/plain' : 'application/json';
  return {
    description: 'Done',
    headers: successHeaders(operation),
    ...(answer && {
      content: { [mediaType]: { schema: schemas.refer(answer), example: exampleOf(answer) } },
    }),
  };
}

function responses(codesByStatus: ReadonlyMap<number, readonly ProblemCode[]>, schemas: Schemas): Json {
  return Object.fromEntries(
    [...codesByStatus].map(([status, codes]) => [status, refusal(status, codes, schemas)]),
  );
}

function refusal(status: number, codes: readonly ProblemCode[], schemas: Schemas): Json {
  const lines = codes.map((code) => `- \`${code}\`: ${declarationOf(code).when}`);
  const schema = {
    allOf: [schemas.refer(Problem)],
    properties: { status: { const: status }, code: { enum: codes } },
  };
  const examples = Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }]));
  return {
    description: `${STATUS_CODES[status] ?? 'Error'}\n\n${lines.join('\n')}`,
    headers: problemHeaders(codes),
    content: { 'application/problem+json': { schema, examples } },
  };
}

function problemExample(code: ProblemCode): Json {
  const { status, when, fields } = declarationOf(code);
  return {
    type: `urn:naru:problem:${code}`,
    title: STATUS_CODES[status],
    status,
    code,
    detail: when,
    ...(fields && { errors: [{ field: 'limit', message: 'is given more than once' }] }),
  };
}

/** An answer that several operations have is told once. */
function shareAnswers(description: Json & { components: Json }): Json {
  const all = [
    ...Object.values(description['paths'] as Record<string, Record<string, { responses: Json }>>)
      .flatMap((methods) => Object.values(methods))
      .map((operation) => operation.responses),
    description['x-other-requests'] as Json,
  ];
  const counts = new Map<string, number>();
  const keyOf = (response: unknown) => JSON.stringify(response);
  for (const response of all.flatMap((each) => Object.values(each)))
    counts.set(keyOf(response), (counts.get(keyOf(response)) ?? 0) + 1);
  const shared = new Map<string, { name: string; response: unknown }>();
  for (const each of all) {
    for (const [status, response] of Object.entries(each)) {
      const key = keyOf(response);
      if (Number(status) < 400 || counts.get(key) === 1) continue;
      if (!shared.has(key)) shared.set(key, { name: freeName(status, [...shared.values()]), response });
      each[status] = { $ref: `#/components/responses/${shared.get(key)!.name}` };
    }
  }
  const components = Object.fromEntries([...shared.values()].map(({ name, response }) => [name, response]));
  return { ...description, components: { ...description.components, responses: components } };
}

/** `NotFound`, then `NotFound2`. */
function freeName(status: string, taken: readonly { readonly name: string }[]): string {
  const name = (STATUS_CODES[Number(status)] ?? `Status${status}`).replace(/\W/g, '');
  const same = taken.filter((each) => each.name.replace(/\d+$/, '') === name).length;
  return same === 0 ? name : `${name}${same + 1}`;
}
