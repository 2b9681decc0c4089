import { httpHeaders, topicOf, topics } from '@naru/contracts';
import { createCodec, naruContracts, partitionOf, type Broker } from '@naru/kernel';
import { eventually, recordsOf, testBroker, testService, type TestService } from '@naru/testing';
import { userMetricNames } from '../src/metrics';
import { call, metric, PASSWORD, signUp } from './client';
import { pointServer } from './point-server';

const topic = topicOf('user.signed-up');
let point: Awaited<ReturnType<typeof pointServer>>;
let service: TestService;
let broker: Broker;

beforeAll(async () => {
  point = await pointServer();
  broker = testBroker();
  service = await testService('user', { ROLES: 'api', POINT_SERVICE_URL: point.url });
});
afterAll(async () => {
  await service.stop();
  await Promise.all([point.stop(), broker.disconnect()]);
});
beforeEach(() => point.be('granting'));

const post = (body: object, headers = {}) => call('POST', `${service.url}/api/users/sign-up`, body, headers);
const form = (email: string) => ({ email, name: '김나루', password: PASSWORD });
const eventsOf = (email: string) =>
  service
    .database('outbox')
    .where({ topic })
    .whereRaw('payload LIKE ?', [`%"${email}"%`]);
const textOf = async (...tables: string[]) => {
  const rows = await Promise.all(tables.map((table) => service.database(table) as Promise<object[]>));
  return rows.flat().flatMap(Object.values).join('\n');
};
const usersOf = (email: string) => service.database('users').where({ email });

test('signing up creates the user, the event and the points', async () => {
  const before = await metric(service.url, userMetricNames.signUpPoints, { outcome: 'granted' });

  expect((await post(form('Kim@Example.COM'))).status).toBe(204);

  const [user] = (await usersOf('kim@example.com')) as { user_id: number; password_hash: string }[];
  expect(user).toMatchObject({ name: '김나루', activity_score: 0, version: 1 });
  expect(user?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);

  const userId = user?.user_id ?? 0;
  const body = { userId, amount: 1_000 };
  expect(point.calls).toEqual([{ path: '/internal/points/add', key: `signup:${userId}`, body }]);

  const events = await eventsOf('kim@example.com');
  expect(events).toHaveLength(1);
  const record = await eventually('the event in Kafka', async () =>
    (await recordsOf(broker, topic)).find(({ value }) => value?.includes('kim@example.com')),
  );
  const key = Buffer.from(String(userId));
  expect(record.key).toEqual(key);
  expect(record.partition).toBe(partitionOf(topic, key, topics[topic].partitions));
  expect(createCodec(naruContracts).decode(record)).toMatchObject({
    type: 'user.signed-up',
    subject: String(userId),
    data: { userId, name: '김나루', email: 'kim@example.com', version: 1 },
  });
  expect(await metric(service.url, userMetricNames.signUpPoints, { outcome: 'granted' })).toBe(before + 1);
});

test('an e-mail that has an account is refused, whatever its case', async () => {
  await signUp(service, 'taken@example.com');
  point.be('granting');
  const answer = await post(form('TAKEN@example.com'));
  expect(answer).toMatchObject({ status: 409, body: { code: 'email-taken' } });
  expect(point.calls).toEqual([]);
  expect(await eventsOf('taken@example.com')).toHaveLength(1);
});

test('of several at the same time with one e-mail exactly one gets the account', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(form('race@example.com'))));
  expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array<number>(7).fill(409)]);
  expect(await usersOf('race@example.com')).toHaveLength(1);
  expect(await eventsOf('race@example.com')).toHaveLength(1);
  expect(point.calls).toHaveLength(1);
});

