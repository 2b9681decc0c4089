import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decode, sign, type SignOptions } from 'jsonwebtoken';
import { client, type Answer, type User } from '../support/client';
import { startNaru, type Naru } from './naru';

let naru: Naru;
let user: User;

beforeAll(async () => {
  naru = await startNaru();
  user = await naru.newUser();
}, 180_000);
afterAll(() => naru.stop(), 60_000);

/** Counts of everything that a request could have changed. */
async function state(): Promise<unknown> {
  const count = async (table: string) => {
    const [row] = await naru.database(table).count({ count: '*' });
    return [table, row?.['count']];
  };
  const balances = await naru.database('naru_point.accounts').select('user_id', 'balance').orderBy('user_id');
  const names = await naru
    .database('naru_user.users')
    .select('user_id', 'name', 'version')
    .orderBy('user_id');
  const tables = [
    'naru_user.users',
    'naru_user.outbox',
    'naru_board.boards',
    'naru_board.outbox',
    'naru_point.entries',
  ];
  return { balances, names, counts: await Promise.all(tables.map(count)) };
}

const board = { title: 'title', content: 'content' };
const person = { email: 'new@example.com', name: 'New', password: 'long-enough-password' };
const deduction = () => ({ userId: user.userId, amount: 1 });
const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  user.client.post(path, body, headers);

describe('a request that is not what the contract says gets its 4xx problem and changes nothing', () => {
  const cases: [string, number, () => Promise<Answer>][] = [
    ['unknown field', 400, () => post('/api/boards', { ...board, admin: true })],
    ['missing field', 400, () => post('/api/boards', { title: 'only' })],
    ['wrong type', 400, () => post('/api/boards', { ...board, title: 7 })],
    ['null', 400, () => post('/api/boards', { ...board, title: null })],
    ['an array', 400, () => post('/api/boards', [board])],
    ['blank title', 400, () => post('/api/boards', { ...board, title: '   ' })],
    ['too long a title', 400, () => post('/api/boards', { ...board, title: 'x'.repeat(201) })],
    ['a lone surrogate', 400, () => post('/api/boards', '{"title":"\\ud83d","content":"x"}')],
    ['a NUL character', 400, () => post('/api/boards', { ...board, title: 'a\u0000b' })],
    ['broken JSON', 400, () => post('/api/boards', '{"title": "x", ')],
    ['an empty body', 400, () => post('/api/boards', '')],
    ['__proto__', 400, () => post('/api/boards', '{"title":"x","content":"y","__proto__":{"admin":true}}')],
    ['another content type', 415, () => post('/api/boards', 'title=x', { 'content-type': 'text/plain' })],
    ['a body of 10 MB', 413, () => post('/api/boards', { ...board, content: 'x'.repeat(10_000_000) })],
    [
      'an e-mail with an emoji',
      400,
      () => naru.gateway.post('/api/users/sign-up', { ...person, email: '⛵@example.com' }),
    ],
    ['no e-mail at all', 400, () => naru.gateway.post('/api/users/sign-up', { ...person, email: 'nobody' })],
    [
      'a short password',
      400,
      () => naru.gateway.post('/api/users/sign-up', { ...person, password: 'short' }),
    ],
    [
      'an e-mail that is taken',
      409,
      () => naru.gateway.post('/signup', { ...person, email: user.email.toUpperCase() }),
    ],
    [
      'negative points',
      400,
      () => naru.direct('point').post('/internal/points/deduct', { ...deduction(), amount: -5 }),
    ],
    [
      'no points',
      400,
      () => naru.direct('point').post('/internal/points/add', { ...deduction(), amount: 0 }),
    ],
    [
      'fractional points',
      400,
      () => naru.direct('point').post('/internal/points/add', { ...deduction(), amount: 0.5 }),
    ],
    [
      '2^53+1 points',
      400,
      () =>
        naru
          .direct('point')
          .post('/internal/points/add', `{"userId":${user.userId},"amount":9007199254740993}`),
    ],
    [
      'a user id of 2^53+1',
      400,
      () => naru.direct('point').post('/internal/points/add', '{"userId":9007199254740993,"amount":1}'),
    ],
    [
      'more points than there are',
      409,
      () => naru.direct('point').post('/internal/points/deduct', { ...deduction(), amount: 1001 }),
    ],
    ['a doubled query parameter', 400, () => user.client.get('/api/boards?limit=1&limit=2')],
    ['an unknown query parameter', 400, () => user.client.get('/api/boards?order=asc')],
    ['a malformed query parameter', 400, () => user.client.get('/api/boards?limit=1e1')],
    ['a page beyond the largest', 400, () => user.client.get('/api/boards?limit=101')],
    ['an id that is no number', 400, () => user.client.get('/api/boards/abc')],
    ['a board that is not there', 404, () => user.client.get('/api/boards/999999')],
    ['a path that is not there', 404, () => user.client.get('/api/nothing')],
    ['a method that is not there', 405, () => user.client.post('/api/users/me', {})],
    [
      'an Idempotency-Key of 300 characters',
      400,
      () => post('/api/boards', board, { 'idempotency-key': 'k'.repeat(300) }),
    ],
    [
      'the gateway’s mark without a user',
      401,
      () => client(naru.direct('board').url).post('/api/boards', board, { 'x-naru-via': 'gateway' }),
    ],
  ];

  test.each(cases)('%s → %i', async (_, status, request) => {
    const before = await state();
    const answer = await request();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status,
      code: expect.stringMatching(/^[a-z-]+$/),
      traceId: expect.any(String),
    });
    expect(await state()).toEqual(before);
  });
});

