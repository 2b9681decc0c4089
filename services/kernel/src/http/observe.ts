import { context as activeContext, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Log } from '../log';
import type { Metrics } from '../telemetry/metrics';
import { spanAttributes } from '../telemetry/names';
import { startServerSpan, traceFields } from '../telemetry/tracing';
import { UNMATCHED, type HttpContext, type HttpMiddleware, type HttpState } from './context';
import { isOperational } from './health';
import { requestIdOf, withRequestId } from './request-id';

/** Methods that are told apart in metrics; any other is `_OTHER`, as OpenTelemetry's HTTP conventions say. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);
const PATH_CHARS_MAX = 500;

/**
 * What every request leaves behind: an id, a span in its caller's trace, its duration by route, a line in the log. It
 * is one step around all others rather than four, because the gateway pays for each step with each request.
 */
export function observe(log: Log, metrics: Pick<Metrics, 'httpDuration'>): HttpMiddleware {
  // No field of these lines needs redacting, and looking for some in each of them costs.
  const lines = log.child({}, { redact: [] });
  return async (context, next) => {
    const startedAt_ms = performance.now();
    begin(context);
    await next();
    giveHeaders(context);
    const duration_ms = performance.now() - startedAt_ms;
    measure(context, metrics, duration_ms);
    endSpan(context);
    writeLine(context, lines, duration_ms);
  };
}

function begin({ req, state }: HttpContext): void {
  state.requestId = requestIdOf(req);
  state.route = UNMATCHED;
  state.headers = ['X-Request-Id', state.requestId, 'X-Content-Type-Options', 'nosniff'];
  const { traceparent } = req.headers;
  const method = req.method ?? '';
  const given = typeof traceparent === 'string' ? traceparent : undefined;
  state.span = startServerSpan(method, { [spanAttributes.method]: method }, given);
}

/** Puts what every answer carries on the response, unless its head is written already. */
export function giveHeaders({ res, state }: HttpContext): void {
  if (res.headersSent) return;
  for (let at = 0; at < state.headers.length; at += 2)
    res.setHeader(state.headers[at]!, state.headers[at + 1]!);
}

/** By route template; never by raw path, which would be a metric for each id. */
function measure(context: HttpContext, { httpDuration }: Pick<Metrics, 'httpDuration'>, duration_ms: number) {
  const labels = {
    http_request_method: knownMethods.has(context.method) ? context.method : '_OTHER',
    http_route: context.state.route,
    http_response_status_code: context.res.statusCode,
  };
  httpDuration.observe(labels, duration_ms / 1_000);
}

/** What machinery asks every few seconds is not exported: a span that does not end goes nowhere. */
function endSpan({ method, req, res, state: { span, route } }: HttpContext): void {
  if (isOperational(route)) return;
  if (span.isRecording()) {
    span.updateName(`${method} ${route}`);
    span.setAttributes({
      [spanAttributes.path]: pathOf(req.url),
      [spanAttributes.route]: route,
      [spanAttributes.status]: res.statusCode,
    });
    if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** Without the query, which may hold what does not belong in logs. */
function pathOf(url = ''): string {
  return url.split('?', 1)[0]!.slice(0, PATH_CHARS_MAX);
}

function writeLine({ method, req, res, state }: HttpContext, lines: Log, duration_ms: number): void {
  const line = {
    ...traceFields(state.span),
    requestId: state.requestId,
    method,
    path: pathOf(req.url),
    route: state.route,
    status: res.statusCode,
    duration_ms: Math.round(duration_ms * 100) / 100,
    userId: state.userId,
  };
  if (isOperational(state.route)) lines.debug(line, 'request');
  else lines.info(line, 'request');
}

/** Runs work for which the request's span is the active one and `currentRequestId` knows its id. */
export function withinRequest<T>({ span, requestId }: HttpState, work: () => T): T {
  return activeContext.with(withRequestId(trace.setSpan(ROOT_CONTEXT, span), requestId), work);
}
