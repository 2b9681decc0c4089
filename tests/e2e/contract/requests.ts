import * as fc from 'fast-check';
import type { ApiDocument, DocumentedOperation, Parameter, Schema } from './document';
import type { RawRequest } from './send';
import { fillIn, Known, resolveKnown, strange, valid, type Pool } from './values';

/** Whose token goes along. */
export type TokenKind =
  'own' | 'other' | 'none' | 'logged-out' | 'tampered' | 'garbage' | 'basic' | 'long' | 'empty';

/**
 * What the document says about a request: `sound`, as declared and with a good token; `unsound`, with something that
 * is declared otherwise; `open`, where it does not say.
 */
export type Soundness = 'sound' | 'unsound' | 'open';

/** A request before ids, tokens and keys are put in; the same for the same seed. */
export interface Plan {
  readonly operation: DocumentedOperation;
  readonly what: string;
  readonly soundness: Soundness;
  readonly method: string;
  /** Parts of the path, to be encoded, or raw text. */
  readonly path: readonly (string | Known | { readonly raw: string })[];
  readonly query: readonly (readonly [name: string, value: unknown] | { readonly raw: string })[];
  readonly token: TokenKind;
  /** Values of Idempotency-Key; one that a number stands for is used again and again. */
  readonly keys: readonly (string | number)[];
  readonly headers: readonly string[];
  readonly body: { readonly json: unknown } | { readonly raw: Buffer } | undefined;
  readonly isChunked: boolean;
}

const JSON_TYPE = ['Content-Type', 'application/json'];
const REPEATED_KEYS = 3;

export function soundPlan(
  document: ApiDocument,
  pool: Pool,
  operation: DocumentedOperation,
): fc.Arbitrary<Plan> {
  const { parameters } = operation;
  const path = pathOf(document, pool, operation);
  const query = fc
    .tuple(
      ...parameters
        .filter((parameter) => parameter.in === 'query')
        .map((parameter) => fc.option(pair(document, pool, parameter), { nil: undefined })),
    )
    .map((pairs) => pairs.filter((each) => each !== undefined));
  const takesKey = parameters.some((parameter) => parameter.in === 'header');
  const keys = takesKey
    ? fc.oneof(
        fc.constant([]),
        fc
          .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 255 })
          .filter(isPlain)
          .map((key) => [key]),
      )
    : fc.constant([]);
  const token: fc.Arbitrary<TokenKind> = fc.constantFrom('own', 'own', 'own', 'own', 'other');
  const body: fc.Arbitrary<Plan['body']> = operation.body
    ? valid(document, pool, operation.body).map((json) => ({ json }))
    : fc.constant(undefined);
  return fc
    .tuple(path, query, token, keys, body, fc.boolean())
    .map(([path, query, token, keys, body, isChunked]) => ({
      operation,
      what: 'as declared',
      soundness: 'sound',
      method: operation.method,
      path,
      query,
      token,
      keys,
      headers: operation.body ? JSON_TYPE : [],
      body,
      isChunked,
    }));
}

/** The first request of an operation: the one that is to succeed. @param at which of the known things it is about */
export function firstPlan(operation: DocumentedOperation, body: object | undefined, at: number): Plan {
  const path = operation.path.split(/\{(\w+)\}/).map((part, index) => {
    return index % 2 === 0 ? { raw: part } : new Known(part, at);
  });
  return {
    operation,
    what: 'first',
    soundness: 'sound',
    method: operation.method,
    path,
    query: [],
    token: 'own',
    keys: [],
    headers: operation.body ? JSON_TYPE : [],
    body: body && { json: body },
    isChunked: false,
  };
}

/** Requests that are mostly wrong, each in one way or another. */
export function brokenPlan(
  document: ApiDocument,
  pool: Pool,
  operation: DocumentedOperation,
): fc.Arbitrary<Plan> {
  const changes: fc.Arbitrary<Change>[] = [
    badToken(operation),
    oddQuery(operation),
    oddMethod(),
    oddPath(operation),
    oddHeaders(),
    ...(operation.body ? [badBody(document, operation.body), badMedia()] : [needlessBody()]),
    ...(operation.parameters.some((parameter) => parameter.in === 'path') ? [oddPathParameter()] : []),
    ...(operation.parameters.some((parameter) => parameter.in === 'header') ? [oddKey()] : []),
  ];
  return fc
    .tuple(soundPlan(document, pool, operation), fc.oneof(...changes))
    .map(([plan, change]) => change(plan));
}

type Change = (plan: Plan) => Plan;

