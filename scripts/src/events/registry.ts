import type { Evolution } from './gate';

/** Longest wait for one answer. */
const ANSWER_MS_MAX = 30_000;
const COMPATIBILITY = 'FULL_TRANSITIVE';
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

/** The registry could not be asked, or does not speak as a registry does. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}

export type Registration =
  | { readonly subject: string; readonly version: number; readonly id: number; readonly isNew: boolean }
  | { readonly subject: string; readonly version: number; readonly refused: string };

/** By TopicRecordNameStrategy: a topic carries several event types, each with a history of its own. */
export function subjectOf(topic: string, schema: object): string {
  const { namespace, name } = schema as { readonly namespace?: string; readonly name: string };
  return `${topic}-${namespace === undefined ? name : `${namespace}.${name}`}`;
}

/**
 * Sets FULL_TRANSITIVE for each event type's subject and registers all its released versions in order. What is
 * registered already stays as it is, so that it may be run again. After a refusal the subject's later versions are
 * not tried.
 * @param url of a Confluent-compatible API, such as `http://127.0.0.1:18081/apis/ccompat/v7`
 * @throws RegistryError when the registry is not to be reached, or answers what it should not
 */
export async function registerReleases(
  url: string,
  releases: Evolution['releases'],
  told: (registration: Registration) => void,
): Promise<void> {
  const ask = client(url);
  for (const { topic, versions } of releases.values()) {
    const [first] = versions;
    if (!first) continue;
    const subject = subjectOf(topic, first);
    // Before the first version, so that none gets in unchecked; Apicurio takes it for a subject that is not there yet.
    await ask('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility: COMPATIBILITY });
    for (const [index, schema] of versions.entries()) {
      const registration = await register(ask, subject, index + 1, schema);
      told(registration);
      if ('refused' in registration) break;
    }
  }
}

async function register(ask: Ask, subject: string, version: number, schema: object): Promise<Registration> {
  const path = `/subjects/${encodeURIComponent(subject)}`;
  const body = { schemaType: 'AVRO', schema: JSON.stringify(schema) };
  const known = await ask('POST', path, body, [404]);
  if (known.status === 200) return { subject, version, id: idIn(known.body), isNew: false };
  const answer = await ask('POST', `${path}/versions`, body, [409, 422]);
  if (answer.status === 200) return { subject, version, id: idIn(answer.body), isNew: true };
  return { subject, version, refused: messageIn(answer.body) };
}

type Ask = (
  method: 'PUT' | 'POST',
  path: string,
  body: object,
  alsoExpected?: readonly number[],
) => Promise<{ readonly status: number; readonly body: unknown }>;

function client(url: string): Ask {
  const base = url.replace(/\/+$/, '');
  return async (method, path, body, alsoExpected = []) => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}${path}`, {
        method,
        headers: { 'content-type': CONTENT_TYPE, accept: CONTENT_TYPE },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      text = await response.text();
    } catch (error) {
      const cause = (error as Error).cause ?? error;
      throw new RegistryError(`${base} does not answer: ${String((cause as Error).message || cause)}`, {
        cause,
      });
    }
    if (response.status !== 200 && !alsoExpected.includes(response.status))
      throw new RegistryError(
        `${method} ${base}${path} was answered ${response.status}: ${text.slice(0, 500)}`,
      );
    try {
      return { status: response.status, body: JSON.parse(text) as unknown };
    } catch (error) {
      throw new RegistryError(`${method} ${base}${path} was answered no JSON: ${text.slice(0, 500)}`, {
        cause: error,
      });
    }
  };
}

function idIn(body: unknown): number {
  const { id } = body as { readonly id?: unknown };
  if (typeof id !== 'number')
    throw new RegistryError(`the registry gave no id: ${JSON.stringify(body).slice(0, 500)}`);
  return id;
}

function messageIn(body: unknown): string {
  const { message } = body as { readonly message?: unknown };
  return typeof message === 'string' ? message : JSON.stringify(body);
}
