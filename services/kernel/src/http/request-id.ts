import type { IncomingMessage } from 'node:http';
import { context as activeContext, createContextKey, type Context } from '@opentelemetry/api';
import { httpHeaders } from '@naru/contracts';
import { v7 as uuidv7 } from 'uuid';

const requestIdKey = createContextKey('naru.request-id');

/** The caller's id for a request if it is harmless in logs and headers, else a UUIDv7. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers[httpHeaders.requestId];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : uuidv7();
}

/** A context in which `currentRequestId` knows the id. */
export function withRequestId(context: Context, id: string): Context {
  return context.setValue(requestIdKey, id);
}

/** The id of the request being served, or undefined outside of one. */
export function currentRequestId(): string | undefined {
  return activeContext.active().getValue(requestIdKey) as string | undefined;
}
