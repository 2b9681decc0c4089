import {
  httpHeaders,
  type Answer,
  type Body,
  type Operation,
  type Params,
  type Query,
} from '@naru/contracts';
import { InfrastructureError, ProblemError, type FieldError } from '../errors';
import { currentTraceparent, traceparentOf } from '../telemetry/tracing';
import { endClientSpan, startClientSpan } from './client-span';
import { withDeadline } from '../wait';
import { currentRequestId } from './request-id';

type Given<O, Name extends string, Value> = O extends { readonly [N in Name]: object }
  ? { readonly [N in Name]: Value }
  : { readonly [N in Name]?: undefined };

/** What an operation takes, no more and no less. */
export type CallInput<O extends Operation> = Given<O, 'params', Params<O>> &
  Given<O, 'query', Query<O>> &
  Given<O, 'body', Body<O>> & { readonly headers?: Readonly<Record<string, string>> };

export interface CallLimits {
  /** From the first byte sent to the last received. */
  readonly deadline_ms: number;
  readonly signal?: AbortSignal;
}

/**
 * Calls an operation of another service directly; trace and request id go along.
 * @param baseUrl e.g. http://127.0.0.1:8086
 * @returns the answer's body
 * @throws ProblemError when the service says that the request is at fault (4xx), InfrastructureError when it does not
 * answer in time, says 429 or 5xx, or says something else than its contract; the signal's reason when that aborts
 */
export async function callService<O extends Operation>(
  baseUrl: string,
  operation: O,
  input: NoInfer<CallInput<O>>,
  limits: CallLimits,
): Promise<Answer<O>> {
  const given = input as unknown as AnyInput;
  const parent = given.headers?.['traceparent'] ?? currentTraceparent();
  const span = startClientSpan({ ...operation, template: operation.path, baseUrl, parent });
  const traceparent = span ? traceparentOf(span) : parent;
  let status: number | undefined;
  try {
    // Not AbortSignal.any with AbortSignal.timeout: node may collect that timer as garbage (nodejs/node#57736).
    return await withDeadline(
      limits.deadline_ms,
      async (signal) => {
        const response = await fetch(urlOf(baseUrl, operation, given), {
          method: operation.method,
          headers: headersOf(given, traceparent),
          signal,
          redirect: 'error',
          ...(given.body !== undefined && { body: JSON.stringify(given.body) }),
        });
        status = response.status;
        const text = await response.text();
        if (response.status === operation.status) return readAnswer(operation, response, text) as Answer<O>;
        throw toError(operation, response.status, text);
      },
      limits.signal,
    );
  } catch (cause) {
    if (cause instanceof ProblemError || cause instanceof InfrastructureError) throw cause;
    limits.signal?.throwIfAborted();
    throw new InfrastructureError(operation.service, `${operation.service} did not answer ${operation.id}`, {
      cause,
    });
  } finally {
    if (span) endClientSpan(span, status);
  }
}

interface AnyInput {
  readonly params?: object;
  readonly query?: object;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

function urlOf(baseUrl: string, operation: Operation, { params, query }: AnyInput): string {
  const values = (params ?? {}) as Record<string, unknown>;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(values[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) search.set(name, String(value));
  return `${baseUrl}${path}${search.size > 0 ? `?${search.toString()}` : ''}`;
}

function headersOf(
  input: { body?: unknown; headers?: Readonly<Record<string, string>> },
  traceparent: string | undefined,
): Record<string, string> {
  const requestId = currentRequestId();
  return {
    ...(input.body !== undefined && { 'content-type': 'application/json' }),
    ...(requestId && { [httpHeaders.requestId]: requestId }),
    ...input.headers,
    ...(traceparent && { traceparent }),
  };
}

function readAnswer(operation: Operation, response: Response, text: string): unknown {
  if (!operation.answer) return undefined;
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return isJson ? (JSON.parse(text) as unknown) : text;
}

function toError(operation: Operation, status: number, text: string): Error {
  const isClientsFault = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (!isClientsFault) {
    return new InfrastructureError(
      operation.service,
      `${operation.service} answered ${operation.id} with ${status}`,
    );
  }
  const { code, detail, errors } = parseProblem(text);
  return new ProblemError(status, code ?? 'refused', detail ?? `${operation.service} refused`, {
    ...(errors && { errors }),
  });
}

function parseProblem(text: string): { code?: string; detail?: string; errors?: FieldError[] } {
  try {
    return (JSON.parse(text) ?? {}) as { code?: string; detail?: string; errors?: FieldError[] };
  } catch {
    return {};
  }
}
