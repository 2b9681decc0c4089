import { createServer } from 'node:net';
import { infrastructure } from '@naru/testing';
import {
  fakeService,
  issuer,
  listening,
  portOf,
  startGateway,
  type FakeService,
  type Gateway,
} from './scene';

let board: FakeService;
let gateway: Gateway;
const token = issuer.issueToken({ userId: 7, email: 'ada@example.com' }, 600);

beforeAll(async () => {
  board = await fakeService();
  gateway = await startGateway({
    USER_SERVICE_URL: board.url,
    BOARD_SERVICE_URL: board.url,
    REDIS_URL: infrastructure().redisUrl,
  });
});
beforeEach(() => {
  board.received.length = 0;
});
afterAll(async () => {
  await gateway?.stop();
  await board.stop();
});

test('a service that is down is 503 and named; the others work', async () => {
  const answer = await gateway.send('GET', '/api/points/me', { token });
  expect(answer).toMatchObject({ status: 503, code: 'service-unavailable' });
  expect(answer.headers['retry-after']).toBe('1');
  expect(answer.body).toContain('the point service');
  board.answer = (_, response) => response.end('fine');
  expect((await gateway.send('GET', '/api/boards', { token })).status).toBe(200);
});

test('a service that does not answer is 504 after the deadline', async () => {
  board.answer = () => undefined;
  const startedAt_ms = performance.now();
  expect(await gateway.send('GET', '/api/boards', { token })).toMatchObject({
    status: 504,
    code: 'upstream-timeout',
  });
  expect(performance.now() - startedAt_ms).toBeGreaterThan(900);
  expect(board.received).toHaveLength(1);
});

test('a POST that is broken off is 502 and is not sent again', async () => {
  board.answer = (_, response) => response.destroy();
  const answer = await gateway.send('POST', '/api/boards', { token, body: '{}' });
  expect(answer).toMatchObject({ status: 502, code: 'upstream-failed' });
  expect(board.received).toHaveLength(1);
});

test('an answer that breaks off half-way breaks off for the client', async () => {
  board.answer = (_, response) =>
    response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
  await expect(gateway.send('GET', '/api/boards', { token })).rejects.toThrow();
});

test('an answer that is not HTTP is 502', async () => {
  board.answer = (_, response) => response.socket!.end('nonsense\r\n\r\n');
  expect(await gateway.send('GET', '/api/boards', { token })).toMatchObject({ status: 502 });
});

test('problems of a service pass as they are', async () => {
  const problem = '{"code":"balance-too-small","status":409}';
  board.answer = (_, response) =>
    response.writeHead(409, { 'content-type': 'application/problem+json' }).end(problem);
  expect(await gateway.send('GET', '/api/boards', { token })).toMatchObject({ status: 409, body: problem });
});

describe('a kept connection that the service has closed', () => {
  /** A service that answers once on each connection and resets it at the next request. */
  async function forgetfulService() {
    const seen: string[] = [];
    const server = createServer((socket) => {
      let requests = 0;
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        const line = chunk.toString().split('\r\n', 1)[0]!;
        if (!line.startsWith('GET') && !line.startsWith('POST')) return;
        seen.push(line);
        if (++requests > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok');
      });
    });
    await listening(server);
    return { seen, url: `http://127.0.0.1:${portOf(server)}`, stop: () => server.close() };
  }

  test.each([
    ['GET', 200, 3],
    ['POST', 502, 2],
  ])('%s ends in %d', async (method, status, sent) => {
    const service = await forgetfulService();
    const through = await startGateway({
      USER_SERVICE_URL: board.url,
      BOARD_SERVICE_URL: service.url,
      REDIS_URL: infrastructure().redisUrl,
    });
    expect((await through.send('GET', '/api/boards', { token })).status).toBe(200);
    const options = method === 'POST' ? { token, body: '{}' } : { token };
    expect((await through.send(method, '/api/boards', options)).status).toBe(status);
    expect(service.seen).toHaveLength(sent);
    await through.stop();
    service.stop();
  });
});
