import { InfrastructureError } from '../errors';

/** The dependency that a failure of the registry names. */
export const SCHEMA_REGISTRY = 'schema-registry';
/** Every version of a subject can read, and be read by, every other: services are updated in any order. */
export const COMPATIBILITY = 'FULL_TRANSITIVE';
const CALL_DEADLINE_MS = 5_000;
const CONTENT = 'application/vnd.schemaregistry.v1+json';
/** Confluent's codes: of the schema id that is not there, and of a subject without a compatibility of its own. */
const NO_SUCH_SCHEMA = 40403;
const NO_SUCH_CONFIG = new Set([40401, 40408]);
const REFUSED = new Set([409, 422]);

/** The registry will not take a schema: it does not fit the subject's earlier versions, or its rules. */
export class SchemaRefusedError extends Error {
  readonly code = 'schema-refused';

  constructor(
    readonly subject: string,
    reason: string,
  ) {
    super(`the schema registry refuses ${subject}: ${reason}`);
    this.name = 'SchemaRefusedError';
  }
}

/** Confluent's Schema Registry, or one that speaks as it does. No call takes longer than 5 s, and none is retried. */
export interface SchemaRegistry {
  /**
   * @returns the schema's text, or undefined when the registry answers that it has no such id
   * @throws InfrastructureError
   */
  schema(id: number): Promise<string | undefined>;
  /**
   * Makes a schema the newest version of a subject, under FULL_TRANSITIVE; one that is there already keeps its id.
   * @returns its id
   * @throws SchemaRefusedError, InfrastructureError
   */
  register(subject: string, schema: string): Promise<number>;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Code of our own, for the libraries for it lose the difference that decides over a record: between a registry that has no
 * such id (poison) and one that is away or at another path (to be waited for).
 * @param url of the API, such as http://127.0.0.1:18081/apis/ccompat/v7; may hold user and password
 */
export function createSchemaRegistry(url: string): SchemaRegistry {
  const { base, authorization } = splitUrl(url);

  async function call(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<Answer> {
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { Accept: CONTENT, ...(body && { 'Content-Type': CONTENT }), ...authorization },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(CALL_DEADLINE_MS),
      });
      const answer: unknown = await response.json();
      if (typeof answer !== 'object' || answer === null) throw new Error('the answer is no JSON object');
      return { status: response.status, body: answer as Answer['body'] };
    } catch (error) {
      throw new InfrastructureError(SCHEMA_REGISTRY, `${method} ${path}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Before the first version is there, so that none is ever registered unchecked. */
  async function claim(subject: string): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const { status, body } = await call('GET', path);
    const level = body['compatibilityLevel'];
    if (status === 200 && level === COMPATIBILITY) return;
    if (status === 200 && typeof level === 'string')
      throw new SchemaRefusedError(subject, `its compatibility is ${level}, and is to be ${COMPATIBILITY}`);
    if (status !== 404 || !NO_SUCH_CONFIG.has(Number(body['error_code'])))
      throw unexpected(path, status, body);
    const set = await call('PUT', path, { compatibility: COMPATIBILITY });
    if (set.status !== 200) throw unexpected(path, set.status, set.body);
  }

  return {
    async schema(id) {
      const path = `/schemas/ids/${id}`;
      const { status, body } = await call('GET', path);
      if (status === 200 && typeof body['schema'] === 'string') return body['schema'];
      if (status === 404 && body['error_code'] === NO_SUCH_SCHEMA) return undefined;
      throw unexpected(path, status, body);
    },

    async register(subject, schema) {
      await claim(subject);
      const path = `/subjects/${encodeURIComponent(subject)}/versions`;
      const { status, body } = await call('POST', path, { schema });
      if (status === 200 && typeof body['id'] === 'number') return body['id'];
      if (REFUSED.has(status)) throw new SchemaRefusedError(subject, messageOf(body));
      throw unexpected(path, status, body);
    },
  };
}

function splitUrl(url: string): { base: string; authorization: Record<string, string> } {
  const { origin, pathname, username, password } = new URL(url);
  const base = `${origin}${pathname.replace(/\/+$/, '')}`;
  if (username === '') return { base, authorization: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { base, authorization: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** An answer that says nothing of the schema, such as a proxy's; the registry will answer again. */
function unexpected(path: string, status: number, body: Answer['body']): InfrastructureError {
  return new InfrastructureError(SCHEMA_REGISTRY, `${path} is answered ${status}: ${messageOf(body)}`);
}

function messageOf(body: Answer['body']): string {
  return String(body['message'] ?? 'without a reason').slice(0, 1_000);
}

/** Node's fetch hides why it failed in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause);
}
