import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Operation } from './define';
import { openApi } from './openapi';
import { operations } from './operations';
import { problems, type ProblemDeclaration } from './problems';

interface Described {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly 'x-other-requests': Readonly<Record<string, unknown>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const fresh = () => JSON.parse(JSON.stringify(openApi())) as Description;
const description = fresh();
const described = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
const at = (operationId: string) => described.find((operation) => operation.operationId === operationId)!;

function validate(documents: readonly object[]): { version: string; errors: { message: string }[] }[] {
  const program = join(__dirname, '../../../../tests/support/validate-openapi.mjs');
  const written = execFileSync(process.execPath, [program], { input: JSON.stringify(documents) });
  return JSON.parse(written.toString()) as ReturnType<typeof validate>;
}

type Loose = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- spoiled on purpose

test('the validator of OpenAPI 3.1 finds nothing wrong, and finds what is spoiled', () => {
  const mistakes: [string, (document: Loose) => void][] = [
    ['no title', (document) => delete document['info'].title],
    [
      'an answer without description',
      ({ paths }) => delete paths['/api/boards'].post.responses['204'].description,
    ],
    ['a parameter in nowhere', ({ paths }) => (paths['/api/boards'].get.parameters[0].in = 'body')],
    [
      'an optional path parameter',
      ({ paths }) => (paths['/api/boards/{boardId}'].get.parameters[0].required = false),
    ],
    [
      'a status that is none',
      ({ paths }) => (paths['/api/boards'].get.responses['2000'] = { description: 'x' }),
    ],
    ['an unknown field', (document) => (document['path'] = {})],
    ['a security scheme of no kind', ({ components }) => (components.securitySchemes.bearer.type = 'token')],
    [
      'a reference to nowhere',
      ({ paths }) => (paths['/api/boards'].get.responses['429'].$ref = '#/components/x/y'),
    ],
  ];
  const spoiled = mistakes.map(([, spoil]) => {
    const document = fresh();
    spoil(document);
    return document;
  });
  const [whole, ...others] = validate([description, ...spoiled]);
  expect(whole).toEqual({ version: '3.1', errors: [] });
  expect(mistakes.map(([name]) => name).filter((_, index) => others[index]!.errors.length === 0)).toEqual([]);
}, 60_000);

test('each operation that is not internal is described once under each of its paths', () => {
  const ids = described.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const operation of Object.values<Operation>(operations)) {
    for (const path of [operation.path, ...(operation.aliases ?? [])]) {
      const found = description.paths[path]?.[operation.method.toLowerCase()];
      expect([path, found === undefined]).toEqual([path, operation.access === 'internal']);
    }
  }
});

test('path parameters are those of the path, and required', () => {
  for (const { path, parameters = [] } of described) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = parameters.filter((parameter) => parameter.in === 'path');
    expect([path, declared.map(({ name }) => name)]).toEqual([path, named]);
    expect(declared.every(({ required }) => required)).toBe(true);
  }
});

test('answers are named one by one: no range of statuses, no fault of ours', () => {
  for (const { operationId, responses } of described)
    for (const status of Object.keys(responses)) {
      expect([operationId, status]).toEqual([operationId, expect.stringMatching(/^[245]\d\d$/)]);
      expect(status).not.toBe('500');
    }
});

test('what an operation is decides what it may be refused for', () => {
  const statuses = (operationId: string) => Object.keys(at(operationId).responses).map(Number);
  expect(statuses('welcome')).toEqual([200, 400, 408, 413, 429, 431, 502, 503, 504]);
  expect(statuses('createBoard')).toEqual([204, 400, 401, 408, 409, 413, 415, 422, 429, 431, 502, 503, 504]);
  expect(statuses('getOrder')).toEqual([200, 400, 401, 404, 408, 413, 429, 431, 502, 503, 504]);
  expect(statuses('login')).toEqual([200, 400, 401, 408, 413, 415, 429, 431, 502, 503, 504]);
  expect(statuses('explorer')).toEqual([200, 400, 408, 431]);
  expect(Object.keys(description['x-other-requests']).map(Number)).toEqual([400, 404, 405, 408, 431]);
});

test('a code is described wherever it occurs at the gateway, and only there', () => {
  const told = new Set(
    [...JSON.stringify(description).matchAll(/urn:naru:problem:([a-z-]+)/g)].map(([, code]) => code),
  );
  const internalOnly = ['account-unknown', 'balance-too-small', 'balance-too-large'];
  const expected = Object.entries<ProblemDeclaration>(problems)
    .filter(([code, { directOnly }]) => !directOnly && !internalOnly.includes(code))
    .map(([code]) => code);
  expect([...told].sort()).toEqual(expected.sort());
});

test('each example is one: of bodies, answers, parameters and named schemas', () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  addFormats(ajv);
  for (const format of ['line', 'text']) ajv.addFormat(format, /\S/);
  ajv.addVocabulary(['components']);
  ajv.addSchema({ $id: 'openapi', components: description.components }, 'openapi', undefined, false);
  let checked = 0;
  const check = (schema: object, example: unknown) => {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object;
    const errors = ajv.validate(absolute, example) ? [] : ajv.errors;
    expect({ schema, example, errors }).toEqual({ schema, example, errors: [] });
    checked++;
  };
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { schema, example, examples } = value as { schema?: object; example?: unknown; examples?: object };
    if (schema && example !== undefined) check(schema, example);
    if (schema && examples)
      for (const each of Object.values(examples) as { value: unknown }[]) check(schema, each.value);
    for (const child of Object.values(value)) visit(child);
  };
  visit(description.paths);
  visit(description.components['responses']);
  for (const schema of Object.values(description.components['schemas']!) as { examples?: unknown[] }[])
    for (const example of schema.examples ?? []) check(schema, example);
  expect(checked).toBeGreaterThan(100);
});

test('every named schema is referred to, and internal operations leave nothing behind', () => {
  const text = JSON.stringify(description);
  expect(text).not.toContain('/internal');
  for (const name of Object.keys(description.components['schemas']!))
    expect(text).toContain(`"#/components/schemas/${name}"`);
});
