import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import { problem, type ProblemError } from '../errors';
import { isWellFormed } from './formats';

export const BODY_BYTES_MAX = 100_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const jsonMediaType = /^application\/json[ \t]*(;[ \t]*charset[ \t]*=[ \t]*("utf-8"|utf-8)[ \t]*)?$/i;

/** @throws ProblemError 413 when the declared length is over 100 kB */
export function refuseLargeBody(request: IncomingMessage): void {
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) throw bodyTooLarge();
}

export function bodyTooLarge(): ProblemError {
  return problem('body-too-large', `a body has at most ${BODY_BYTES_MAX} bytes`);
}

/**
 * Reads a JSON object.
 * @throws ProblemError 400 when it is missing, not UTF-8, not JSON, not an object, or has keys that reach a
 * prototype; 413 over 100 kB; 415 when it does not say that it is JSON in UTF-8
 */
export async function readJsonBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody) throw bodyRequired();
  if (
    !jsonMediaType.test(headers['content-type'] ?? '') ||
    (headers['content-encoding'] ?? 'identity') !== 'identity'
  ) {
    throw problem('media-type-unsupported', 'the body must be application/json in UTF-8, not compressed', {
      headers: { Accept: 'application/json' },
    });
  }
  const bytes = await read(request);
  if (bytes.length === 0) throw bodyRequired();
  return parse(bytes);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  try {
    return await getRawBody(request, {
      limit: BODY_BYTES_MAX,
      length: request.headers['content-length'] ?? null,
    });
  } catch (cause) {
    if ((cause as { type?: string }).type === 'entity.too.large') throw bodyTooLarge();
    throw problem('body-incomplete', 'the body ended before its length', { cause });
  }
}

function parse(bytes: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw malformed('the body is not JSON in UTF-8', cause);
  }
  if (!isObject(value) || Array.isArray(value)) throw malformed('the body must be a JSON object');
  refuseUnsafe(value);
  return value;
}

/** Walks with a list of its own, because nesting as deep as 100 kB allows would overflow the stack. */
function refuseUnsafe(body: object): void {
  const pending: unknown[] = [body];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value === 'string' && !isWellFormed(value)) throw malformed('the body has a lone surrogate');
    if (!isObject(value)) continue;
    for (const [key, child] of Object.entries(value)) {
      const reachesPrototype =
        key === '__proto__' || (key === 'constructor' && isObject(child) && 'prototype' in child);
      if (reachesPrototype || !isWellFormed(key)) throw malformed('the body has a key that is not allowed');
      pending.push(child);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function malformed(detail: string, cause?: unknown): ProblemError {
  return problem('body-malformed', detail, { cause });
}

function bodyRequired(): ProblemError {
  return problem('body-required', 'this needs a JSON body');
}