function pathOf(
  document: ApiDocument,
  pool: Pool,
  { path, parameters }: DocumentedOperation,
): fc.Arbitrary<Plan['path']> {
  const parts = path.split(/\{(\w+)\}/).map((part, index) => {
    if (index % 2 === 0) return fc.constant<Plan['path'][number]>({ raw: part });
    const parameter = parameters.find(({ name }) => name === part)!;
    return valid(document, pool, parameter.schema, part).map((value) =>
      value instanceof Known ? value : String(value),
    );
  });
  return fc.tuple(...parts);
}

function pair(document: ApiDocument, pool: Pool, { name, schema }: Parameter) {
  return valid(document, pool, schema, name).map((value) => [name, value] as const);
}

const isPlain = (text: string) => /^[\x20-\x7e]+$/.test(text) && text.trim() === text;

function badToken({ needsToken }: DocumentedOperation): fc.Arbitrary<Change> {
  const kinds: readonly TokenKind[] = ['none', 'logged-out', 'tampered', 'garbage', 'basic', 'long', 'empty'];
  return fc.constantFrom(...kinds).map((token) => (plan) => ({
    ...plan,
    token,
    what: `token: ${token}`,
    // A public operation does not look at it.
    soundness: needsToken ? 'unsound' : 'sound',
  }));
}

function oddQuery({ parameters }: DocumentedOperation): fc.Arbitrary<Change> {
  const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const raw = fc.constantFrom(
    '%',
    '%zz',
    '%ff',
    '=',
    '&&',
    'a=1&a=2',
    'limit[]=1',
    '__proto__=1',
    'x'.repeat(3_000),
    '%00=%00',
    'q=%EA%B0%80',
  );
  const choices = [
    raw.map((text): [Plan['query'], string] => [[{ raw: text }], 'query: raw']),
    ...(names.length > 0
      ? [
          fc
            .tuple(
              fc.constantFrom(...names),
              fc.oneof(
                strange,
                fc.constantFrom('1e1', ' 7', '07', '+7', '1.0', '', '0', '-1', '101', '9007199254740993'),
              ),
            )
            .map(([name, value]): [Plan['query'], string] => [[[name, textOf(value)]], `query: ${name}`]),
          fc.constantFrom(...names).map((name): [Plan['query'], string] => [
            [
              [name, 1],
              [name, 1],
            ],
            `query: ${name} twice`,
          ]),
        ]
      : []),
  ];
  return fc.oneof(...choices).map(([query, what]) => (plan) => ({ ...plan, query, what, soundness: 'open' }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function oddMethod(): fc.Arbitrary<Change> {
  const methods = [
    'HEAD',
    'GET',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'QUERY',
    'LINK',
  ];
  return fc.constantFrom(...methods).map((method) => (plan) => ({
    ...plan,
    method,
    what: 'another method',
    soundness: 'open',
    ...(method === 'HEAD' || method === 'GET' || method === 'TRACE' ? { body: undefined, headers: [] } : {}),
  }));
}

function oddPath({ path }: DocumentedOperation): fc.Arbitrary<Change> {
  const plain = path.replace(/\{\w+\}/g, '7');
  const targets = [
    `${plain}/`,
    `/${plain}`,
    `${plain}/..`,
    `/./${plain.slice(1)}`,
    `${plain}/%2e%2e/%2e%2e/internal/users/1`,
    `${plain}%2f..%2f..%2finternal%2fusers%2f1`,
    `${plain}%00`,
    `${plain}%0d%0aX-Evil:%201`,
    `${plain};v=1`,
    `${plain}\\..\\x`,
    `${plain}#fragment`,
    plain.toUpperCase(),
    `${plain}/나루`.normalize('NFC').replace(/[^\x20-\x7e]+/g, encodeURIComponent),
    '/internal/users/1',
    '/.well-known/jwks.json',
    '/INTERNAL/users/1',
    '//internal/users/1',
    '/api/../internal/points/1',
    'http://elsewhere.example/api/boards',
    '*',
    `/${'a'.repeat(7_000)}`,
    '/docs/../openapi.json',
    '/docs/%2e%2e/package.json',
    '/favicon.ico',
  ];
  return fc
    .constantFrom(...targets)
    .map((raw) => (plan) => ({ ...plan, path: [{ raw }], query: [], what: 'odd path', soundness: 'open' }));
}

function oddPathParameter(): fc.Arbitrary<Change> {
  const values = fc.oneof(
    fc.constantFrom(
      '0',
      '-1',
      '07',
      '1e3',
      '9007199254740993',
      'me',
      'null',
      'undefined',
      'NaN',
      '٣',
      ' ',
      '00000000-0000-0000-0000-000000000000',
      'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
      '%',
      'x'.repeat(5_000),
    ),
    fc.string({ minLength: 1, maxLength: 30 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }),
  );
  return values.map((text) => (plan) => ({
    ...plan,
    path: plan.path.map((part, index) => (index % 2 === 0 ? part : { raw: encode(text) })),
    what: 'path parameter',
    soundness: 'open',
  }));
}

function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));
}

