import { STATUS_CODES } from 'node:http';
import type { Static } from '@sinclair/typebox';
import type { Span } from '@opentelemetry/api';
import type { Problem } from '@naru/contracts';
import { classify, dependencyOf, problem, ProblemError } from '../errors';

export type ProblemBody = Static<typeof Problem>;

const RETRY_SOON = { 'Retry-After': '1' };

/** What a client is told of an error: all of a ProblemError, of any other only what it can act on. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  switch (classify(error)) {
    case 'infrastructure':
      return problem('dependency-unavailable', `${dependencyOf(error)} does not answer`, {
        headers: RETRY_SOON,
        cause: error,
      });
    case 'contention':
      return problem('busy', 'too many requests for the same thing', {
        headers: RETRY_SOON,
        cause: error,
      });
    case 'cancelled':
      return problem('cancelled', 'the request was cancelled', {
        headers: RETRY_SOON,
        cause: error,
      });
    default:
      return problem('internal-error', 'something went wrong here', { cause: error });
  }
}

/** RFC 9457 problem details. @param instance path of the request */
export function problemBody(problem: ProblemError, instance?: string, span?: Span): ProblemBody {
  const traceId = span?.spanContext().traceId;
  return {
    type: `urn:naru:problem:${problem.code}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(instance !== undefined && { instance }),
    ...(traceId && { traceId }),
    ...(problem.errors && { errors: [...problem.errors] }),
  };
}
