import type { TObject, TSchema } from '@sinclair/typebox';
import type { Operation } from './define';
import { operations } from './operations';
import { Problem } from './schemas';

const problem = { description: 'Problem', content: { 'application/problem+json': { schema: Problem } } };

/** The OpenAPI 3.1 description of all that the gateway serves. */
export function openApi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of Object.values<Operation>(operations)) {
    if (operation.access === 'internal') continue;
    for (const path of [operation.path, ...(operation.aliases ?? [])]) {
      const id = path === operation.path ? operation.id : `${operation.id}At${path.replace(/\W+/g, '_')}`;
      (paths[path] ??= {})[operation.method.toLowerCase()] = { ...describe(operation), operationId: id };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Naru', version: '1.0.0', description: 'Event-driven microservices on Kafka.' },
    servers: [{ url: '/' }],
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  };
}

function describe(operation: Operation): Record<string, unknown> {
  return {
    summary: operation.summary,
    tags: [operation.service],
    security: operation.access === 'public' ? [] : [{ bearer: [] }],
    parameters: [
      ...parameters('path', operation.params),
      ...parameters('query', operation.query),
      ...(operation.idempotent
        ? [
            {
              name: 'Idempotency-Key',
              in: 'header',
              required: false,
              schema: { type: 'string', maxLength: 255 },
            },
          ]
        : []),
    ],
    ...(operation.body && {
      requestBody: { required: true, content: { 'application/json': { schema: operation.body } } },
    }),
    responses: { [operation.status]: answer(operation.answer), '4XX': problem, '5XX': problem },
  };
}

function parameters(where: 'path' | 'query', schema: TObject | undefined) {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: where,
    required: schema?.required?.includes(name) ?? false,
    schema: property,
  }));
}

function answer(schema: TSchema | undefined) {
  if (!schema) return { description: 'Done' };
  const mediaType = schema.type === 'string' ? 'text/plain' : 'application/json';
  return { description: 'Done', content: { [mediaType]: { schema } } };
}
