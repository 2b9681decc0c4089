import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicSpecifications, type ServiceName } from '@naru/contracts';
import { createDatabase, type Database } from '@naru/kernel';
import { startPlatform, type Platform, type PlatformOptions } from '@naru/scripts';

const community: readonly ServiceName[] = ['gateway', 'user', 'board', 'point', 'email'];

/** A whole Naru of a test's own, on other ports, that may be hurt. */
export interface Naru {
  readonly platform: Platform;
  /** Root on the database server; tables are named `naru_<service>.<table>`. */
  readonly database: Database;
  readonly gateway: Client;
  /** Straight to a service, as another service would. */
  direct(service: ServiceName): Client;
  /** A new user, signed in. */
  newUser(name?: string): Promise<User>;
  /** Messages in the mail catcher, for one address or for all. */
  mails(recipient?: string): Promise<Mail[]>;
  stop(): Promise<void>;
}

export interface User {
  readonly userId: number;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly client: Client;
}

export interface Mail {
  readonly subject: string;
  readonly to: readonly { readonly address: string }[];
  readonly messageId?: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at any body
  readonly body: any;
}

export interface Client {
  readonly url: string;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
}

/** @param options the community's services unless it says which */
export async function startNaru(
  options: Partial<Pick<PlatformOptions, 'serviceEnv' | 'services'>> = {},
): Promise<Naru> {
  const directory = mkdtempSync(join(tmpdir(), 'naru-e2e-'));
  const platform = await startPlatform({
    directory,
    portOffset: 'free',
    topics: topicSpecifications(),
    services: community,
    ...options,
  });
  const root = new URL(platform.urls.databaseRoot);
  root.pathname = '/mysql';
  const database = createDatabase(root.toString(), 5);
  const gateway = client(platform.urls.gateway);
  let users = 0;
  return {
    platform,
    database,
    gateway,
    direct: (service) => client(platform.urls.service(service)),
    async newUser(name = 'Somebody') {
      const email = `user-${++users}@example.com`;
      const password = 'crossing-the-river';
      const signedUp = await gateway.post('/api/users/sign-up', { email, name, password });
      if (signedUp.status !== 204) throw new Error(`sign-up answered ${signedUp.status}`);
      return signIn(gateway, email, password);
    },
    async mails(recipient) {
      const response = await fetch(`${platform.urls.mailWeb}/api/email`);
      const all = (await response.json()) as Mail[];
      return recipient ? all.filter(({ to }) => to.some(({ address }) => address === recipient)) : all;
    },
    async stop() {
      await database.destroy();
      await platform.stop();
      if (process.env['NARU_KEEP']) console.log(`data and logs are kept in ${directory}`);
      else rmSync(directory, { recursive: true, force: true });
    },
  };
}

export async function signIn(gateway: Client, email: string, password: string): Promise<User> {
  const { body } = await gateway.post('/api/users/login', { email, password });
  const token = String(body.token);
  const signedIn = client(gateway.url, { authorization: `Bearer ${token}` });
  const me = await signedIn.get('/api/users/me');
  return { userId: Number(me.body.userId), email, password, token, client: signedIn };
}

export function client(url: string, always: Record<string, string> = {}): Client {
  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...always, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    } as Answer;
  }
  return {
    url,
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    patch: (path, body) => call('PATCH', path, body),
  };
}
