import { isIP } from 'node:net';
import {
  httpHeaders,
  type Answer,
  type Body,
  type Operation,
  type Params,
  type Query,
} from '@naru/contracts';
import { transaction, type Transaction } from '../database/database';
import { identify, type CallerOf } from './caller';
import type { HttpContext, Route, RouteParts } from './context';
import { once, readIdempotencyKey } from './idempotency';
import { inputReader } from './input';
import { withinRequest } from './observe';

/** The answer of a handler; its status is the operation's. */
export type Reply<O extends Operation> = {
  readonly headers?: Readonly<Record<string, string>>;
} & (Answer<O> extends undefined ? { readonly body?: undefined } : { readonly body: Answer<O> });

/** A validated request. */
export interface HttpRequest<O extends Operation> {
  readonly params: Params<O>;
  readonly query: Query<O>;
  readonly body: Body<O>;
  readonly caller: CallerOf<O>;
  /** The request's id, the same at the gateway and behind it. */
  readonly id: string;
  /** Path without the query. */
  readonly path: string;
  /** The client's network address; behind the gateway the one that the gateway saw. */
  readonly address: string;
  /** Aborts when the client goes away before its answer. */
  readonly signal: AbortSignal;
  header(name: string): string | undefined;
  /**
   * Runs work in one transaction. With an `Idempotency-Key` on an idempotent operation the answer is stored in that
   * transaction, and a repeat within 24 h gets it instead of running the work again.
   * Work may run several times, each time in a transaction of its own, until one commits.
   */
  once(work: (trx: Transaction) => Promise<Reply<O>>): Promise<Reply<O>>;
}

export type Handler<O extends Operation> = (request: HttpRequest<O>) => Promise<Reply<O>> | Reply<O>;

/** Binds an operation of contracts to its handler, which sees only callers and input that the operation allows. */
export function route<O extends Operation>(operation: O, handler: Handler<O>): Route {
  const readInput = inputReader(operation);
  return {
    method: operation.method,
    path: operation.path,
    async serve(context, parts) {
      const caller = identify(operation.access, context.headers);
      if (caller.kind === 'user') context.state.userId = caller.userId;
      const input = await readInput(context);
      const request = toRequest(context, parts, operation, caller as CallerOf<O>, input);
      answer(context, operation, await withinRequest(context.state, () => handler(request)));
    },
  };
}

type Input = { params: object; query: object; body: unknown };

function toRequest<O extends Operation>(
  context: HttpContext,
  parts: RouteParts,
  operation: O,
  caller: CallerOf<O>,
  input: Input,
): HttpRequest<O> {
  let signal: AbortSignal | undefined;
  return {
    params: input.params as Params<O>,
    query: input.query as Query<O>,
    body: input.body as Body<O>,
    caller,
    id: context.state.requestId,
    path: context.state.path,
    address: clientAddress(context),
    get signal() {
      return (signal ??= closeSignal(context));
    },
    header: (name) => context.get(name) || undefined,
    once: (work) => {
      const { database, hmacSecret } = parts;
      if (!database) throw new Error('once() needs a service with a database');
      const key = operation.idempotent ? readIdempotencyKey(context.req) : undefined;
      if (key === undefined) return transaction(database, work);
      if (!hmacSecret) throw new Error('idempotent operations need HMAC_SECRET');
      return once(database, { hmacSecret, operation, caller, key, input }, work);
    },
  };
}

/** The gateway's word is taken for the address, since it overwrites whatever the client claims. */
function clientAddress(context: HttpContext): string {
  const forwarded = context.get('x-forwarded-for');
  if (context.get(httpHeaders.via) && isIP(forwarded)) return forwarded;
  return socketAddress(context);
}

/** The peer's address; IPv4 in IPv6 is written as IPv4. */
export function socketAddress(context: HttpContext): string {
  return (context.req.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

function closeSignal({ res }: HttpContext): AbortSignal {
  const controller = new AbortController();
  if (res.destroyed) controller.abort();
  res.once('close', () => !res.writableFinished && controller.abort());
  return controller.signal;
}

type AnyReply = { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown };

function answer(context: HttpContext, operation: Operation, reply: AnyReply): void {
  context.set('Cache-Control', 'no-store');
  if (reply.headers) context.set({ ...reply.headers });
  if (reply.body === undefined) {
    context.body = null;
  } else if (typeof reply.body === 'string') {
    context.type = 'text/plain; charset=utf-8';
    context.body = reply.body;
  } else {
    context.type = 'application/json; charset=utf-8';
    context.body = JSON.stringify(reply.body);
  }
  context.status = operation.status;
}
