import { declarationOf } from './answers';
import type { Operation } from './define';
import type { GatewayPage } from './pages';
import type { ProblemCode } from './problems';

const text = (description: string, example: string, more: object = {}) => ({
  description,
  schema: { type: 'string', ...more },
  example,
});
const seconds = (description: string, example: number) => ({
  description,
  schema: { type: 'integer', minimum: 0 },
  example,
});

/** Every field of an answer's header that is not about the connection or the form of the body. */
const fields = {
  'X-Request-Id': text(
    "The request's id, the client's own where it is harmless",
    '0193a5c1-7d2e-7b6a-9f10-2c4d6e8fa0b1',
    {
      pattern: '^[A-Za-z0-9._-]{1,128}$',
    },
  ),
  'X-Content-Type-Options': text('Keeps browsers from guessing', 'nosniff', { const: 'nosniff' }),
  'Cache-Control': text('Who may keep the answer', 'no-store'),
  'Content-Security-Policy': text('What the page may load', "default-src 'none'"),
  'RateLimit-Limit': seconds('Requests that a user, or an address without one, has in a window', 20_000),
  'RateLimit-Remaining': seconds('Those that are left', 19_999),
  'RateLimit-Reset': seconds('Seconds until the window ends', 60),
  'Retry-After': seconds('Seconds after which a repeat may do better', 1),
  'WWW-Authenticate': text('RFC 6750', 'Bearer error="invalid_token"', { pattern: '^Bearer' }),
  Allow: text('The methods of the path', 'GET, HEAD, PATCH'),
  Accept: text('The media type of bodies', 'application/json', { const: 'application/json' }),
  Location: text('Where that is which was made', '/api/boards/7', { pattern: '^/api/' }),
  Link: text(
    'The next page (RFC 8288); the last page has none',
    '</api/boards?limit=20&before=7>; rel="next"',
    {
      pattern: '^</[^>]+>; rel="next"$',
    },
  ),
  'Idempotency-Replayed': text('That this is the answer of an earlier request with the same key', 'true', {
    const: 'true',
  }),
};

type HeaderName = keyof typeof fields;

/** A field is told twice, as one that may be there and as one that always is, for a reference cannot add that. */
const ALWAYS = '.always';

export const componentHeaders = Object.fromEntries(
  Object.entries(fields).flatMap(([name, field]) => [
    [name, field],
    [`${name}${ALWAYS}`, { required: true, ...field }],
  ]),
);

const always: readonly HeaderName[] = ['X-Request-Id', 'X-Content-Type-Options'];
const limits: readonly HeaderName[] = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

export function successHeaders(of: Operation | GatewayPage): Record<string, unknown> {
  if (!('service' in of)) return { ...required(always), ...optional(headersOfPage[of.id] ?? []) };
  const made = of.headers?.includes('Location') ? (['Location'] as const) : [];
  return {
    ...required([...always, 'Cache-Control', ...limits, ...made]),
    ...optional([
      ...(of.headers?.includes('Link') ? (['Link'] as const) : []),
      ...(of.idempotent ? (['Idempotency-Replayed'] as const) : []),
    ]),
  };
}

const headersOfPage: Readonly<Record<string, readonly HeaderName[]>> = {
  explorer: ['Content-Security-Policy', 'Cache-Control'],
  explorerFile: ['Cache-Control'],
  openApi: ['Cache-Control'],
  live: ['Cache-Control'],
  ready: ['Cache-Control'],
};

/** What is refused before it is a request has none of the usual fields, and before admission none of the limit. */
export function problemHeaders(codes: readonly ProblemCode[]): Record<string, unknown> {
  const own = codes.map((code) => declarationOf(code).headers ?? []);
  const some = [...new Set(own.flat())];
  const every = some.filter((name) => own.every((names) => names.includes(name)));
  return {
    ...required(every),
    ...optional([...some.filter((name) => !every.includes(name)), ...always, 'Cache-Control', ...limits]),
  };
}

function required(names: readonly HeaderName[]): Record<string, unknown> {
  return refer(names, ALWAYS);
}

function optional(names: readonly HeaderName[]): Record<string, unknown> {
  return refer(names, '');
}

function refer(names: readonly HeaderName[], kind: string): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}${kind}` }]));
}
