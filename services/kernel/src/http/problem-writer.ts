import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log';
import { traceFields } from '../telemetry/tracing';
import type { HttpContext, HttpMiddleware } from './context';
import { BODY_BYTES_MAX } from './json-body';
import { giveHeaders } from './observe';
import { problemBody, toProblem } from './problem';

const INSTANCE_CHARS_MAX = 500;
const LINGER_MS_MAX = 2_000;
const LINGER_BYTES_MAX = 32 * 1024 * 1024;

/** The only place where an error becomes an answer. */
export function problemWriter(log: Log): HttpMiddleware {
  return async (context, next) => {
    try {
      await next();
    } catch (error) {
      const problem = toProblem(error);
      const { span, requestId } = context.state;
      const found = { ...traceFields(span), requestId };
      if (problem.status === 500) log.error({ ...found, err: error }, 'request failed');
      else if (problem.status > 500) log.warn({ ...found, err: problem.cause ?? problem }, problem.message);
      if (context.res.headersSent) {
        context.res.destroy();
        return;
      }
      const body = JSON.stringify(problemBody(problem, instanceOf(context), span));
      context.set({ ...problem.headers, 'Cache-Control': 'no-store' });
      context.status = problem.status;
      context.type = 'application/problem+json';
      context.body = body;
      if (hasMuchUnread(context.req)) await answerThenClose(context, body);
    }
  };
}

function instanceOf(context: HttpContext): string {
  return (context.req.url ?? '').split('?', 1)[0]!.slice(0, INSTANCE_CHARS_MAX);
}

/** Node reads the rest of a small body itself and keeps the connection; for a large or endless one that is not worth it. */
function hasMuchUnread(request: IncomingMessage): boolean {
  if (request.complete) return false;
  return request.headers['content-length'] === undefined
    ? request.headers['transfer-encoding'] !== undefined
    : Number(request.headers['content-length']) > BODY_BYTES_MAX;
}

/**
 * Answers at once, then goes on reading for a while before it closes: closing with unread input makes TCP send a
 * reset, which would destroy the answer before the client has read it (RFC 9112, 9.6).
 */
async function answerThenClose(context: HttpContext, body: string): Promise<void> {
  const { req, res } = context;
  context.respond = false;
  giveHeaders(context);
  res.setHeader('Connection', 'close');
  res.setHeader('Content-Length', Buffer.byteLength(body));
  if (context.method !== 'HEAD') res.write(body);
  else res.flushHeaders();
  await drain(req, res);
  res.end();
}

function drain(request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(resolve, LINGER_MS_MAX);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    request.on('data', (chunk: Buffer) => (bytes += chunk.length) > LINGER_BYTES_MAX && done());
    request.once('end', done).once('error', done);
    response.once('close', done);
    request.resume();
  });
}
