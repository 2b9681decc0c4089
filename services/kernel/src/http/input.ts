import type { Operation } from '@naru/contracts';
import type { HttpContext } from './context';
import { readJsonBody, refuseLargeBody } from './json-body';
import { parameterReader, parseQuery } from './parameters';
import { compile } from './validation';

export interface HttpInput {
  readonly params: object;
  readonly query: object;
  readonly body: unknown;
}

/**
 * Reads and validates what an operation declares; its schemas are compiled here, once.
 * The body of an operation that declares none is not looked at.
 * @throws ProblemError 400, 413 or 415
 */
export function inputReader(operation: Operation): (context: HttpContext) => Promise<HttpInput> {
  const readParams = parameterReader(operation.params, 'path');
  const readQuery = parameterReader(operation.query, 'query');
  const checkBody = operation.body && compile(operation.body, 'body');
  return async (context) => {
    refuseLargeBody(context.req);
    const params = readParams(Object.entries(context.state.params));
    const query = readQuery(parseQuery(context.state.query));
    const body = checkBody ? checkBody(await readJsonBody(context.req)) : undefined;
    return { params, query, body };
  };
}
