import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { operations } from '@naru/contracts';
import { InfrastructureError, ProblemError } from '../errors';
import { callService } from './client';
import { limitInFlight } from './in-flight';

let server: Server;
let answer: RequestListener;
let received: IncomingMessage;
let baseUrl: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    received = request;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const answers = (status: number, body: unknown): RequestListener => {
  return (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const soon = { deadline_ms: 300 };
const add = (limits = soon, url = baseUrl) =>
  callService(
    url,
    operations.addPoints,
    { body: { userId: 1, amount: 5 }, headers: { 'idempotency-key': 'k' } },
    limits,
  );

test('gives the typed answer', async () => {
  answer = answers(200, { userId: 1, balance: 5 });
  expect((await add()).balance).toBe(5);
  expect(received.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'k' });
});

test('fills in path and query', async () => {
  answer = answers(200, []);
  await callService(baseUrl, operations.listEmails, { query: { userId: 7, limit: 2 } }, soon);
  expect(received.url).toBe('/internal/emails?userId=7&limit=2');
  await callService(baseUrl, operations.getRevokedToken, { params: { jti: 'a/../b' } }, soon);
  expect(received.url).toBe('/internal/tokens/a%2F..%2Fb/revoked');
});

test('what the service refuses is the request’s fault', async () => {
  answer = answers(409, { code: 'balance-too-small', detail: 'no' });
  await expect(add()).rejects.toMatchObject({ status: 409, code: 'balance-too-small', message: 'no' });
  await expect(add()).rejects.toBeInstanceOf(ProblemError);
});

test.each([500, 503, 429, 408, 302, 201])('%d is the service’s fault', async (status) => {
  answer = answers(status, {});
  await expect(add()).rejects.toMatchObject({ dependency: 'point' });
});

test('so is an answer that is not JSON, one that breaks off, one that is late, and none', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{');
  await expect(add()).rejects.toBeInstanceOf(InfrastructureError);
  answer = (_, response) =>
    response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy());
  await expect(add()).rejects.toBeInstanceOf(InfrastructureError);
  answer = () => undefined;
  await expect(add({ deadline_ms: 50 })).rejects.toBeInstanceOf(InfrastructureError);
  await expect(add(soon, 'http://127.0.0.1:1')).rejects.toBeInstanceOf(InfrastructureError);
});

test('the deadline holds when garbage is collected while waiting', async () => {
  answer = () => undefined;
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const calls = Promise.allSettled([add(), add(), add()]);
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    collectGarbage();
  }
  expect((await calls).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
}, 5_000);

test('a call whose caller has gone already is not made', async () => {
  const made = jest.fn();
  answer = made;
  const signal = AbortSignal.abort();
  await expect(
    callService(baseUrl, operations.getJwks, {}, { deadline_ms: 300, signal }),
  ).rejects.toMatchObject({ name: 'AbortError' });
  expect(made).not.toHaveBeenCalled();
});

test('the caller’s own abort is told apart', async () => {
  answer = () => undefined;
  const abort = new AbortController();
  const call = callService(baseUrl, operations.getJwks, {}, { deadline_ms: 5_000, signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});

test('a full gate refuses at once and opens again', async () => {
  const gate = limitInFlight(2);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const running = [gate(() => held), gate(() => held)];
  await expect(gate(async () => 'third')).rejects.toBeInstanceOf(InfrastructureError);
  release();
  await Promise.all(running);
  await expect(gate(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(Promise.all([gate(async () => 1), gate(async () => 2)])).resolves.toEqual([1, 2]);
});
