import {
  context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK, resources, tracing } from '@opentelemetry/sdk-node';
import type { Log } from '../log';
import { pause } from '../wait';
import { spanAttributes } from './names';

const STOP_MS = 5_000;
/** Shorter than a stop, which tells of what it could not export. */
const EXPORT_TIMEOUT_MS = 4_000;
const EXPORT_INTERVAL_MS = 1_000;
const EXPORT_SPANS_MAX = 1_024;
/** Spans beyond these are dropped: what is watched does not wait for who watches. */
const QUEUE_SPANS_MAX = 16_384;
const FAULT_INTERVAL_MS = 60_000;

let isExporting = false;

/**
 * Starts OpenTelemetry for this process. Requests always have trace ids, for logs, problems and events; spans are
 * exported over OTLP/HTTP, and made at all for what has no request, only when an endpoint is set. What share of the
 * traces is kept says OTEL_TRACES_SAMPLER, as OpenTelemetry defines it; all by default.
 * @param endpoint base URL of an OTLP receiver, e.g. http://127.0.0.1:4318
 * @param log is told, at most once a minute, that spans cannot be exported
 * @returns stops and flushes, at most 5 s
 */
export function startTracing(
  service: string,
  instance: string,
  endpoint?: string,
  log?: Log,
): () => Promise<void> {
  isExporting = endpoint !== undefined;
  const tell = log && isExporting ? faultReport(log) : () => undefined;
  const sdk = new NodeSDK({
    resource: resources.resourceFromAttributes({
      'service.namespace': 'naru',
      'service.name': service,
      'service.instance.id': instance,
    }),
    instrumentations: [],
    autoDetectResources: false,
    metricReaders: [],
    logRecordProcessors: [],
    // The SDK makes no spans at all without a processor; without an endpoint they have ids but record nothing.
    ...(endpoint
      ? { spanProcessors: [exportTo(endpoint)] }
      : { spanProcessors: [new tracing.NoopSpanProcessor()], sampler: new tracing.AlwaysOffSampler() }),
  });
  sdk.start();
  return async () => {
    await Promise.race([sdk.shutdown().catch((error: unknown) => tell(String(error))), pause(STOP_MS)]);
  };
}

function exportTo(endpoint: string): tracing.SpanProcessor {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return new tracing.BatchSpanProcessor(exporter, {
    maxQueueSize: QUEUE_SPANS_MAX,
    maxExportBatchSize: EXPORT_SPANS_MAX,
    scheduledDelayMillis: EXPORT_INTERVAL_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
}

/** The SDK tells of spans that the receiver did not take, or that were dropped, with each batch. */
function faultReport(log: Log): (fault: string) => void {
  let told_ms = -Infinity;
  const tell = (fault: string) => {
    if (performance.now() - told_ms < FAULT_INTERVAL_MS) return;
    told_ms = performance.now();
    log.warn({ fault: fault.slice(0, 500) }, 'spans are not exported');
  };
  const quiet = () => undefined;
  const logger = { error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return tell;
}

const tracer = trace.getTracer('naru');

/** W3C trace context of the active span, or undefined outside one. */
export function currentTraceparent(): string | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
}

/** The context that a `traceparent` names; a missing or malformed one starts a new trace (W3C Trace Context, 3.2). */
function contextFrom(traceparent: string | undefined): Context {
  return traceparent ? propagation.extract(ROOT_CONTEXT, { traceparent }) : ROOT_CONTEXT;
}

/**
 * Starts a span without making it the active one: from the first active span on, every promise of the process costs
 * more, so that is left to who calls what looks for the active span. The caller ends it.
 */
export function startServerSpan(name: string, attributes: Attributes, traceparent: string | undefined): Span {
  return tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, contextFrom(traceparent));
}

/** Whether spans go anywhere. Ask before anything is put together for one. */
export function isTracing(): boolean {
  return isExporting;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** `traceparent` of what it is a part of; undefined begins a trace. */
  readonly parent: string | undefined;
  /** Milliseconds since the epoch; now by default. */
  readonly from_ms?: number;
}

/** Starts a span that is not the active one; the caller ends it, by `endSpan`. Costs where nothing is exported too. */
export function startSpan({ name, kind, attributes, parent, from_ms }: SpanStart): Span {
  const options = { kind, attributes, ...(from_ms !== undefined && { startTime: from_ms }) };
  return tracer.startSpan(name, options, contextFrom(parent));
}

/** The span of a call to what is no service of ours, such as a mail server. @param verb what is asked of it */
export function callSpan(verb: string, dependency: string, parent: string | undefined): SpanStart {
  const attributes = { [spanAttributes.peer]: dependency };
  return { name: `${verb} ${dependency}`, kind: SpanKind.CLIENT, attributes, parent };
}

/** Ends a span, as failed if there is an error. */
export function endSpan(span: Span, error?: unknown): void {
  if (error !== undefined) {
    span.setAttribute(spanAttributes.errorType, errorType(error));
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error).slice(0, 500) });
  }
  span.end();
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/**
 * Runs work in a span of its own, if spans go anywhere. The span is the active one meanwhile, so that lines which the
 * work logs carry its ids.
 */
export async function withinSpan<T>(start: () => SpanStart, work: () => Promise<T>): Promise<T> {
  if (!isExporting) return work();
  const span = startSpan(start());
  try {
    const result = await context.with(trace.setSpan(ROOT_CONTEXT, span), work);
    endSpan(span);
    return result;
  } catch (error) {
    endSpan(span, error);
    throw error;
  }
}

/** Begins a trace in which nothing is recorded, for logs to refer to. */
export function newTraceparent(): string {
  return traceparentOf(tracer.startSpan('', {}, ROOT_CONTEXT));
}

/** The fields by which a log line is found from its trace. */
export function traceFields(span: Span): { traceId: string; spanId: string } {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
}

/** The W3C `traceparent` of a span. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

const plainTraceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Whether a `traceparent` can be handed on as it is. */
export function isTraceparent(text: string | undefined): text is string {
  return text !== undefined && plainTraceparent.test(text);
}

/** The trace id in a well-formed `traceparent`. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