describe('a token that is not ours is refused', () => {
  const keys = () =>
    JSON.parse(readFileSync(naru.platform.jwtKeysFile, 'utf8')) as {
      keys: { kid: string; privateKeyPem: string }[];
    };
  const claims = () => {
    const { iat: _iat, exp: _exp, ...rest } = decode(user.token) as Record<string, unknown>;
    return rest;
  };
  const ours = () => keys().keys[0] as { kid: string; privateKeyPem: string };
  const signed = (payload: object, options: SignOptions, key = ours().privateKeyPem) =>
    sign(payload, key, { algorithm: 'RS256', keyid: ours().kid, expiresIn: 60, ...options });
  const bare = (header: object, signature: (input: string) => string) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 60;
    const input = `${part(header)}.${part({ ...claims(), exp })}`;
    return `${input}.${signature(input)}`;
  };
  const publicPem = () =>
    createPublicKey(createPrivateKey(ours().privateKeyPem))
      .export({ type: 'spki', format: 'pem' })
      .toString();
  const another = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

  test.each<[string, () => string]>([
    ['alg none', () => bare({ alg: 'none', typ: 'JWT', kid: ours().kid }, () => '')],
    [
      'HS256 signed with the public key',
      () =>
        bare({ alg: 'HS256', typ: 'JWT', kid: ours().kid }, (input) =>
          createHmac('sha256', publicPem()).update(input).digest('base64url'),
        ),
    ],
    ['another key', () => signed(claims(), {}, another)],
    ['expired', () => signed(claims(), { expiresIn: -10 })],
    ['for somebody else', () => signed({ ...claims(), aud: 'another-audience' }, {})],
    ['from somebody else', () => signed({ ...claims(), iss: 'another-issuer' }, {})],
    ['an unknown kid', () => signed(claims(), { keyid: 'unknown' })],
    ['a kid that is a path', () => signed(claims(), { keyid: '../../etc/passwd' })],
    ['cut off', () => user.token.slice(0, -3)],
    ['no token', () => 'garbage'],
  ])('%s', async (_, token) => {
    const answer = await client(naru.gateway.url, { authorization: `Bearer ${token()}` }).get(
      '/api/users/me',
    );
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('the same claims, signed by our key, are let in', async () => {
    const answer = await client(naru.gateway.url, { authorization: `Bearer ${signed(claims(), {})}` }).get(
      '/api/users/me',
    );
    expect(answer.status).toBe(200);
  });
});

test('a forged X-User-Id changes nothing about who one is', async () => {
  const other = await naru.newUser();
  for (const name of ['X-User-Id', 'x-user-id', 'X-USER-ID']) {
    const { body } = await user.client.get('/api/users/me', {
      [name]: String(other.userId),
      'Authenticated-User': other.email,
    });
    expect(body.userId).toBe(user.userId);
  }
  const { status } = await naru.gateway.get('/api/users/me', { 'X-User-Id': String(other.userId) });
  expect(status).toBe(401);
});

test('of twenty sign-ups with one e-mail at the same time one is taken', async () => {
  const same = { ...person, email: 'same@example.com' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => naru.gateway.post('/api/users/sign-up', same)),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([204, ...Array.from({ length: 19 }, () => 409)]);
  const users = await naru.database('naru_user.users').where({ email: same.email });
  expect(users).toHaveLength(1);
});
