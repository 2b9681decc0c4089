import { Agent } from 'node:http';
import type { ServiceName } from '@naru/contracts';
import {
  endClientSpan,
  socketAddress,
  startClientSpan,
  traceparentOf,
  type HttpContext,
  type TokenClaims,
} from '@naru/kernel';
import { exchange } from './exchange';
import { requestHeaders } from './headers';

const SOCKETS_MAX = 256;
/** Well below the 75 s of our servers, so that a connection is not used in the moment in which they close it. */
const IDLE_TIMEOUT_MS = 30_000;

export interface Target {
  readonly service: ServiceName;
  readonly baseUrl: string;
  /** The path's template, for traces. */
  readonly template: string;
  /** Path and query at the service. */
  readonly path: string;
  readonly hasBody: boolean;
  readonly user: TokenClaims | undefined;
}

interface Origin {
  readonly hostname: string;
  readonly port: string;
  /** What the field `Host` says. */
  readonly host: string;
}

export interface Proxy {
  /** Sends the request to a service and its answer to the client. @throws ProblemError 413, 502, 503 or 504 */
  forward(context: HttpContext, target: Target): Promise<void>;
  close(): void;
}

/** @param deadline_ms until a service's answer begins */
export function createProxy(deadline_ms: number): Proxy {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: SOCKETS_MAX,
    timeout: IDLE_TIMEOUT_MS,
    noDelay: true,
  });
  const origins = new Map<string, Origin>();

  function originOf(baseUrl: string): Origin {
    let origin = origins.get(baseUrl);
    if (!origin) {
      const { hostname, port, host } = new URL(baseUrl);
      origins.set(baseUrl, (origin = { hostname, port: port || '80', host }));
    }
    return origin;
  }

  return {
    forward(context, target) {
      const parent = traceparentOf(context.state.span);
      const span = startClientSpan({ ...target, method: context.method, parent });
      const { hostname, port, host } = originOf(target.baseUrl);
      const headers = requestHeaders(context.req.headers, {
        host,
        method: context.method,
        requestId: context.state.requestId,
        address: socketAddress(context),
        user: target.user,
        traceparent: span ? traceparentOf(span) : parent,
        hasBody: target.hasBody,
      });
      const exchanged = exchange(context, {
        service: target.service,
        hasBody: target.hasBody,
        deadline_ms,
        options: { agent, hostname, port, path: target.path, method: context.method, headers },
      });
      if (!span) return exchanged;
      // Once a head was passed on its status is the service's own.
      const status = () => (context.res.headersSent ? context.res.statusCode : undefined);
      return exchanged.finally(() => endClientSpan(span, status()));
    },
    close: () => agent.destroy(),
  };
}
