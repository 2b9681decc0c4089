import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openApi } from '@naru/contracts';
import { infrastructure } from '@naru/testing';
import { fakeService, issuer, startGateway, type FakeService, type Gateway } from './scene';

let user: FakeService;
let board: FakeService;
let gateway: Gateway;
const token = issuer.issueToken({ userId: 7, email: 'ada@example.com' }, 600);

beforeAll(async () => {
  execFileSync(process.execPath, [join(__dirname, '../explorer/build.mjs')]);
  [user, board] = await Promise.all([fakeService(), fakeService()]);
  gateway = await startGateway({
    USER_SERVICE_URL: user.url,
    BOARD_SERVICE_URL: board.url,
    POINT_SERVICE_URL: board.url,
    REDIS_URL: infrastructure().redisUrl,
  });
});
beforeEach(() => {
  for (const service of [user, board]) {
    service.received.length = 0;
    service.answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([user.stop(), board.stop()]);
});

describe('who is told to the service', () => {
  test('the user, the address, the request and the trace', async () => {
    const answer = await gateway.send('GET', '/api/boards?limit=2', {
      token,
      headers: { 'x-request-id': 'r-1' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-request-id']).toBe('r-1');
    const [received] = board.received;
    expect(received).toMatchObject({ method: 'GET', url: '/api/boards?limit=2' });
    expect(received?.headers).toMatchObject({
      'x-user-id': '7',
      'authenticated-user': 'ada@example.com',
      'x-naru-via': 'gateway',
      'x-forwarded-for': '127.0.0.1',
      'x-request-id': 'r-1',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
      host: new URL(board.url).host,
    });
  });

  test('nothing that the client says about itself', async () => {
    const lies = {
      'X-User-ID': '1',
      'x-user-id': ['1', '2'],
      X_User_Id: '1',
      'AUTHENTICATED-USER': 'root@example.com',
      Authenticated_User: 'root@example.com',
      'X-Naru-Via': 'elsewhere',
      'X-Forwarded-For': '1.2.3.4',
      'X-Forwarded-Host': 'evil.example',
      X_Forwarded_Proto: 'https',
      'X-Real-IP': '1.2.3.4',
      Forwarded: 'for=1.2.3.4',
    };
    await gateway.send('GET', '/welcome', { headers: lies });
    const headers = user.received[0]!.headers;
    const text = JSON.stringify(headers);
    expect(headers['x-user-id']).toBeUndefined();
    expect(text).not.toMatch(/root@|evil|1\.2\.3\.4|elsewhere|user_id|_proto/i);
    expect(headers['x-naru-via']).toBe('gateway');
  });

  test('a token on a public path is not looked at', async () => {
    expect((await gateway.send('GET', '/welcome', { token: 'nonsense' })).status).toBe(200);
  });

  test('a trace goes on', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await gateway.send('GET', '/welcome', { headers: { traceparent } });
    expect(user.received[0]!.headers['traceparent']).toMatch(
      /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)/,
    );
  });
});

describe('connection headers', () => {
  test('do not pass, nor do those that Connection names, and it cannot name ours away', async () => {
    await gateway.send('GET', '/api/boards', {
      token,
      headers: {
        connection: 'close, X-Secret, X-User-Id, X-Naru-Via, Authenticated-User',
        'x-secret': '1',
        te: 'trailers',
        'keep-alive': 'timeout=5',
        'proxy-authorization': 'Basic x',
        upgrade: 'h2c',
      },
    });
    const { headers } = board.received[0]!;
    for (const name of ['x-secret', 'te', 'proxy-authorization', 'upgrade', 'keep-alive'])
      expect(headers[name]).toBeUndefined();
    expect(headers).toMatchObject({
      'x-user-id': '7',
      'x-naru-via': 'gateway',
      'authenticated-user': 'ada@example.com',
    });
  });

  test('of the answer do not pass either', async () => {
    board.answer = (_, response) =>
      response
        .writeHead(200, [
          ['Connection', 'X-Inner'],
          ['X-Inner', '1'],
          ['X-Outer', '1'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['Proxy-Authenticate', 'Basic'],
        ] as never)
        .end('x');
    const { headers } = await gateway.send('GET', '/api/boards', { token });
    expect(headers['x-inner']).toBeUndefined();
    expect(headers['proxy-authenticate']).toBeUndefined();
    expect(headers['x-outer']).toBe('1');
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  test('a second request cannot be smuggled behind a GET with a body', async () => {
    const smuggled = 'GET /internal/users/1 HTTP/1.1\r\nHost: x\r\n\r\n';
    await gateway.send('GET', '/api/boards', { token, body: smuggled });
    await gateway.send('GET', '/api/boards', { token });
    expect(board.received.map(({ url, body }) => [url, body])).toEqual([
      ['/api/boards', ''],
      ['/api/boards', ''],
    ]);
  });

  test('two ways to tell a length are refused', async () => {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write(
      'POST /api/users/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    );
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400/);
    expect(user.received).toHaveLength(0);
  });
});

describe('paths', () => {
  test.each([
    ['POST', '/signup', '/api/users/sign-up'],
    ['POST', '/login', '/api/users/login'],
    ['GET', '/users/5', '/api/users/5'],
    ['GET', '/api/users/%35', '/api/users/5'],
    ['GET', '/%61pi/users/me', '/api/users/me'],
    ['GET', '/api/users/me?x=%2e%2e%2f', '/api/users/me?x=%2e%2e%2f'],
  ])('%s %s goes to %s', async (method, path, url) => {
    const body = method === 'POST' ? { body: '{}' } : {};
    expect((await gateway.send(method, path, { token, ...body })).status).toBe(200);
    expect(user.received[0]?.url).toBe(url);
  });

  test.each([
    ['/internal/users/1', 404],
    ['/internal/users?ids=1', 404],
    ['/%69nternal/users/1', 404],
    ['/INTERNAL/users/1', 404],
    ['/.well-known/jwks.json', 404],
    ['/%2ewell-known/jwks.json', 400],
    ['/api/../internal/users/1', 400],
    ['/api/%2e%2e/internal/users/1', 400],
    ['/api/.%2e/internal/users/1', 400],
    ['/api%2f..%2finternal%2fusers%2f1', 400],
    ['/api%5c..%5cinternal', 400],
    ['/api/\\..\\internal', 400],
    ['//internal/users/1', 400],
    ['/api//users/me', 400],
    ['/./internal/users/1', 400],
    ['/internal/users/1%00', 400],
    ['/api/users/%zz', 400],
    ['/api/users/%ff', 400],
    ['/api/users/%252e%252e%252finternal', 200],
    ['http://evil.example/internal/users/1', 400],
    ['/api/boards/', 404],
    ['/api/points/add', 404],
    ['/', 404],
  ])('GET %s answers %d', async (path, status) => {
    expect((await gateway.send('GET', path, { token })).status).toBe(status);
    const reached = [...user.received, ...board.received].map(({ url }) => url);
    expect(reached.filter((url) => !url.startsWith('/api/users/'))).toEqual([]);
  });

  test('another method is 405 and says which there are', async () => {
    const answer = await gateway.send('DELETE', '/api/users/me', { token });
    expect(answer).toMatchObject({ status: 405, code: 'method-not-allowed' });
    expect(answer.headers.allow).toBe('GET, HEAD, PATCH');
  });

  test('HEAD passes without a body', async () => {
    board.answer = (_, response) => response.writeHead(200, { 'content-length': '42' }).end();
    const answer = await gateway.send('HEAD', '/api/boards', { token });
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.headers['content-length']).toBe('42');
    expect(board.received[0]?.method).toBe('HEAD');
  });
});

describe('bodies', () => {
  test('pass unchanged, also in chunks', async () => {
    const body = JSON.stringify({ title: '나루 🛶', content: 'x'.repeat(50_000) });
    await gateway.send('POST', '/api/boards', { token, body });
    await gateway.send('POST', '/api/boards', { token, body, chunked: true });
    expect(board.received.map((received) => received.body)).toEqual([body, body]);
  });

  test.each([
    ['that says so', false],
    ['in chunks', true],
  ])('over 100 kB %s is 413', async (_, chunked) => {
    const answer = await gateway.send('POST', '/api/boards', { token, body: 'x'.repeat(150_000), chunked });
    expect(answer).toMatchObject({ status: 413, code: 'body-too-large' });
    expect(board.received.filter(({ body }) => body !== '(aborted)')).toHaveLength(0);
  });

  test('two Idempotency-Keys are none', async () => {
    const twice = { token, body: '{}', headers: { 'Idempotency-Key': ['one', 'two'] } };
    expect(await gateway.send('POST', '/api/boards', twice)).toMatchObject({
      status: 400,
      code: 'idempotency-key-invalid',
    });
    // A body that was cut off by another test may come in late; it has no key.
    const keys = () => board.received.flatMap(({ headers }) => headers['idempotency-key'] ?? []);
    expect(keys()).toEqual([]);
    await gateway.send('POST', '/api/boards', { ...twice, headers: { 'Idempotency-Key': 'one, two' } });
    expect(keys()).toEqual(['one, two']);
  });

  test('of 10 MB is answered before it is read', async () => {
    const answer = await gateway.send('POST', '/api/users/sign-up', { body: Buffer.alloc(10_000_000, 'x') });
    expect(answer.status).toBe(413);
  });

  test('an answer of many megabytes is streamed whole', async () => {
    const body = 'y'.repeat(5_000_000);
    board.answer = (_, response) => response.end(body);
    expect((await gateway.send('GET', '/api/boards', { token })).body).toBe(body);
  });
});

describe('documentation', () => {
  test('the description is the contracts’', async () => {
    const answer = await gateway.send('GET', '/openapi.json');
    expect(JSON.parse(answer.body)).toEqual(JSON.parse(JSON.stringify(openApi())));
  });

  test('every file that the page names is served, and nothing of it comes from elsewhere', async () => {
    const page = await gateway.send('GET', '/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    const named = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(named).toHaveLength(5);
    for (const path of named) {
      const file = await gateway.send('GET', path);
      expect([path, file.status, file.body.length > 0]).toEqual([path, 200, true]);
      const inStyle = path.endsWith('.css') ? [...file.body.matchAll(/url\((?!["']?data:)/g)] : [];
      expect(inStyle).toHaveLength(0);
    }
    expect(page.body).not.toMatch(/<style|style=|<script[^>]*>[^<]|\son\w+=/);
  });

  test.each(['/docs/index.html', '/docs/package.json', '/docs/nothing.js', '/docs/'])(
    '%s is not there',
    async (path) => {
      expect(await gateway.send('GET', path)).toMatchObject({ status: 404, code: 'not-found' });
    },
  );
});

test('a client that goes away takes its request with it', async () => {
  let gone: Promise<unknown> | undefined;
  const arrived = new Promise<void>((resolve) => {
    board.answer = (incoming) => {
      gone = once(incoming.socket, 'close');
      resolve();
    };
  });
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write(`GET /api/boards HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  await arrived;
  socket.destroy();
  await gone;
});