function oddHeaders(): fc.Arbitrary<Change> {
  const lists: readonly (readonly string[])[] = [
    ['X-User-Id', '1', 'X-Naru-Via', 'gateway', 'Authenticated-User', 'root@example.com'],
    ['X_User_Id', '1'],
    ['Connection', 'X-User-Id, Authorization'],
    ['X-Request-Id', 'bad id\t!'],
    ['X-Request-Id', 'r'.repeat(300)],
    ['traceparent', 'garbage'],
    ['Accept', 'application/xml'],
    ['Accept-Encoding', 'gzip, br'],
    ['Expect', '100-continue'],
    ['Range', 'bytes=0-1'],
    ['If-None-Match', '*'],
    ['Content-Length', '5', 'Content-Length', '6'],
    ['Upgrade', 'websocket', 'Connection', 'Upgrade'],
    ['Forwarded', 'for=1.2.3.4', 'X-Forwarded-For', '1.2.3.4', 'X-Forwarded-Host', 'evil.example'],
    ['X-HTTP-Method-Override', 'DELETE'],
    ['Cookie', 'a=b'],
    ['X-Long', 'h'.repeat(20_000)],
    ['X-Latin', '\u00e9\u00ff'],
  ];
  return fc.constantFrom(...lists).map((more) => (plan) => ({
    ...plan,
    headers: [...plan.headers, ...more],
    what: `header ${more[0]}`,
    soundness: 'open',
  }));
}

function oddKey(): fc.Arbitrary<Change> {
  const refused: readonly (readonly string[])[] = [
    [''],
    ['k'.repeat(256)],
    ['schl\u00fcssel'],
    ['one', 'two'],
    ['same', 'same'],
    ['a\tb'],
  ];
  return fc.oneof(
    fc.constantFrom(...refused).map((keys): Change => (plan) => ({
      ...plan,
      keys,
      what: `key: ${keys.length > 1 ? 'twice' : 'odd'}`,
      soundness: 'unsound',
    })),
    fc
      .constantFrom(['k'.repeat(255)], ['a, b'], ['{}'], ["'; --"])
      .map((keys): Change => (plan) => ({ ...plan, keys, what: 'key: used again', soundness: 'open' })),
    fc
      .nat({ max: REPEATED_KEYS - 1 })
      .map((key): Change => (plan) => ({ ...plan, keys: [key], what: 'key: used again', soundness: 'open' })),
  );
}

function badMedia(): fc.Arbitrary<Change> {
  const refused: readonly (readonly string[])[] = [
    [],
    ['Content-Type', ''],
    ['Content-Type', 'text/plain'],
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Content-Type', 'multipart/form-data; boundary=x'],
    ['Content-Type', 'application/json; charset=utf-16'],
    ['Content-Type', 'application/jsonp'],
    ['Content-Type', 'application/merge-patch+json'],
    [...JSON_TYPE, 'Content-Encoding', 'gzip'],
    [...JSON_TYPE, 'Content-Encoding', 'br, identity'],
  ];
  return fc
    .constantFrom(...refused)
    .map((headers) => (plan) => ({ ...plan, headers, what: 'content type', soundness: 'unsound' }));
}

