import { SpanKind, SpanStatusCode, type Span } from '@opentelemetry/api';
import { spanAttributes } from '../telemetry/names';
import { isTracing, startSpan } from '../telemetry/tracing';

export interface ClientCall {
  readonly method: string;
  /** Path with `{names}`; raw paths are without number. */
  readonly template: string;
  /** Who is called. */
  readonly service: string;
  readonly baseUrl: string;
  /** `traceparent` of what the call is a part of. */
  readonly parent: string | undefined;
}

/** The span of a call to another service, if spans go anywhere. Its `traceparent` is sent along. */
export function startClientSpan(call: ClientCall): Span | undefined {
  if (!isTracing()) return undefined;
  const { method, template, service, baseUrl, parent } = call;
  const { hostname, port, protocol } = new URL(baseUrl);
  const attributes = {
    [spanAttributes.method]: method,
    [spanAttributes.template]: template,
    [spanAttributes.peer]: service,
    [spanAttributes.serverAddress]: hostname,
    [spanAttributes.serverPort]: Number(port || (protocol === 'https:' ? 443 : 80)),
  };
  return startSpan({ name: `${method} ${template}`, kind: SpanKind.CLIENT, attributes, parent });
}

/** @param status of the answer; undefined when there was none */
export function endClientSpan(span: Span, status: number | undefined): void {
  if (status !== undefined) span.setAttribute(spanAttributes.status, status);
  if (status === undefined || status >= 400) {
    span.setAttribute(spanAttributes.errorType, status === undefined ? 'no-answer' : String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
