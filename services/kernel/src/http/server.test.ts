import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Type } from '@sinclair/typebox';
import type { Operation } from '@naru/contracts';
import { InfrastructureError, ProblemError } from '../errors';
import { createLog } from '../log';
import { createMetrics } from '../telemetry/metrics';
import { route } from './route';
import { createHttpServer, type HttpServer } from './server';

const echo = {
  id: 'echo',
  service: 'board',
  summary: '',
  method: 'POST',
  path: '/echo',
  access: 'public',
  body: Type.Object(
    {
      text: Type.String({ format: 'text', maxLength: 20_000 }),
      count: Type.Optional(Type.Integer({ minimum: 1 })),
    },
    { additionalProperties: false },
  ),
  status: 200,
  answer: Type.Object({ text: Type.String() }),
} as const satisfies Operation;

const item = {
  id: 'item',
  service: 'board',
  summary: '',
  method: 'GET',
  path: '/items/{itemId}',
  access: 'user-or-direct',
  params: Type.Object({ itemId: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
  status: 200,
  answer: Type.Object({ itemId: Type.Integer() }),
} as const satisfies Operation;

const failures: Record<number, Error> = {
  1: new Error('secret detail'),
  2: new InfrastructureError('database', 'gone'),
  3: Object.assign(new Error('deadlock'), { code: 'ER_LOCK_DEADLOCK' }),
  4: new ProblemError(409, 'taken', 'it is taken', { headers: { 'X-Why': 'because' } }),
};

let server: HttpServer;
let port: number;
let ready: string | null = null;
let release = () => {};

beforeAll(async () => {
  server = createHttpServer({
    routes: [
      route(echo, ({ body }) => ({ body: { text: body.text } })),
      route(item, async ({ params }) => {
        if (params.itemId === 99) await new Promise<void>((resolve) => (release = resolve));
        const failure = failures[params.itemId];
        if (failure) throw failure;
        return { body: { itemId: params.itemId } };
      }),
    ],
    metrics: createMetrics('test'),
    log: createLog('test', 'test', 'silent'),
    host: '127.0.0.1',
    port: 0,
    isLive: () => true,
    isReady: () => ready,
  });
  ({ port } = await server.start());
});
afterAll(() => server.stop());

const url = (path: string) => `http://127.0.0.1:${port}${path}`;
const json = { 'content-type': 'application/json' };
const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = json) =>
  fetch(url('/echo'), { method: 'POST', headers, body });

/** Sends bytes as they are and reads until the server closes. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

test('answers a good request', async () => {
  const response = await post('{"text":"나루 🛶","count":1}', {
    'content-type': 'application/json; charset=utf-8',
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await response.json()).toEqual({ text: '나루 🛶' });
});

describe('bodies', () => {
  test.each<[string, string | Buffer, number, string]>([
    ['nothing', '', 400, 'body-required'],
    ['broken JSON', '{"text":', 400, 'body-malformed'],
    ['invalid UTF-8', Buffer.from('{"text":"\xff"}', 'latin1'), 400, 'body-malformed'],
    ['UTF-16', Buffer.from('{"text":"a"}', 'utf16le'), 400, 'body-malformed'],
    ['a byte order mark', '\ufeff{"text":"a"}', 400, 'body-malformed'],
    ['a list', '[]', 400, 'body-malformed'],
    ['null', 'null', 400, 'body-malformed'],
    ['a number', '1', 400, 'body-malformed'],
    ['__proto__', '{"text":"a","__proto__":{"x":1}}', 400, 'body-malformed'],
    ['an escaped __proto__', '{"text":"a","\\u005f_proto__":{}}', 400, 'body-malformed'],
    ['constructor.prototype', '{"text":"a","constructor":{"prototype":{}}}', 400, 'body-malformed'],
    ['a lone surrogate', '{"text":"\\ud83d"}', 400, 'body-malformed'],
    ['a lone surrogate as key', '{"text":"a","\\ud83d":1}', 400, 'body-malformed'],
    ['nesting of 40,000', `{"text":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, 400, 'invalid-request'],
    ['an unknown field', '{"text":"a","other":1}', 400, 'invalid-request'],
    ['a missing field', '{}', 400, 'invalid-request'],
    ['a number as text', '{"text":1}', 400, 'invalid-request'],
    ['text as a number', '{"text":"a","count":"1"}', 400, 'invalid-request'],
    ['null for text', '{"text":null}', 400, 'invalid-request'],
    ['a NUL', '{"text":"a\\u0000"}', 400, 'invalid-request'],
    ['100 kB and one byte', JSON.stringify({ text: 'x'.repeat(100_001 - 11) }), 413, 'body-too-large'],
    ['10 MB', JSON.stringify({ text: 'x'.repeat(10_000_000) }), 413, 'body-too-large'],
  ])('%s', async (_, body, status, code) => {
    const response = await post(body);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      status,
      code,
      instance: '/echo',
      type: `urn:naru:problem:${code}`,
    });
    expect(response.status).toBe(status);
  });

  test.each([
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/jsonp' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  ])('%j is not taken', async (headers) => {
    const response = await post(new Blob(['{"text":"a"}']), headers);
    expect(response.status).toBe(415);
  });

  test('a 10 MB body in chunks is answered 413 while it is being sent', async () => {
    const outgoing = request({ port, path: '/echo', method: 'POST', headers: json });
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    let isAnswered = false;
    void answered.then(() => (isAnswered = true));
    for (let sent = 0; sent < 100 && !isAnswered; sent++) {
      if (!outgoing.write('x'.repeat(100_000))) await Promise.race([once(outgoing, 'drain'), answered]);
    }
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    const [chunk] = (await once(response, 'data')) as [Buffer];
    expect(JSON.parse(chunk.toString())).toMatchObject({ code: 'body-too-large' });
    outgoing.destroy();
  });

  test('every field at fault is named, up to a limit', async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field${index}`, 1]));
    const problem = (await (await post(JSON.stringify({ count: 0, ...many }))).json()) as {
      errors: unknown[];
    };
    expect(problem.errors).toHaveLength(20);
    const few = (await (await post('{"count":0,"other":1}')).json()) as { errors: { field: string }[] };
    expect(few.errors.map(({ field }) => field).sort()).toEqual(['count', 'other', 'text']);
  });
});

describe('paths and methods', () => {
  test.each([
    ['GET', '/nowhere', 404],
    ['GET', '/echo/', 404],
    ['GET', '/items/abc', 400],
    ['GET', '/items/0', 400],
    ['GET', '/items/9007199254740992', 400],
    ['GET', '/items/5?x=1', 400],
    ['GET', '/items/5?%', 400],
    ['DELETE', '/items/5', 405],
    ['OPTIONS', '/items/5', 405],
    ['GET', '/items/5', 200],
  ])('%s %s', async (method, path, status) => {
    expect((await fetch(url(path), { method })).status).toBe(status);
  });

  test('405 tells what is allowed', async () => {
    const response = await fetch(url('/items/5'), { method: 'POST' });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  test('HEAD has the header of GET and no body', async () => {
    const response = await fetch(url('/items/5'), { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('12');
    expect(await response.text()).toBe('');
  });

  test('what is not HTTP is answered and closed', async () => {
    expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*request-malformed/s);
    expect(await raw(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431/);
    const twoLengths =
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await raw(twoLengths)).toMatch(/^HTTP\/1.1 400/);
  });
});

describe('errors', () => {
  test.each([
    [1, 500, 'internal-error', null],
    [2, 503, 'dependency-unavailable', '1'],
    [3, 503, 'busy', '1'],
    [4, 409, 'taken', null],
  ])('failure %d', async (id, status, code, retryAfter) => {
    const response = await fetch(url(`/items/${id}`));
    const body = await response.text();
    expect(response.status).toBe(status);
    expect(JSON.parse(body)).toMatchObject({ code });
    expect(body).not.toContain('secret');
    expect(response.headers.get('retry-after')).toBe(retryAfter);
  });
});

describe('request id', () => {
  test('a harmless one is kept', async () => {
    const response = await fetch(url('/items/5'), { headers: { 'x-request-id': 'a.b_c-1' } });
    expect(response.headers.get('x-request-id')).toBe('a.b_c-1');
  });

  test.each(['', 'a b', 'x'.repeat(129), '<script>', 'a,b'])('%j is replaced', async (id) => {
    const response = await fetch(url('/items/5'), { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('health and metrics', () => {
  test('readiness names what is missing', async () => {
    expect(await (await fetch(url('/health/ready'))).json()).toEqual({ status: 'ok' });
    ready = 'draining';
    const response = await fetch(url('/health/ready'));
    ready = null;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'not-ready', detail: 'draining' });
  });

  test('metrics are by route template, never by path', async () => {
    await fetch(url('/items/123456'));
    await fetch(url('/nowhere/654321'));
    const metrics = await (await fetch(url('/metrics'))).text();
    expect(metrics).toContain('http_route="/items/{itemId}"');
    expect(metrics).toContain('http_route="unmatched"');
    expect(metrics).not.toMatch(/123456|654321/);
  });
});

test('stopping lets a running request answer, and closes its connection', async () => {
  const running = fetch(url('/items/99'));
  while (release.length !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const stopped = server.stop();
  release();
  const response = await running;
  expect(response.status).toBe(200);
  expect(response.headers.get('connection')).toBe('close');
  await stopped;
  await expect(fetch(url('/items/5'))).rejects.toThrow();
});
