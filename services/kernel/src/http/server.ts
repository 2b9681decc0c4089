import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import type { Database } from '../database/database';
import type { Log } from '../log';
import type { Metrics } from '../telemetry/metrics';
import { answerMalformed } from './client-error';
import type { HttpMiddleware, HttpState, Route } from './context';
import { healthRoutes, type Health } from './health';
import { observe } from './observe';
import { problemWriter } from './problem-writer';
import { routing } from './routing';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the gateway's agent keeps an idle connection, so that it is never the server that closes first. */
export const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const CONNECTIONS_CHECK_MS = 1_000;
const STOP_TIMEOUT_MS = 10_000;
const STOP_CHECK_MS = 50;

export interface HttpServerOptions extends Health {
  readonly routes: readonly Route[];
  readonly metrics: Metrics;
  readonly log: Log;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly database?: Database | undefined;
  readonly hmacSecret?: string | undefined;
}

export interface HttpServer {
  /** Listens. @throws when the port is taken */
  start(): Promise<{ port: number }>;
  /** Stops accepting, lets running requests answer, then closes what is left after at most 10 s. */
  stop(): Promise<void>;
}

/** A service's HTTP server: its routes, and what every service has around them. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { routes, metrics, log, database, hmacSecret } = options;
  let stopping = false;
  const app = new Koa<HttpState>();
  app.use(observe(log, metrics));
  app.use(closeWhen(() => stopping));
  app.use(problemWriter(log));
  for (const middleware of routing([...routes, ...healthRoutes(options, metrics)], { database, hmacSecret }))
    app.use(middleware);
  app.on('error', (error: unknown) => log.warn({ err: error }, 'answer not written'));

  const handle = app.callback();
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      noDelay: true,
    },
    (request, response) => void handle(request, response),
  );
  server.on('clientError', answerMalformed);

  return {
    async start() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, resolve);
      });
      return { port: (server.address() as AddressInfo).port };
    },
    async stop() {
      stopping = true;
      if (server.listening) await close(server);
    },
  };
}

/** An answer that is not yet begun when the server stops is the last of its connection. */
function closeWhen(isStopping: () => boolean): HttpMiddleware {
  return async ({ res }, next) => {
    await next();
    if (isStopping()) res.shouldKeepAlive = false;
  };
}

/** Connections that fall idle after close() began are closed here rather than at the end of their keep-alive. */
async function close(server: Server): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), STOP_CHECK_MS);
  const force = setTimeout(() => server.closeAllConnections(), STOP_TIMEOUT_MS);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(sweep);
  clearTimeout(force);
}
