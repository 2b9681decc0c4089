import type { Redis } from '@naru/kernel';
import { testService, type TestService } from '@naru/testing';
import { userMetricNames } from '../src/metrics';
import { login, metric, PASSWORD, signUp } from './client';
import { connectedRedis } from './redis';

const home = '203.0.113.77';
const attacker = '198.51.100.7';
const WINDOW_S = 300;
let redis: Redis;
let service: TestService;

beforeAll(async () => {
  redis = await connectedRedis();
  service = await testService('user', {
    ROLES: 'api',
    LOGIN_WINDOW_S: String(WINDOW_S),
    LOGIN_PAIR_FAILURES_MAX: '4',
    LOGIN_NETWORK_FAILURES_MAX: '8',
    LOGIN_ACCOUNT_FAILURES_MAX: '10',
  });
  await signUp(service, 'victim@example.com');
  await signUp(service, 'bystander@example.com');
});
afterAll(async () => {
  redis.disconnect();
  await service.stop();
});
beforeEach(async () => {
  await redis.del('login:none', ...(await redis.keys('login:*')));
});

async function fail(times: number, address: string, email = 'victim@example.com'): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < times; n++) statuses.push((await login(service.url, email, 'wrong', address)).status);
  return statuses;
}
const succeed = async (address: string, email = 'victim@example.com') =>
  (await login(service.url, email, PASSWORD, address)).status;

test('one network has so many failures with one account, then 429 with Retry-After, even for the right password', async () => {
  const before = await metric(service.url, userMetricNames.logins, { outcome: 'throttled' });
  expect(await fail(5, attacker)).toEqual([401, 401, 401, 401, 429]);
  const answer = await login(service.url, 'victim@example.com', PASSWORD, attacker);
  expect(answer).toMatchObject({ status: 429, body: { code: 'too-many-attempts' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(WINDOW_S - 30);
  expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(WINDOW_S);
  expect(await succeed(home)).toBe(200);
  expect(await metric(service.url, userMetricNames.logins, { outcome: 'throttled' })).toBe(before + 2);
});

test('writing the e-mail otherwise does not start a count anew', async () => {
  await fail(4, attacker);
  expect(await fail(1, attacker, ' Victim@EXAMPLE.com ')).toEqual([429]);
});

test('a success forgets the failures before it, so that typing errors do not add up for ever', async () => {
  for (let round = 0; round < 4; round++) {
    expect(await fail(3, home)).toEqual([401, 401, 401]);
    expect(await succeed(home)).toBe(200);
  }
});

test('successes count for nothing, however many there are', async () => {
  for (let n = 0; n < 12; n++) expect(await succeed(home)).toBe(200);
});

test('many at once do not slip through between counting and checking', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => login(service.url, 'victim@example.com', 'wrong', attacker)),
  );
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(4);
});

test('one network has so many failures over all accounts', async () => {
  const emails = Array.from({ length: 9 }, (_, index) => `guess-${index}@example.com`);
  const statuses: number[] = [];
  for (const email of emails) statuses.push(...(await fail(1, attacker, email)));
  expect(statuses).toEqual([...Array<number>(8).fill(401), 429]);
});

test('the addresses of one IPv6 network are one', async () => {
  const statuses: number[] = [];
  for (let n = 1; n <= 5; n++) statuses.push(...(await fail(1, `2001:db8:0:1::${n}`)));
  expect(statuses).toEqual([401, 401, 401, 401, 429]);
  expect(await fail(1, '2001:db8:0:2::1')).toEqual([401]);
});

describe('an account under attack from many networks', () => {
  beforeEach(async () => {
    expect(await succeed(home)).toBe(200);
    for (let n = 1; n <= 5; n++) await fail(2, `198.51.100.${n}`);
  });

  test('is closed to networks that it is not known from', async () => {
    expect(await fail(1, '198.51.100.99')).toEqual([429]);
    expect(await succeed('192.0.2.200')).toBe(429);
  });

  test('stays open to its owner, wrong passwords included', async () => {
    expect(await fail(2, home)).toEqual([401, 401]);
    expect(await succeed(home)).toBe(200);
  });

  test('leaves other accounts alone', async () => {
    expect(await succeed('192.0.2.200', 'bystander@example.com')).toBe(200);
  });
});

test('an owner at the network of an attacker signs in although the network is closed', async () => {
  expect(await succeed(attacker)).toBe(200);
  for (let n = 0; n < 9; n++) await fail(1, attacker, `guess-${n}@example.com`);
  expect(await fail(1, attacker, 'bystander@example.com')).toEqual([429]);
  expect(await succeed(attacker)).toBe(200);
});
