import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

export interface DocumentedHeader {
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface DocumentedAnswer {
  readonly headers?: Readonly<Record<string, DocumentedHeader>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export type Answers = Readonly<Record<string, DocumentedAnswer>>;

export interface DocumentedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly needsToken: boolean;
  readonly parameters: readonly Parameter[];
  readonly body?: Schema;
  /** Of the body. */
  readonly example?: object;
  readonly answers: Answers;
}

/** An OpenAPI document, as a client reads it. */
export interface ApiDocument {
  readonly operations: readonly DocumentedOperation[];
  /** Answers to what no operation declares. */
  readonly other: Answers;
  /** The operation that a path and a method mean; HEAD means GET. */
  find(method: string, path: string): DocumentedOperation | undefined;
  /** Whatever a reference stands for. */
  resolve<T = Schema>(value: unknown): T;
  /** What is wrong with a value; null when nothing is. */
  check(schema: Schema, value: unknown): string | null;
}

interface Raw {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly 'x-other-requests': Readonly<Record<string, unknown>>;
}

interface RawOperation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly parameters?: readonly unknown[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example: object }>>;
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

const DOCUMENT = 'openapi';

/** @throws Error for a reference to nothing, and for a schema that is none */
export function readDocument(raw: object): ApiDocument {
  const document = raw as Raw;
  // The document is no schema: only what references in it point at is.
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats(ajv);
  ajv.addFormat('line', {
    type: 'string',
    validate: (text: string) => isText(text, /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u),
  });
  ajv.addFormat('text', {
    type: 'string',
    validate: (text: string) => isText(text, /[^\P{Cc}\t\n\r]|\p{Cs}/u),
  });
  ajv.addSchema({ ...raw, $id: DOCUMENT });
  const compiled = new Map<Schema, ValidateFunction>();

  function resolve<T>(value: unknown): T {
    const reference = (value as { readonly $ref?: string } | null)?.$ref;
    if (reference === undefined) return value as T;
    const found = reference
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], raw);
    if (found === undefined) throw new Error(`${reference} is nowhere`);
    return resolve(found);
  }

  function answersOf(responses: Readonly<Record<string, unknown>>): Answers {
    return Object.fromEntries(
      Object.entries(responses).map(([status, response]) => {
        const answer = resolve<DocumentedAnswer>(response);
        const headers = Object.entries(answer.headers ?? {}).map(([name, header]) => [
          name.toLowerCase(),
          resolve<DocumentedHeader>(header),
        ]);
        return [status, { ...answer, headers: Object.fromEntries(headers) as DocumentedAnswer['headers'] }];
      }),
    ) as Answers;
  }

  function toOperation(method: string, path: string, operation: RawOperation): DocumentedOperation {
    const body = operation.requestBody?.content['application/json'];
    return {
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      needsToken: operation.security.length > 0,
      parameters: (operation.parameters ?? []).map((parameter) => resolve<Parameter>(parameter)),
      ...(body && { body: body.schema, example: body.example }),
      answers: answersOf(operation.responses),
    };
  }

  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => toOperation(method, path, operation)),
  );
  const fixedFirst = [...operations].sort((a, b) => Number(isTemplate(a)) - Number(isTemplate(b)));
  const patterns = new Map(fixedFirst.map((operation) => [operation, patternOf(operation.path)]));

  return {
    operations,
    other: answersOf(document['x-other-requests']),
    resolve,
    find(method, path) {
      const wanted = method === 'HEAD' ? 'GET' : method;
      return fixedFirst.find(
        (operation) => operation.method === wanted && patterns.get(operation)!.test(path),
      );
    },
    check(schema, value) {
      let validate = compiled.get(schema);
      if (!validate) compiled.set(schema, (validate = ajv.compile(absolute(schema) as Schema)));
      return validate(value) ? null : ajv.errorsText(validate.errors);
    },
  };
}

const isTemplate = ({ path }: DocumentedOperation) => path.includes('{');

function patternOf(template: string): RegExp {
  const literal = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/\{\w+\}/g, '[^/?#]+')}$`);
}

/** References of a part of the document, seen from outside of it. */
function absolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absolute);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      key === '$ref' && typeof child === 'string' ? `${DOCUMENT}${child}` : absolute(child),
    ]),
  );
}

/** The two formats of text, by what their descriptions say. */
function isText(text: string, not: RegExp): boolean {
  return !not.test(text) && /[^\s\u200b-\u200d\u2060\ufeff]/u.test(text);
}
