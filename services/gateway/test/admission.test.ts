import { createHash } from 'node:crypto';
import { sign } from 'jsonwebtoken';
import { createRedis, REVOCATIONS_COMPLETE_KEY, revokedTokenKey, type Redis } from '@naru/kernel';
import { eventually, infrastructure } from '@naru/testing';
import {
  fakeService,
  issuer,
  redisWire,
  startGateway,
  type FakeService,
  type Gateway,
  type RedisWire,
} from './scene';

let service: FakeService;
let wire: RedisWire;
let redis: Redis;
let gateway: Gateway;
let nextUser =
  1_000_000 +
  Number.parseInt(createHash('sha1').update(String(process.hrtime())).digest('hex').slice(0, 8), 16);

const env = () => ({
  USER_SERVICE_URL: service.url,
  BOARD_SERVICE_URL: service.url,
  POINT_SERVICE_URL: service.url,
  REDIS_URL: wire.url,
});
const newToken = () => issuer.issueToken({ userId: nextUser++, email: 'ada@example.com' }, 600);
const jtiOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti;
const get = (token?: string, from = gateway) => from.send('GET', '/api/boards', { token });

beforeAll(async () => {
  service = await fakeService();
  wire = await redisWire();
  redis = createRedis(infrastructure().redisUrl, () => undefined);
  await eventually('Redis holds every revoked token', () => redis.set(REVOCATIONS_COMPLETE_KEY, '1'));
  gateway = await startGateway(env());
  await eventually('a request passes', async () => (await get(newToken())).status === 200);
});
beforeEach(async () => {
  service.isUp = true;
  await restore();
  service.received.length = 0;
});
afterAll(async () => {
  await gateway?.stop();
  await service.stop();
  wire.stop();
  redis.disconnect();
});

async function restore() {
  if (wire.state === 'up') return;
  wire.set('up');
  await countsInRedis(gateway);
}

/** Waits until a gateway reaches Redis: its limits are counted there. */
async function countsInRedis(from: Gateway) {
  await eventually('requests are counted in Redis', async () => {
    const userId = nextUser;
    await get(newToken(), from);
    return (await redis.exists(`rate:user:${userId}`)) === 1;
  });
}

