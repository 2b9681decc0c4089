import { httpHeaders } from '@naru/contracts';
import { createTokenVerifier, revokedTokenKey, type Redis } from '@naru/kernel';
import { eventually, infrastructure, testService, type TestService } from '@naru/testing';
import { userMetricNames } from '../src/metrics';
import { call, login, metric, PASSWORD, signUp, throughGateway, type Answer } from './client';
import { connectedRedis } from './redis';
import { switchableProxy } from './switchable-proxy';

let proxy: Awaited<ReturnType<typeof switchableProxy>>;
let redis: Redis;
let service: TestService;
let userId: number;

beforeAll(async () => {
  proxy = await switchableProxy(infrastructure().redisUrl);
  redis = await connectedRedis();
  service = await testService('user', { ROLES: 'api', REDIS_URL: proxy.url });
  userId = await signUp(service, 'kim@example.com');
});
afterAll(async () => {
  redis.disconnect();
  await service.stop();
  await proxy.stop();
});

const verify = (token: string) =>
  createTokenVerifier({
    fetchJwks: async () => (await call('GET', `${service.url}/.well-known/jwks.json`)).body as unknown,
    clock: Date.now,
  }).verifyToken(token);
const tokenOf = async () =>
  ((await login(service.url, 'kim@example.com', PASSWORD)).body as { token: string }).token;
const logout = (token: string, user = userId): Promise<Answer> =>
  call('POST', `${service.url}/api/users/logout`, undefined, {
    ...throughGateway('203.0.113.1', user),
    authorization: `Bearer ${token}`,
  });
const isRevoked = async (jti: string) =>
  (await call('GET', `${service.url}/internal/tokens/${jti}/revoked`)).body as { revoked: boolean };

