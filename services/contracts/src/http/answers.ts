import type { Operation } from './define';
import type { GatewayPage } from './pages';
import { problems, type ProblemCode, type ProblemDeclaration } from './problems';

/** What may be wrong with anything that is sent, whatever it asks for. */
export const unreadable: readonly ProblemCode[] = [
  'request-malformed',
  'path-malformed',
  'query-malformed',
  'request-timeout',
  'headers-too-large',
];

/** What a path or a method that nothing declares is answered with. */
export const undeclared: readonly ProblemCode[] = [...unreadable, 'not-found', 'method-not-allowed'];

/** Why an operation may be refused at the gateway, by status. Follows from what the operation is and what it declares. */
export function refusals(operation: Operation): Map<number, ProblemCode[]> {
  const { access, body, idempotent, fromMemory, method } = operation;
  return byStatus([
    ...unreadable,
    'invalid-request',
    ...when(body, ['body-required', 'body-malformed', 'media-type-unsupported']),
    ...when(idempotent, ['idempotency-key-invalid', 'idempotency-key-in-use', 'idempotency-key-reused']),
    ...when(access !== 'public', ['token-required', 'token-invalid', 'token-expired', 'token-revoked']),
    'body-too-large',
    'rate-limited',
    ...(operation.problems ?? []),
    'upstream-failed',
    'service-unavailable',
    ...when(!fromMemory, ['dependency-unavailable']),
    ...when(method !== 'GET', ['busy']),
    'upstream-timeout',
  ]);
}

/** Why a page may be refused, by status. */
export function refusalsOfPage(page: GatewayPage): Map<number, ProblemCode[]> {
  return byStatus([...unreadable, ...(page.problems ?? [])]);
}

/** Those that are seen at the gateway, by status, which rises. */
export function byStatus(codes: readonly ProblemCode[]): Map<number, ProblemCode[]> {
  const found = new Map<number, ProblemCode[]>();
  const seen = codes.filter((code) => !declarationOf(code).directOnly);
  for (const code of [...seen].sort((a, b) => problems[a].status - problems[b].status)) {
    const { status } = problems[code];
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return found;
}

export function declarationOf(code: ProblemCode): ProblemDeclaration {
  return problems[code];
}

function when(is: unknown, codes: readonly ProblemCode[]): readonly ProblemCode[] {
  return is ? codes : [];
}
