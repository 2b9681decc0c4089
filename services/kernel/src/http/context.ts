import type { Span } from '@opentelemetry/api';
import type { Middleware, ParameterizedContext } from 'koa';
import type { Database } from '../database/database';

/** What our middlewares leave on a request for those after them. */
export interface HttpState {
  requestId: string;
  /** The request's span; the active one only while an operation's handler runs. */
  span: Span;
  /**
   * Names and values in turn of what every answer carries, whoever writes it. They are given to the response at the
   * end, for one that writes its own head is faster if it can write them all at once.
   */
  headers: string[];
  /** Template of the matched path, or `unmatched`; metrics and spans use it, for raw paths are without number. */
  route: string;
  /** Path as it was matched: percent-decoded, without the query. */
  path: string;
  /** Raw query, without the question mark. */
  query: string;
  /** Raw values of the template's `{name}` segments. */
  params: Readonly<Record<string, string>>;
  /** The user once that is certain; never what a header claims. */
  userId?: number;
}

export type HttpContext = ParameterizedContext<HttpState>;
export type HttpMiddleware = Middleware<HttpState>;

/** What a route may need of the server that serves it. */
export interface RouteParts {
  readonly database?: Database | undefined;
  /** Hex; keys the fingerprints of idempotent requests. */
  readonly hmacSecret?: string | undefined;
}

/** One method on one path template, with the paths that mean the same. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly aliases?: readonly string[] | undefined;
  serve(context: HttpContext, parts: RouteParts): Promise<void> | void;
}

export const UNMATCHED = 'unmatched';