describe('with an Idempotency-Key', () => {
  const headers = { [httpHeaders.idempotencyKey]: 'sign-up-1' };

  test('a repeat gets the first answer and does nothing again', async () => {
    expect(
      (await post(form('once@example.com'), headers)).headers.get(httpHeaders.idempotencyReplayed),
    ).toBeNull();
    const again = await post(form('once@example.com'), headers);
    expect(again.status).toBe(204);
    expect(again.headers.get(httpHeaders.idempotencyReplayed)).toBe('true');
    expect(await eventsOf('once@example.com')).toHaveLength(1);
    expect(point.calls).toHaveLength(1);
  });

  test('several at the same time are one', async () => {
    const key = { [httpHeaders.idempotencyKey]: 'sign-up-2' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(form('same@example.com'), key)));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(6).fill(204));
    expect(await eventsOf('same@example.com')).toHaveLength(1);
    expect(point.calls).toHaveLength(1);
  });

  test('another request under the same key is refused', async () => {
    const answer = await post({ ...form('once@example.com'), password: 'another password' }, headers);
    expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  test('the password is in no table, no event and no log', async () => {
    const text = await textOf('idempotency_keys', 'outbox', 'users');
    expect(text).toContain('once@example.com');
    expect(text).not.toContain(PASSWORD);
    expect(service.log()).not.toContain(PASSWORD);
  });
});

test.each([
  ['no e-mail address', { ...form('nobody'), email: 'nobody' }, 'email'],
  ['a short password', { ...form('short@example.com'), password: '1234567' }, 'password'],
  ['a name of two lines', { ...form('lines@example.com'), name: 'a\nb' }, 'name'],
  ['an unknown field', { ...form('admin@example.com'), isAdmin: true }, 'isAdmin'],
])('%s is refused and nothing is written', async (_, body, field) => {
  const answer = await post(body);
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  expect(await usersOf(body.email)).toEqual([]);
  expect(point.calls).toEqual([]);
});

describe('while the point service', () => {
  test('fails, sign-up succeeds all the same', async () => {
    point.be('failing');
    const before = await metric(service.url, userMetricNames.signUpPoints, { outcome: 'failed' });
    await signUp(service, 'failing@example.com');
    expect(point.calls).toHaveLength(1);
    expect(await eventsOf('failing@example.com')).toHaveLength(1);
    expect(await metric(service.url, userMetricNames.signUpPoints, { outcome: 'failed' })).toBe(before + 1);
  });

  test('never answers, sign-up gives up waiting and succeeds', async () => {
    point.be('silent');
    const calls = point.calls.length;
    await signUp(service, 'silent@example.com');
    expect(point.calls).toHaveLength(calls + 1);
    expect(await eventsOf('silent@example.com')).toHaveLength(1);
  });
});

describe('a burst', () => {
  let burst: TestService;

  beforeAll(async () => {
    const cheap = { PASSWORD_MEMORY_KIB: '8', PASSWORD_PASSES: '1', PASSWORD_QUEUE_MAX: '1000' };
    burst = await testService('user', { ROLES: 'api', POINT_SERVICE_URL: point.url, ...cheap });
  });
  afterAll(() => burst.stop());

  test('does not wait in line for a silent point service: calls beyond 16 are skipped', async () => {
    point.be('silent');
    const emails = Array.from({ length: 80 }, (_, index) => `burst-${index}@example.com`);
    const userIds = await Promise.all(emails.map((email) => signUp(burst, email)));
    expect(new Set(userIds).size).toBe(80);
    const skipped = await metric(burst.url, userMetricNames.signUpPoints, { outcome: 'skipped' });
    const failed = await metric(burst.url, userMetricNames.signUpPoints, { outcome: 'failed' });
    expect(skipped).toBeGreaterThan(0);
    expect(point.calls).toHaveLength(failed);
    expect(skipped + failed).toBe(80);
  });
});

describe('the hashing queue', () => {
  let narrow: TestService;

  beforeAll(async () => {
    const limits = { PASSWORD_HASHES_MAX: '1', PASSWORD_QUEUE_MAX: '2', PASSWORD_PASSES: '8' };
    narrow = await testService('user', { ROLES: 'api', POINT_SERVICE_URL: point.url, ...limits });
  });
  afterAll(() => narrow.stop());

  test('refuses beyond its bound with 503 and Retry-After, and takes all again later', async () => {
    const body = { email: 'nobody@example.com', password: PASSWORD };
    const attempt = () => call('POST', `${narrow.url}/api/users/login`, body);
    const answers = await Promise.all(Array.from({ length: 20 }, attempt));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
    expect(refused[0]?.body).toMatchObject({ code: 'too-many-passwords' });
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(20 - refused.length);
    expect(await metric(narrow.url, userMetricNames.hashesRefused)).toBe(refused.length);
    expect(await metric(narrow.url, userMetricNames.hashesWaiting)).toBe(0);
    expect((await attempt()).status).toBe(401);
  });
});
