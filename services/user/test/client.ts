import { httpHeaders, viaGateway } from '@naru/contracts';
import type { Database } from '@naru/kernel';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests say what they expect of it
  readonly body: any;
}

export const PASSWORD = 'correct horse battery';

export async function call(
  method: string,
  url: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** What the gateway adds to a request of a client at that address. */
export function throughGateway(address: string, userId?: number): Record<string, string> {
  return {
    [httpHeaders.via]: viaGateway,
    'x-forwarded-for': address,
    ...(userId !== undefined && { [httpHeaders.userId]: String(userId) }),
  };
}

export async function signUp(service: { url: string; database: Database }, email: string, name = 'Kim') {
  const answer = await call('POST', `${service.url}/api/users/sign-up`, { email, name, password: PASSWORD });
  if (answer.status !== 204)
    throw new Error(`sign-up of ${email}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return userIdOf(service.database, email);
}

export async function userIdOf(database: Database, email: string): Promise<number> {
  const [row] = (await database('users').where({ email })) as { user_id: number }[];
  if (!row) throw new Error(`there is no user ${email}`);
  return row.user_id;
}

export function login(
  url: string,
  email: string,
  password: string,
  address = '203.0.113.1',
): Promise<Answer> {
  return call('POST', `${url}/api/users/login`, { email, password }, throughGateway(address));
}

/** The value of a counter or gauge at /metrics whose labels include the given ones; 0 when it is not there. */
export async function metric(
  url: string,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const { body } = await call('GET', `${url}/metrics`);
  const line = (body as string)
    .split('\n')
    .find(
      (text) =>
        new RegExp(`^${name}[{ ]`).test(text) &&
        Object.entries(labels).every(([label, value]) => text.includes(`${label}="${value}"`)),
    );
  return line ? Number(line.slice(line.lastIndexOf(' ') + 1)) : 0;
}
