import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { httpHeaders, viaGateway } from '@naru/contracts';

/** Fields that are about one connection only (RFC 9110, 7.6.1, and RFC 2616, 13.5.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that only the gateway may set, or that it sets anew. */
const ours = new Set<string>([
  httpHeaders.userId,
  httpHeaders.authenticatedUser,
  httpHeaders.via,
  httpHeaders.requestId,
  'expect',
  'forwarded',
  'host',
  'traceparent',
  'tracestate',
  'x-real-ip',
]);

export interface Passport {
  readonly requestId: string;
  readonly address: string;
  readonly user: { readonly userId: number; readonly email: string } | undefined;
  readonly traceparent: string;
  readonly host: string;
  readonly method: string;
  /** Whether the body goes along; if not, neither does what describes it. */
  readonly hasBody: boolean;
}

/**
 * The header of the request to the service: what the client sent, less what it may not, and who it is. Names and
 * values in turn, which node writes as they are.
 */
export function requestHeaders(incoming: IncomingHttpHeaders, passport: Passport): string[] {
  const nominated = nominatedIn(incoming.connection);
  const headers = ['host', passport.host];
  for (const name in incoming) {
    const value = incoming[name];
    // A name with underscores is the same name to some readers, so it is treated as the same here.
    const plain = name.includes('_') ? name.replaceAll('_', '-') : name;
    if (hopByHop.has(plain) || ours.has(plain) || plain.startsWith('x-forwarded-') || nominated?.has(name))
      continue;
    if (!passport.hasBody && plain.startsWith('content-')) continue;
    if (value !== undefined) headers.push(name, Array.isArray(value) ? value.join(', ') : value);
  }
  headers.push(httpHeaders.via, viaGateway, httpHeaders.requestId, passport.requestId);
  headers.push('x-forwarded-for', passport.address, 'traceparent', passport.traceparent);
  if (passport.user) {
    headers.push(httpHeaders.userId, String(passport.user.userId));
    headers.push(httpHeaders.authenticatedUser, passport.user.email);
  }
  if (!passport.hasBody && !hasNeverBody.has(passport.method)) headers.push('content-length', '0');
  return headers;
}

/** Methods whose requests need no length to say that nothing follows. */
const hasNeverBody = new Set(['GET', 'HEAD']);

/**
 * The header of the answer to the client: what the service sent, less what is about its own connection and what the
 * gateway says itself. Names and values in turn.
 */
export function answerHeaders({ rawHeaders, headers }: IncomingMessage, own: readonly string[]): string[] {
  const nominated = nominatedIn(headers.connection);
  const passed = [...own];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (hopByHop.has(name) || saidByGateway.has(name) || nominated?.has(name)) continue;
    passed.push(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  return passed;
}

/** What the gateway's own part of every answer's header is about. */
const saidByGateway = new Set<string>([
  httpHeaders.requestId,
  'x-content-type-options',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
]);

/** Fields that a `Connection` field declares to be about this connection only. */
function nominatedIn(connection: string | undefined): Set<string> | undefined {
  if (!connection || /^(keep-alive|close)$/i.test(connection)) return undefined;
  return new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}