describe('tokens', () => {
  test('none is 401 with a challenge', async () => {
    const answer = await get();
    expect(answer).toMatchObject({ status: 401, code: 'token-required' });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  const claims = { sub: '7', email: 'a@b.c', jti: 'j', iss: 'naru', aud: 'naru-gateway', exp: 4_000_000_000 };
  const kid = issuer.jwks().keys[0]!.kid;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each([
    ['garbage', 'abc.def.ghi'],
    ['alg none', `${part({ alg: 'none', typ: 'JWT', kid })}.${part(claims)}.`],
    [
      'HS256 with the modulus as secret',
      sign(claims, issuer.jwks().keys[0]!.n, { algorithm: 'HS256', keyid: kid }),
    ],
    ['claims exchanged', newToken().replace(/\.[^.]+\./, `.${part(claims)}.`)],
    ['expired', issuer.issueToken({ userId: 7, email: 'a@b.c' }, -60)],
  ])('%s is 401', async (_, token) => {
    expect(await get(token)).toMatchObject({ status: 401, code: expect.stringMatching(/^token-/) });
    expect(service.received).toHaveLength(0);
  });

  test.each(['Basic abc', 'Bearer', 'Bearer a b', newToken()])(
    'authorization %j is 401',
    async (authorization) => {
      expect((await gateway.send('GET', '/api/boards', { headers: { authorization } })).status).toBe(401);
    },
  );
});

describe('logged-out tokens', () => {
  test('are refused from the moment that Redis knows', async () => {
    const token = newToken();
    expect((await get(token)).status).toBe(200);
    await redis.set(revokedTokenKey(jtiOf(token)), '1', 'EX', 60);
    expect(await get(token)).toMatchObject({ status: 401, code: 'token-revoked' });
  });

  test('are told apart from others that are asked about at the same time', async () => {
    const tokens = Array.from({ length: 6 }, newToken);
    for (const token of [tokens[1]!, tokens[4]!])
      await redis.set(revokedTokenKey(jtiOf(token)), '1', 'EX', 60);
    const statuses = (await Promise.all([...tokens, ...tokens].map((token) => get(token)))).map(
      ({ status }) => status,
    );
    const expected = [200, 401, 200, 200, 401, 200];
    expect(statuses).toEqual([...expected, ...expected]);
  });

  test.each(['cut', 'silent'] as const)('are asked of the user service when Redis is %s', async (state) => {
    const [good, bad] = [newToken(), newToken()];
    service.revoked.add(jtiOf(bad));
    wire.set(state);
    expect((await get(good)).status).toBe(200);
    expect(await get(bad)).toMatchObject({ status: 401, code: 'token-revoked' });
  });

  test('with neither to ask nobody passes', async () => {
    wire.set('cut');
    service.isUp = false;
    const answer = await get(newToken());
    expect(answer).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect(answer.headers['retry-after']).toBe('1');
    expect(service.received).toHaveLength(0);
    expect((await gateway.send('GET', '/welcome')).status).toBe(200);
  });

  test('are asked of the user service when Redis has come back empty', async () => {
    await redis.del(REVOCATIONS_COMPLETE_KEY);
    const [good, bad] = [newToken(), newToken()];
    service.revoked.add(jtiOf(bad));
    expect((await get(good)).status).toBe(200);
    expect(await get(bad)).toMatchObject({ status: 401, code: 'token-revoked' });
    service.isUp = false;
    expect((await get(newToken())).status).toBe(503);
    await redis.set(REVOCATIONS_COMPLETE_KEY, '1');
    expect((await get(newToken())).status).toBe(200);
  });
});

describe('rate limit', () => {
  let strict: Gateway;
  const strictly = () => ({ ...env(), RATE_LIMIT_POINTS: '3', RATE_LIMIT_SECONDS: '60' });
  beforeAll(async () => {
    strict = await startGateway(strictly());
  });
  afterAll(() => strict.stop());

  test.each(['up', 'cut'] as const)('is for each user, with Redis %s', async (state) => {
    await countsInRedis(strict);
    if (state !== 'up') wire.set(state);
    const [token, other] = [newToken(), newToken()];
    const answers = [];
    for (let n = 0; n < 5; n++) answers.push(await get(token, strict));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    expect(answers[0]!.headers).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-remaining': '2' });
    expect(answers[3]).toMatchObject({ code: 'rate-limited', headers: { 'ratelimit-remaining': '0' } });
    expect(Number(answers[3]!.headers['retry-after'])).toBeGreaterThan(50);
    expect((await get(other, strict)).status).toBe(200);
  });

  test('counts each of the requests that come at once, and tells them apart', async () => {
    await countsInRedis(strict);
    const [token, other] = [newToken(), newToken()];
    const answers = await Promise.all(
      [...Array<string>(5).fill(token), other].map((one) => get(one, strict)),
    );
    const told = answers.map(({ status, headers }) => [status, headers['ratelimit-remaining']]);
    expect(told.slice(0, 5).sort()).toEqual([
      [200, '0'],
      [200, '1'],
      [200, '2'],
      [429, '0'],
      [429, '0'],
    ]);
    expect(told[5]).toEqual([200, '2']);
  });

  test('is one for all gateways', async () => {
    const second = await startGateway(strictly());
    await Promise.all([strict, second].map(countsInRedis));
    const token = newToken();
    const statuses = [];
    for (const from of [strict, second, strict, second]) statuses.push((await get(token, from)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await second.stop();
  });

  test('ends with its window, which the first request begins', async () => {
    const short = await startGateway({ ...strictly(), RATE_LIMIT_POINTS: '1', RATE_LIMIT_SECONDS: '1' });
    await countsInRedis(short);
    const token = newToken();
    expect((await get(token, short)).status).toBe(200);
    // The second that a slow machine takes for two requests is a window too.
    await eventually('a refusal', async () => (await get(token, short)).status === 429);
    await eventually('the next window', async () => (await get(token, short)).status === 200);
    await short.stop();
  });

  test('bad tokens count against their sender', async () => {
    const statuses = [];
    for (let n = 0; n < 8; n++) statuses.push((await get('abc.def.ghi', strict)).status);
    expect(statuses).toContain(429);
    await redis.del('rate:address:127.0.0.1');
  });
});

describe('keys', () => {
  test('a gateway that starts while the user service is down has them from Redis', async () => {
    await eventually('the keys are kept', async () => (await redis.exists('naru:jwks')) === 1);
    service.isUp = false;
    const late = await startGateway(env());
    expect((await late.send('GET', '/health/ready')).status).toBe(200);
    await eventually('it verifies', async () => (await get(newToken(), late)).status === 200);
    await late.stop();
  });

  test('without any, tokens are 503 and public paths work', async () => {
    await redis.del('naru:jwks');
    service.isUp = false;
    const late = await startGateway(env());
    expect(await get(newToken(), late)).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect((await late.send('GET', '/welcome')).status).toBe(200);
    service.isUp = true;
    await eventually('it verifies', async () => (await get(newToken(), late)).status === 200);
    await late.stop();
  });
});