describe('signing in', () => {
  test('gives a token that verifies with the published keys', async () => {
    const before = await metric(service.url, userMetricNames.logins, { outcome: 'succeeded' });
    const { status, body } = await login(service.url, ' KIM@example.com ', PASSWORD);
    expect({ status, ...body }).toMatchObject({ status: 200, tokenType: 'Bearer', expiresIn: 3600 });
    expect(await verify(body.token)).toMatchObject({ userId, email: 'kim@example.com' });
    expect(await metric(service.url, userMetricNames.logins, { outcome: 'succeeded' })).toBe(before + 1);
  });

  test('the published keys have no private part', async () => {
    const { body } = await call('GET', `${service.url}/.well-known/jwks.json`);
    expect(Object.keys(body.keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  test('an unknown user and a wrong password are answered alike, after the same work', async () => {
    const attempt = async (email: string) => {
      const before = await metric(service.url, userMetricNames.hashes);
      const { status, headers, body } = await login(service.url, email, 'wrong password');
      const { traceId: _, ...problem } = body as Record<string, unknown>;
      const hashes = (await metric(service.url, userMetricNames.hashes)) - before;
      return { status, names: [...headers.keys()].sort(), problem, hashes };
    };
    const known = await attempt('kim@example.com');
    expect(await attempt('nobody@example.com')).toEqual(known);
    expect(known).toMatchObject({ status: 401, problem: { code: 'credentials-wrong' }, hashes: 1 });
    expect(known.names).toContain('www-authenticate');
  });

  test.each(['ｋim@example.com', 'kim@example.com\u0000', 'kim@example.com%', '나루@example.com', ''])(
    'an e-mail that nobody can have (%j) is answered like any unknown one',
    async (email) => {
      expect(await login(service.url, email, PASSWORD)).toMatchObject({
        status: 401,
        body: { code: 'credentials-wrong' },
      });
    },
  );
});

describe('logging out', () => {
  test('is kept in the database and in Redis until the token has expired, and can be asked for', async () => {
    const token = await tokenOf();
    const { jti, expiresAt_s } = await verify(token);
    expect(await isRevoked(jti)).toEqual({ revoked: false });

    expect((await logout(token)).status).toBe(204);

    expect(await isRevoked(jti)).toEqual({ revoked: true });
    const ttl_s = await redis.ttl(revokedTokenKey(jti));
    expect(ttl_s).toBeGreaterThanOrEqual(expiresAt_s - Date.now() / 1000);
    expect(ttl_s).toBeLessThan(expiresAt_s - Date.now() / 1000 + 120);
    expect((await logout(token)).status).toBe(204);
  });

  test("needs a token of ours, and the caller's own", async () => {
    const url = `${service.url}/api/users/logout`;
    const direct = { [httpHeaders.userId]: String(userId) };
    expect(await call('POST', url)).toMatchObject({ status: 401, body: { code: 'user-required' } });
    expect(await call('POST', url, undefined, direct)).toMatchObject({
      status: 401,
      body: { code: 'token-required' },
    });
    const [header, payload] = (await tokenOf()).split('.');
    expect(await logout(`${header}.${payload}.AAAA`)).toMatchObject({
      status: 401,
      body: { code: 'token-invalid' },
    });
    expect(await logout(await tokenOf(), userId + 1)).toMatchObject({
      status: 401,
      body: { code: 'token-of-another-user' },
    });
  });

  test('works while Redis is lost, and Redis learns of it when it is back, even if it comes back empty', async () => {
    const [first, second] = [await tokenOf(), await tokenOf()];
    expect((await logout(first)).status).toBe(204);
    const { jti: firstJti } = await verify(first);
    const { jti: secondJti } = await verify(second);
    proxy.turn('off');
    await redis.del(revokedTokenKey(firstJti));
    try {
      expect((await logout(second)).status).toBe(204);
      expect(await isRevoked(secondJti)).toEqual({ revoked: true });
      expect(await redis.exists(revokedTokenKey(secondJti))).toBe(0);
    } finally {
      proxy.turn('on');
    }
    const keys = [revokedTokenKey(firstJti), revokedTokenKey(secondJti)];
    await eventually('both revocations in Redis', async () => (await redis.exists(...keys)) === 2);
    expect(await redis.ttl(keys[0]!)).toBeGreaterThan(3_000);
  });

  test('what was logged out before the service started is in Redis too', async () => {
    const token = await tokenOf();
    await logout(token);
    const key = revokedTokenKey((await verify(token)).jti);
    await redis.del(key);
    await service
      .database('revoked_tokens')
      .insert({ jti: 'expired', forget_after_s: Date.now() / 1000 - 1 });

    const { database } = service.database.client.config.connection as { database: string };
    const another = await testService('user', { ROLES: 'api', DATABASE_URL: databaseUrl(database) });
    try {
      await eventually('the revocation in Redis', async () => (await redis.exists(key)) === 1);
      await eventually('the expired one gone', async () => (await isRevoked('expired')).revoked === false);
      expect(await redis.exists(revokedTokenKey('expired'))).toBe(0);
    } finally {
      expect(await another.stop()).toBe(0);
    }
  });
});

function databaseUrl(name: string): string {
  const url = new URL(infrastructure().databaseRootUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

describe('without Redis', () => {
  let alone: TestService;

  beforeAll(async () => {
    alone = await testService('user', {
      ROLES: 'api',
      REDIS_URL: 'redis://127.0.0.1:9',
      LOGIN_PAIR_FAILURES_MAX: '3',
    });
  });
  afterAll(() => alone.stop());

  test('signing up, signing in, reading and logging out work', async () => {
    const id = await signUp(alone, 'alone@example.com');
    const { status, body } = await login(alone.url, 'alone@example.com', PASSWORD);
    expect(status).toBe(200);
    const headers = { ...throughGateway('203.0.113.1', id), authorization: `Bearer ${body.token}` };
    expect((await call('GET', `${alone.url}/api/users/me`, undefined, headers)).status).toBe(200);
    expect((await call('POST', `${alone.url}/api/users/logout`, undefined, headers)).status).toBe(204);
  });

  test('failures are counted all the same', async () => {
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await login(alone.url, 'alone@example.com', 'wrong')).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
  });
});
