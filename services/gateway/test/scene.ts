import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { request, type RequestOptions } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { calls } from '@naru/contracts';
import { loadSigningKeys, startHttpService, type TokenIssuer } from '@naru/kernel';
import { infrastructure, testLog } from '@naru/testing';
import { gatewayConfig } from '../src/config';
import { composeGateway } from '../src/gateway';

export const issuer: TokenIssuer = loadSigningKeys(infrastructure().jwtKeysFile, (error) => {
  throw error;
});

export const listening = async (server: { listen(port: number, host: string, done: () => void): unknown }) =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

export const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

/** What a service got from the gateway. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A service played by a plain server: it remembers what it gets and answers as told. */
export interface FakeService {
  readonly url: string;
  readonly received: Received[];
  /** Ids of tokens that it says were logged out. */
  readonly revoked: Set<string>;
  /** Answers of the fake where a test does not set its own. */
  answer: RequestListener;
  /** Whether its internal routes, JWKS and revoked tokens, work. */
  isUp: boolean;
  stop(): Promise<void>;
}

export async function fakeService(): Promise<FakeService> {
  const server: Server = createHttpServer(
    { keepAliveTimeout: 60_000 },
    (incoming, response) => void serve(incoming, response),
  );
  const serve: (...of: Parameters<RequestListener>) => Promise<void> = async (incoming, response) => {
    const path = incoming.url ?? '';
    const revokedJti = /^\/internal\/tokens\/([^/]+)\/revoked$/.exec(path)?.[1];
    const isInternal = path === '/.well-known/jwks.json' || revokedJti !== undefined;
    if (isInternal) {
      if (!fake.isUp) return void response.destroy();
      const body = revokedJti === undefined ? issuer.jwks() : { revoked: fake.revoked.has(revokedJti) };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const body = await buffer(incoming).catch(() => Buffer.from('(aborted)'));
    fake.received.push({
      method: incoming.method!,
      url: path,
      headers: incoming.headers,
      body: body.toString(),
    });
    fake.answer(incoming, response);
  };
  await listening(server);
  const fake: FakeService = {
    url: `http://127.0.0.1:${portOf(server)}`,
    received: [],
    revoked: new Set(),
    answer: (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"fine":true}'),
    isUp: true,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return fake;
}

/** A way to the real Redis that can be cut, or made to swallow everything. */
export interface RedisWire {
  readonly url: string;
  state: 'up' | 'cut' | 'silent';
  set(state: RedisWire['state']): void;
  stop(): void;
}

export async function redisWire(): Promise<RedisWire> {
  const { hostname, port } = new URL(infrastructure().redisUrl);
  const sockets = new Set<Socket>();
  const server = createTcpServer((near) => {
    if (wire.state === 'cut') return void near.destroy();
    const far = connect(Number(port), hostname);
    near.on('data', (chunk) => wire.state === 'up' && far.write(chunk));
    far.on('data', (chunk) => wire.state === 'up' && near.write(chunk));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined).on('close', () => (sockets.delete(one), other.destroy()));
    }
  });
  await listening(server);
  const wire: RedisWire = {
    url: `redis://127.0.0.1:${portOf(server)}`,
    state: 'up',
    set(state) {
      wire.state = state;
      if (state !== 'silent') sockets.forEach((socket) => socket.destroy());
    },
    stop() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
  return wire;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The `code` of a problem. */
  readonly code: string | undefined;
}

export interface Gateway {
  readonly port: number;
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  stop(): Promise<void>;
}

export interface SendOptions {
  readonly headers?: Record<string, string | string[]>;
  readonly token?: string | undefined;
  readonly body?: string | Buffer;
  /** Sends the body in chunks rather than with its length. */
  readonly chunked?: boolean;
}

/** The gateway as it runs, in this process. */
/** Port 1 of this machine, where nothing listens. */
const nowhere = 'http://127.0.0.1:1';

/** Services that the test does not name are nowhere. */
export async function startGateway(env: Record<string, string>): Promise<Gateway> {
  const config = gatewayConfig({
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    UPSTREAM_DEADLINE_MS: '1000',
    ...Object.fromEntries(
      (calls.gateway ?? []).map((service) => [`${service.toUpperCase()}_SERVICE_URL`, nowhere]),
    ),
    ...env,
  });
  const running = await startHttpService('gateway', config, testLog, ({ log }) =>
    composeGateway(config, log),
  );
  return { port: running.port, send: (...of) => send(running.port, ...of), stop: () => running.stop() };
}

/** One request, byte for byte as given; unlike fetch it leaves path and header alone. */
async function send(port: number, method: string, path: string, options: SendOptions = {}): Promise<Answer> {
  const headers = {
    ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
    ...(options.body !== undefined && { 'content-type': 'application/json', ...lengthOf(options) }),
    ...options.headers,
  };
  const wanted: RequestOptions = { host: '127.0.0.1', port, method, path, headers, agent: false };
  return new Promise((resolve, reject) => {
    const outgoing = request(wanted, (response) => {
      text(response).then((body) => {
        const isProblem = response.headers['content-type'] === 'application/problem+json' && body !== '';
        const code = isProblem ? (JSON.parse(body) as { code: string }).code : undefined;
        resolve({ status: response.statusCode!, headers: response.headers, body, code });
      }, reject);
    });
    outgoing.on('error', reject).end(options.body);
  });
}

function lengthOf({ body = '', chunked }: SendOptions) {
  return chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(body) };
}
