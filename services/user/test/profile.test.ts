import { topicOf } from '@naru/contracts';
import { createCodec, naruContracts, type Broker } from '@naru/kernel';
import { eventually, recordsOf, testBroker, testService, type TestService } from '@naru/testing';
import { call, signUp, throughGateway } from './client';

const topic = topicOf('user.updated');
const UNKNOWN = 4_000_000_000;
let broker: Broker;
let service: TestService;
let kim: number;
let lee: number;

beforeAll(async () => {
  broker = testBroker();
  service = await testService('user', { ROLES: 'api' });
  kim = await signUp(service, 'profile-kim@example.com', '김나루');
  lee = await signUp(service, 'profile-lee@example.com', 'Lee');
});
afterAll(async () => {
  await service.stop();
  await broker.disconnect();
});

const as = (userId?: number) => throughGateway('203.0.113.1', userId);
const get = (path: string, headers = {}) => call('GET', service.url + path, undefined, headers);
const rename = (userId: number, name: string) =>
  call('PATCH', `${service.url}/api/users/me`, { name }, as(userId));
const updatesOf = async (email: string) => {
  const codec = createCodec(naruContracts);
  const records = await recordsOf(broker, topic);
  return records
    .map((record) => codec.decode(record))
    .filter(({ data }) => 'email' in data && data.email === email);
};
const versionsWritten = async (email: string) => {
  const rows = await service
    .database('outbox')
    .whereRaw('payload LIKE ?', [`%"${email}"%`])
    .orderBy('id');
  return (rows as { payload: Buffer }[]).map(
    ({ payload }) => JSON.parse(payload.toString()) as { version: number },
  );
};

test('a word of welcome', async () => {
  const { status, body, headers } = await get('/welcome', as());
  expect({ status, type: headers.get('content-type') }).toEqual({
    status: 200,
    type: 'text/plain; charset=utf-8',
  });
  expect(body).toContain('Naru');
});

describe('reading', () => {
  const ofKim = () => ({ userId: kim, email: 'profile-kim@example.com', name: '김나루', activityScore: 0 });

  test("one's own profile has the e-mail", async () => {
    expect((await get('/api/users/me', as(kim))).body).toEqual(ofKim());
    expect((await get(`/api/users/${kim}`, as(kim))).body).toEqual(ofKim());
  });

  test("another's has not, and a direct caller sees all", async () => {
    const { email: _, ...withoutEmail } = ofKim();
    expect((await get(`/api/users/${kim}`, as(lee))).body).toEqual(withoutEmail);
    expect((await get(`/api/users/${kim}`)).body).toEqual(ofKim());
    expect((await get(`/internal/users/${kim}`)).body).toEqual(ofKim());
  });

  test.each([
    ['/api/users/me', 401, () => as()],
    ['/api/users/1', 401, () => as()],
    ['/api/users/me', 404, () => as(UNKNOWN)],
    [`/api/users/${UNKNOWN}`, 404, () => as(1)],
    ['/api/users/0', 400, () => as(1)],
    [`/internal/users/${UNKNOWN}`, 404, () => ({})],
    ['/internal/users/1', 404, () => as(1)],
    ['/internal/users?ids=1', 404, () => as(1)],
    ['/internal/users', 400, () => ({})],
    ['/internal/users?ids=1,,2', 400, () => ({})],
    [
      `/internal/users?ids=${Array.from({ length: 101 }, (_, index) => index + 1).join(',')}`,
      400,
      () => ({}),
    ],
  ])('GET %s is answered %d', async (path, status, headers) => {
    expect((await get(path, headers())).status).toBe(status);
  });

  test('several at once, each once, without those that there are not', async () => {
    const { status, body } = await get(
      `/internal/users?ids=${lee},${UNKNOWN},${kim},${lee},9999999999999999`,
    );
    expect(status).toBe(200);
    expect((body as { userId: number }[]).map(({ userId }) => userId)).toEqual(
      [kim, lee].sort((a, b) => a - b),
    );
    expect((await get('/internal/users?ids=9999999999999999')).body).toEqual([]);
  });
});

describe('a new name', () => {
  test('is a new version, and an event with the whole snapshot', async () => {
    const { status, body } = await rename(lee, '이나루');
    expect({ status, body }).toEqual({
      status: 200,
      body: { userId: lee, email: 'profile-lee@example.com', name: '이나루', activityScore: 0 },
    });
    const events = await eventually('the event in Kafka', async () => {
      const updates = await updatesOf('profile-lee@example.com');
      return updates.length >= 2 && updates;
    });
    expect(events.map(({ type, data }) => ({ type, ...data }))).toEqual([
      { type: 'user.signed-up', userId: lee, name: 'Lee', email: 'profile-lee@example.com', version: 1 },
      { type: 'user.updated', userId: lee, name: '이나루', email: 'profile-lee@example.com', version: 2 },
    ]);
  });

  test('that is the old one publishes nothing', async () => {
    expect((await rename(lee, '이나루')).status).toBe(200);
    expect(await versionsWritten('profile-lee@example.com')).toHaveLength(2);
  });

  test('given many times at once, has as many versions in the order of the events', async () => {
    const userId = await signUp(service, 'profile-park@example.com', 'Park');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => rename(userId, `Park ${index}`)),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const versions = await versionsWritten('profile-park@example.com');
    expect(versions.map(({ version }) => version)).toEqual(
      Array.from({ length: 11 }, (_, index) => index + 1),
    );
    const [row] = (await service.database('users').where({ user_id: userId })) as object[];
    expect(versions.at(-1)).toMatchObject({ name: (row as { name: string }).name, version: 11 });
  });

  test.each([
    [{ name: '' }],
    [{ name: 'a\u0000b' }],
    [{ name: 'x'.repeat(51) }],
    [{}],
    [{ name: 'x', version: 9 }],
  ])('as %j is refused', async (body) => {
    expect((await call('PATCH', `${service.url}/api/users/me`, body, as(kim))).status).toBe(400);
  });

  test('of 50 characters beyond the basic plane is kept whole', async () => {
    const name = '🛶'.repeat(50);
    expect((await rename(kim, name)).body).toMatchObject({ name });
    expect((await get(`/internal/users/${kim}`)).body).toMatchObject({ name });
  });
});
