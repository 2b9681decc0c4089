import { createLog } from '../log';
import { createMetrics } from '../telemetry/metrics';
import type { Route } from './context';
import { createHttpServer } from './server';

const routeOf = (method: string, path: string, aliases?: string[]): Route => ({
  method,
  path,
  aliases,
  serve: (context) => {
    context.body = { method, route: context.state.route, params: context.state.params };
  },
});

const serverOf = (routes: readonly Route[]) =>
  createHttpServer({
    routes,
    metrics: createMetrics('test'),
    log: createLog('test', 'test', 'silent'),
    host: '127.0.0.1',
    port: 0,
    isLive: () => true,
    isReady: () => null,
  });

const server = serverOf([
  routeOf('GET', '/users/{userId}'),
  routeOf('GET', '/users/me'),
  routeOf('PATCH', '/users/me'),
  routeOf('POST', '/users/sign-up', ['/signup']),
]);
let port: number;
beforeAll(async () => ({ port } = await server.start()));
afterAll(() => server.stop());

const ask = (method: string, path: string) => fetch(`http://127.0.0.1:${port}${path}`, { method });

test('a path without parameters goes before one with them', async () => {
  expect(await (await ask('GET', '/users/me')).json()).toMatchObject({ route: '/users/me', params: {} });
  const templated = await (await ask('GET', '/users/7')).json();
  expect(templated).toMatchObject({ route: '/users/{userId}', params: { userId: '7' } });
});

test('a method that a path does not have is 405 and says which it has', async () => {
  const answer = await ask('DELETE', '/users/me');
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET, HEAD, PATCH');
});

test('an alias is the same route', async () => {
  expect(await (await ask('POST', '/signup')).json()).toMatchObject({ route: '/users/sign-up' });
});

test('HEAD is answered by GET, without a body', async () => {
  const answer = await ask('HEAD', '/users/me');
  expect([answer.status, await answer.text()]).toEqual([200, '']);
});

test.each(['/users/', '/users', '/users/7/x', '/Users/me', '/users/me/', '/'])(
  '%s is nowhere',
  async (path) => {
    expect((await ask('GET', path)).status).toBe(404);
  },
);

test('a route declared twice is a mistake', () => {
  expect(() => serverOf([routeOf('GET', '/a/{b}'), routeOf('GET', '/a/{b}')])).toThrow(/twice/);
});
