import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK, resources, tracing } from '@opentelemetry/sdk-node';

/**
 * Starts OpenTelemetry for this process. Spans are always made, so that logs, problems and events carry
 * trace ids; they are exported over OTLP/HTTP only when an endpoint is set.
 * @param endpoint base URL of an OTLP receiver, e.g. http://127.0.0.1:4318
 * @returns stops and flushes, at most 5 s
 */
export function startTracing(service: string, instance: string, endpoint?: string): () => Promise<void> {
  const sdk = new NodeSDK({
    resource: resources.resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }),
    instrumentations: [],
    autoDetectResources: false,
    metricReaders: [],
    logRecordProcessors: [],
    // The SDK makes no spans at all without a processor; without an endpoint they have ids but record nothing.
    ...(endpoint
      ? {
          spanProcessors: [
            new tracing.BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` })),
          ],
        }
      : { spanProcessors: [new tracing.NoopSpanProcessor()], sampler: new tracing.AlwaysOffSampler() }),
  });
  sdk.start();
  return () => sdk.shutdown().catch(() => undefined);
}

const tracer = trace.getTracer('naru');

/** W3C trace context of the active span, or undefined outside one. */
export function currentTraceparent(): string | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
}

/** The context that a `traceparent` names; a missing or malformed one starts a new trace (W3C Trace Context, 3.2). */
export function contextFrom(traceparent: string | undefined): Context {
  return traceparent ? propagation.extract(ROOT_CONTEXT, { traceparent }) : ROOT_CONTEXT;
}

/**
 * Starts a span without making it the active one: from the first active span on, every promise of the process costs
 * more, so that is left to who calls what looks for the active span. The caller ends it.
 */
export function startServerSpan(name: string, attributes: Attributes, traceparent: string | undefined): Span {
  return tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, contextFrom(traceparent));
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
