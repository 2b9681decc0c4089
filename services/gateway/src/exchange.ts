import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { BODY_BYTES_MAX, bodyTooLarge, problem, type HttpContext, type ProblemError } from '@naru/kernel';
import { answerHeaders } from './headers';

const CONNECT_TIMEOUT_MS = 1_000;

export interface Exchange {
  readonly service: string;
  readonly hasBody: boolean;
  readonly deadline_ms: number;
  readonly options: RequestOptions;
}

/**
 * One request to a service and its answer, both streamed. A GET is sent once more when a kept connection turns out
 * to be closed; anything else may have had its effect, so the client is told instead.
 * @throws ProblemError when there is no answer; resolves when the answer is written or the client is gone
 */
export async function exchange(context: HttpContext, call: Exchange): Promise<void> {
  const deadlineAt_ms = performance.now() + call.deadline_ms;
  let answer: IncomingMessage | undefined;
  try {
    answer = await send(context, call, call.deadline_ms);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    answer = await send(context, call, deadlineAt_ms - performance.now());
  }
  if (answer) await pass(answer, context);
}

/** A kept connection was closed by the service before it can have seen a request that changes nothing. */
class StaleConnection extends Error {}

/** Resolves with the answer's head, or with nothing when the client has gone away. */
function send(
  context: HttpContext,
  call: Exchange,
  deadline_ms: number,
): Promise<IncomingMessage | undefined> {
  const { req, res } = context;
  return new Promise((resolve, reject) => {
    const upstream = request(call.options);
    const settle = (finish: () => void) => {
      clearTimeout(deadline);
      res.off('close', abandon);
      finish();
    };
    const fail = (error: Error) => {
      settle(() => reject(error));
      req.unpipe(upstream);
      upstream.destroy();
    };
    const abandon = () => {
      settle(() => resolve(undefined));
      upstream.destroy();
    };
    const deadline = setTimeout(() => fail(timedOut(call.service)), deadline_ms);

    res.once('close', abandon);
    upstream.once('response', (answer: IncomingMessage) => settle(() => resolve(answer)));
    upstream.on('error', (error: NodeJS.ErrnoException) => fail(toError(error, upstream, call)));
    limitConnecting(upstream);
    if (call.hasBody) sendBody(req, upstream, fail);
    else upstream.end();
  });
}

function limitConnecting(upstream: ClientRequest): void {
  upstream.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), CONNECT_TIMEOUT_MS);
    socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  });
}

class ConnectTimeout extends Error {
  readonly code = 'ETIMEDOUT';
}

/** A body that declares its length was judged by that; one in chunks is counted. */
function sendBody(req: IncomingMessage, upstream: ClientRequest, fail: (error: Error) => void): void {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) fail(bodyTooLarge());
  });
  req.pipe(upstream);
}

const notConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

function toError(error: NodeJS.ErrnoException, upstream: ClientRequest, call: Exchange): Error {
  if (notConnected.has(error.code ?? '')) {
    return problem('service-unavailable', `the ${call.service} service is not available`, {
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  }
  const changesNothing = call.options.method === 'GET' || call.options.method === 'HEAD';
  if (changesNothing && upstream.reusedSocket && error.code === 'ECONNRESET') return new StaleConnection();
  return problem('upstream-failed', `the ${call.service} service broke off before it answered`, {
    cause: error,
  });
}

function timedOut(service: string): ProblemError {
  return problem('upstream-timeout', `the ${service} service did not answer in time`);
}

/** An answer that breaks off half-way breaks the client's connection too, so that it is not taken for a whole one. */
function pass(answer: IncomingMessage, context: HttpContext): Promise<void> {
  const { res, state } = context;
  context.respond = false;
  res.writeHead(answer.statusCode ?? 502, answerHeaders(answer, state.headers));
  let missingBytes = Number(answer.headers['content-length'] ?? NaN);
  return new Promise((resolve) => {
    res.once('close', () => {
      if (!answer.complete) answer.destroy();
      resolve();
    });
    answer.on('data', (chunk: Buffer) => {
      missingBytes -= chunk.length;
      // The last bytes and the end of the answer are one write.
      if (missingBytes === 0) res.end(chunk);
      else if (!res.write(chunk)) {
        answer.pause();
        res.once('drain', () => answer.resume());
      }
    });
    answer.once('end', () => res.writableEnded || res.end());
    answer.once('error', () => res.destroy());
  });
}
