import { keepToken, token } from './token';

const TIMEOUT_MS = 60_000;

/** What the server said is wrong (RFC 9457), or that it said nothing. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly traceId: string | null = null,
  ) {
    super(message);
  }
}

interface ProblemBody {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly traceId?: string;
  readonly errors?: readonly { readonly field?: string; readonly message?: string }[];
}

type Parameters = Readonly<Record<string, string | number | undefined | null>>;

/** @param parameters those that are empty are left out */
export async function get<Answer>(
  path: string,
  parameters: Parameters = {},
  abort?: AbortSignal,
): Promise<Answer> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  return call<Answer>('GET', query.size > 0 ? `${path}?${query}` : path, undefined, abort);
}

export async function post<Answer>(path: string, body: unknown = {}): Promise<Answer> {
  return call<Answer>('POST', path, body);
}

async function call<Answer>(
  method: string,
  path: string,
  body: unknown,
  abort?: AbortSignal,
): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (token.value !== null) headers['Authorization'] = `Bearer ${token.value}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: abort ? AbortSignal.any([abort, timeout]) : timeout,
    });
  } catch (error) {
    if (abort?.aborted) throw error;
    const why = timeout.aborted ? `did not answer within ${TIMEOUT_MS / 1000} s` : 'does not answer';
    throw new ProblemError(0, 'no-answer', `The console ${why}.`);
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

async function problemOf(response: Response): Promise<ProblemError> {
  const body = (await response.json().catch(() => ({}))) as ProblemBody;
  if (response.status === 401) keepToken(null);
  const fields = (body.errors ?? []).map(({ field, message }) => [field, message].filter(Boolean).join(': '));
  const text = body.detail ?? body.title ?? `The console answered ${response.status}.`;
  return new ProblemError(
    response.status,
    body.code ?? 'unknown',
    [text, ...fields].join('; '),
    body.traceId ?? null,
  );
}