function badBody(document: ApiDocument, schema: Schema): fc.Arbitrary<Change> {
  const { properties = {} } = document.resolve<{ properties?: Record<string, Schema> }>(schema);
  const names = Object.keys(properties);
  const raws = [
    '',
    '{',
    '{"a":',
    '[]',
    'null',
    '"text"',
    '7',
    '{}{}',
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{}}}',
    '\ufeff{}',
    '{"title":"\\ud83d","content":"x"}',
    `${'['.repeat(40_000)}`,
    `{"a":${'[['.repeat(20_000)}${']]'.repeat(20_000)}}`,
    '{"limit":1e400}',
    `{"title":"${'x'.repeat(99_000)}"}`,
    `{"title":"${'x'.repeat(150_000)}"}`,
    `{"title":"${'x'.repeat(2_000_000)}"}`,
  ].map((text) => Buffer.from(text));
  const notUtf8 = [
    Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from('{"title":"x"}', 'utf16le'),
  ];
  const put = (json: unknown, more: object) => ({ json: { ...(json as object), ...more } });
  const jsonOf = ({ body }: Plan) => (body as { json: Record<string, unknown> }).json;
  return fc.oneof(
    fc
      .constantFrom(...raws, ...notUtf8)
      .map((raw): Change => (plan) => ({ ...plan, body: { raw }, what: 'body: raw', soundness: 'unsound' })),
    fc.tuple(fc.constantFrom(...names), strange).map(([name, value]): Change => (plan) => ({
      ...plan,
      body: put(jsonOf(plan), { [name]: value }),
      what: 'body: strange field',
      soundness: 'open',
    })),
    fc.constantFrom(...names).map((name): Change => (plan) => {
      const { [name]: _left, ...rest } = jsonOf(plan);
      return { ...plan, body: { json: rest }, what: 'body: field left out', soundness: 'open' };
    }),
    fc
      .constantFrom('admin', 'userId', 'sellerId', 'status', 'constructor', 'toString', '')
      .map((name): Change => (plan) => ({
        ...plan,
        body: put(jsonOf(plan), { [name]: 1 }),
        what: 'body: unknown field',
        soundness: Object.hasOwn(properties, name) ? 'open' : 'unsound',
      })),
    beyondBounds(document, properties).map(([name, value]): Change => (plan) => ({
      ...plan,
      body: put(jsonOf(plan), { [name]: value }),
      what: 'body: out of bounds',
      soundness: 'open',
    })),
  );
}

/** Values just outside of what the properties allow, and just inside. */
function beyondBounds(
  document: ApiDocument,
  properties: Readonly<Record<string, Schema>>,
): fc.Arbitrary<[string, unknown]> {
  const values = Object.entries(properties).flatMap(([name, property]): [string, unknown][] => {
    const { minimum, maximum, minLength, maxLength } =
      document.resolve<Record<string, number | undefined>>(property);
    const beyond = [
      ...(minimum === undefined ? [] : [minimum, minimum - 1, String(minimum)]),
      ...(maximum === undefined ? [] : [maximum, maximum + 1, maximum + 0.5]),
      ...(minLength === undefined ? [] : ['y'.repeat(minLength), 'y'.repeat(Math.max(0, minLength - 1))]),
      ...(maxLength === undefined
        ? []
        : ['y'.repeat(maxLength), 'y'.repeat(maxLength + 1), '🛶'.repeat(maxLength)]),
    ];
    return beyond.length === 0 ? [[name, 'ZZZ']] : beyond.map((value) => [name, value]);
  });
  return fc.constantFrom(...values);
}

/** A body where none is declared is not looked at, unless it is too large. */
function needlessBody(): fc.Arbitrary<Change> {
  return fc
    .constantFrom(Buffer.from('{}'), Buffer.from('{"a":'), Buffer.alloc(150_000, 'x'))
    .map((raw) => (plan) => ({
      ...plan,
      body: { raw },
      headers: JSON_TYPE,
      what: 'a needless body',
      soundness: 'open',
    }));
}

/** What sending a plan takes besides it. */
export interface Setting {
  readonly pool: Pool;
  /** Value of `Authorization`; undefined for none. */
  authorization(kind: TokenKind): string | undefined;
  /** Makes keys of this run differ from those of another on the same Naru. */
  readonly run: string;
}

export function toRequest(plan: Plan, { pool, authorization, run }: Setting): RawRequest {
  const path = plan.path
    .map((part) => {
      if (part instanceof Known) return String(resolveKnown(pool, part));
      return typeof part === 'string' ? encode(part) : part.raw;
    })
    .join('');
  const query = plan.query
    .map((each) => ('raw' in each ? each.raw : `${each[0]}=${encode(textOf(fillIn(pool, each[1])))}`))
    .join('&');
  const token = authorization(plan.token);
  const keys = plan.keys.map((key) => (typeof key === 'number' ? `${run}-${plan.operation.id}-${key}` : key));
  return {
    method: plan.method,
    target: query === '' ? path : `${path}?${query}`,
    headers: [
      ...(token === undefined ? [] : ['Authorization', token]),
      ...keys.flatMap((key) => ['Idempotency-Key', key]),
      ...plan.headers,
    ],
    body: !plan.body
      ? undefined
      : 'raw' in plan.body
        ? plan.body.raw
        : Buffer.from(JSON.stringify(fillIn(pool, plan.body.json))),
    isChunked: plan.isChunked,
  };
}
