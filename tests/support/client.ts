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

export interface User {
  readonly userId: number;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly client: Client;
}

/** @throws Error when the sign-up is refused */
export async function signUp(gateway: Client, email: string, name: string): Promise<User> {
  const password = 'crossing-the-river';
  const signedUp = await gateway.post('/api/users/sign-up', { email, name, password });
  if (signedUp.status !== 204) throw new Error(`sign-up answered ${signedUp.status}`);
  return signIn(gateway, email, password);
}

export async function signIn(gateway: Client, email: string, password: string): Promise<User> {
  const { body } = await gateway.post('/api/users/login', { email, password });
  const token = String(body.token);
  const signedIn = client(gateway.url, { authorization: `Bearer ${token}` });
  const me = await signedIn.get('/api/users/me');
  return { userId: Number(me.body.userId), email, password, token, client: signedIn };
}

/** @param always headers of every request */
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
