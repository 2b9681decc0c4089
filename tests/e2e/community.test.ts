import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topics, type TopicName } from '@naru/contracts';
import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '../support/eventually';
import { client, signIn, type User } from '../support/client';
import { startNaru, type Naru } from './naru';
import { scenario } from './report';

let naru: Naru;
let hana: User;
const hanaInput = { email: 'hana@example.com', name: '하나 Hana', password: 'crossing-the-river' };

beforeAll(async () => {
  naru = await startNaru();
}, 180_000);
afterAll(() => naru.stop(), 60_000);

const balance = async (user: User) => Number((await user.client.get('/api/points/me')).body.balance);
const score = async (user: User) => Number((await user.client.get('/api/users/me')).body.activityScore);

scenario(
  'Sign-up answers 204, and the 1000 points are there at once',
  [
    { source: 'A', promise: 'sign-up: user stored, 1000 points by a synchronous call, 204' },
    { source: 'A', promise: 'login issues a JWT; the gateway verifies it and hands on the user id' },
  ],
  async (record) => {
    const signedUp = await naru.gateway.post('/api/users/sign-up', hanaInput);
    record.http('POST /api/users/sign-up', { ...hanaInput, password: '…' }, signedUp);
    expect(signedUp.status).toBe(204);
    const login = await naru.gateway.post('/api/users/login', {
      email: hanaInput.email,
      password: hanaInput.password,
    });
    record.http('POST /api/users/login', { email: hanaInput.email, password: '…' }, login);
    expect(login.body).toMatchObject({ tokenType: 'Bearer', expiresIn: 3600 });
    hana = await signIn(naru.gateway, hanaInput.email, hanaInput.password);
    const points = await hana.client.get('/api/points/me');
    record.http('GET /api/points/me', undefined, points);
    expect(points.body).toEqual({ userId: hana.userId, balance: 1000 });
    const me = await hana.client.get('/api/users/me');
    record.http('GET /api/users/me', undefined, me);
    expect(me.body).toEqual({
      userId: hana.userId,
      email: hanaInput.email,
      name: hanaInput.name,
      activityScore: 0,
    });
  },
);

scenario(
  'The welcome mail is sent once, and the send log has it',
  [
    { source: 'B', promise: 'signing up sends a welcome mail by way of Kafka' },
    { source: 'B', promise: 'the mail service keeps a send log' },
  ],
  async (record) => {
    const [mail, ...more] = await eventually('the mail', async () => {
      const found = await naru.mails(hanaInput.email);
      return found.length > 0 && found;
    });
    expect(more).toEqual([]);
    record.effect(`the mail catcher has one mail to ${hanaInput.email}: “${mail?.subject}”`);
    const path = `/internal/emails?userId=${hana.userId}`;
    const log = await eventually('the send log', async () => {
      const answer = await naru.direct('email').get(path);
      return answer.body[0]?.status === 'SENT' && answer;
    });
    record.http(`GET :8089${path}`, undefined, log);
    expect(log.body).toHaveLength(1);
    expect(log.body[0]).toMatchObject({
      userId: hana.userId,
      recipient: hanaInput.email,
      topic: 'user.signed-up',
    });
  },
);

scenario(
  'A board costs 100 points and earns 10 score, and is listed with its author’s name',
  [
    {
      source: 'A',
      promise: 'writing a board: 204 after the local transaction; points and score follow by event',
    },
    {
      source: 'A',
      promise: 'boards are read with the replicated user’s name, without calling the user service',
    },
  ],
  async (record) => {
    const input = { title: '첫 글 ⛵', content: 'Things arrive and leave.' };
    const written = await hana.client.post('/api/boards', input);
    record.http('POST /api/boards', input, written);
    expect(written.status).toBe(204);
    const location = String(written.headers.get('location'));
    expect(location).toMatch(/^\/api\/boards\/\d+$/);
    const list = await hana.client.get('/api/boards');
    record.http('GET /api/boards', undefined, list);
    expect(list.body[0]).toMatchObject({ ...input, user: { userId: hana.userId, name: hanaInput.name } });
    const one = await hana.client.get(location);
    expect(one.body).toEqual(list.body[0]);
    await eventually(
      'points and score',
      async () => (await balance(hana)) === 900 && (await score(hana)) === 10,
      5_000,
    );
    record.http('GET /api/points/me', undefined, await hana.client.get('/api/points/me'));
    record.http('GET /api/users/me', undefined, await hana.client.get('/api/users/me'));
    const entries = await hana.client.get('/api/points/me/entries');
    record.http('GET /api/points/me/entries', undefined, entries);
    expect(entries.body.map(({ amount }: { amount: number }) => amount)).toEqual([-100, 1000]);
  },
);

scenario(
  'Of eleven boards the eleventh disappears again: its author cannot pay for it',
  [
    {
      source: 'A',
      promise: 'choreography SAGA with compensation: a refused deduction takes board and score back',
    },
  ],
  async (record) => {
    const user = await naru.newUser('Eleven');
    const locations: string[] = [];
    for (let board = 1; board <= 11; board++) {
      const { headers } = await user.client.post('/api/boards', { title: `board ${board}`, content: 'x' });
      locations.push(String(headers.get('location')));
    }
    const last = locations[10] as string;
    await eventually('the eleventh is hidden', async () => (await user.client.get(last)).status === 404);
    await eventually(
      'balance 0, score 100',
      async () => (await balance(user)) === 0 && (await score(user)) === 100,
    );
    const gone = await user.client.get(last);
    record.http(`GET ${last}`, undefined, gone);
    record.http('GET /api/points/me', undefined, await user.client.get('/api/points/me'));
    record.http('GET /api/users/me', undefined, await user.client.get('/api/users/me'));
    const { body } = await user.client.get('/api/boards?limit=100');
    const mine = body.filter((board: { user: { userId: number } }) => board.user.userId === user.userId);
    expect(mine).toHaveLength(10);
    expect((await user.client.get(locations[9] as string)).status).toBe(200);
  },
);

scenario(
  'A changed name arrives at the boards',
  [{ source: 'A', promise: 'sign-up and profile change are published and replicated (user.signed-up)' }],
  async (record) => {
    const changed = await hana.client.patch('/api/users/me', { name: '새 이름' });
    record.http('PATCH /api/users/me', { name: '새 이름' }, changed);
    expect(changed.body).toMatchObject({ userId: hana.userId, name: '새 이름' });
    await eventually('the boards know', async () => {
      const { body } = await hana.client.get('/api/boards?limit=100');
      const boards = body as { user: { userId: number; name: string } }[];
      const mine = boards.filter(({ user }) => user.userId === hana.userId);
      return mine.length > 0 && mine.every(({ user }) => user.name === '새 이름');
    });
    record.effect('GET /api/boards shows the author as 새 이름');
    expect(await naru.mails(hanaInput.email)).toHaveLength(1);
    record.effect('no second welcome mail was sent');
  },
);

scenario(
  'Internal paths are not to be had from outside, whatever the spelling',
  [{ source: 'A', promise: 'internal APIs are never exposed by the gateway' }],
  async (record) => {
    const paths = [
      `/internal/users/${hana.userId}`,
      '/internal/points/add',
      '/internal/users',
      '/.well-known/jwks.json',
    ];
    for (const path of paths) {
      const answer = await hana.client.get(path);
      expect(answer.status).toBe(404);
      if (path === paths[0]) record.http(`GET ${path}`, undefined, answer);
    }
    for (const path of [
      '/api/..%2finternal/users/1',
      '/%2e%2e/internal/users/1',
      '//internal/users/1',
      '/api%2Finternal',
    ]) {
      expect([400, 404]).toContain((await hana.client.get(path)).status);
    }
    const directly = await naru.direct('user').get(`/internal/users/${hana.userId}`);
    record.http(`GET :8084/internal/users/${hana.userId}`, undefined, directly);
    expect(directly.body).toMatchObject({ userId: hana.userId, email: hanaInput.email });
    const both = await naru.direct('user').get(`/internal/users?ids=${hana.userId},999999`);
    expect(both.body).toHaveLength(1);
    expect((await naru.direct('point').get(`/internal/points/${hana.userId}`)).body.balance).toBe(900);
  },
);

scenario(
  'After logout the token is refused',
  [{ source: 'design', promise: 'logout: the token’s jti is refused from then on' }],
  async (record) => {
    const user = await naru.newUser('Leaving');
    const out = await user.client.post('/api/users/logout');
    record.http('POST /api/users/logout', undefined, out);
    expect(out.status).toBe(204);
    const refused = await user.client.get('/api/users/me');
    record.http('GET /api/users/me', undefined, refused);
    expect(refused.status).toBe(401);
    const again = await signIn(naru.gateway, user.email, user.password);
    expect((await again.client.get('/api/users/me')).status).toBe(200);
  },
);

scenario(
  'Another user’s profile comes without e-mail; wrong credentials are all alike',
  [{ source: 'design', promise: 'object-level checks; 401 alike for unknown user and wrong password' }],
  async (record) => {
    const other = await naru.newUser('Other');
    const seen = await other.client.get(`/users/${hana.userId}`);
    record.http(`GET /users/${hana.userId}`, undefined, seen);
    expect(seen.body).toEqual({ userId: hana.userId, name: '새 이름', activityScore: 10 });
    const wrong = await naru.gateway.post('/login', { email: hanaInput.email, password: 'not-the-password' });
    const unknown = await naru.gateway.post('/login', {
      email: 'nobody@example.com',
      password: 'not-the-password',
    });
    record.http('POST /login', { email: hanaInput.email, password: '…' }, wrong);
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const alike = ({ code, title, detail, status }: Record<string, unknown>) => ({
      code,
      title,
      detail,
      status,
    });
    expect(alike(unknown.body)).toEqual(alike(wrong.body));
  },
);

scenario(
  'A repeated request with the same Idempotency-Key has one effect',
  [{ source: 'design', promise: 'Idempotency-Key on POSTs that create' }],
  async (record) => {
    const user = await naru.newUser('Twice');
    const key = { 'idempotency-key': 'one-board' };
    const input = { title: 'once', content: 'only' };
    const first = await user.client.post('/api/boards', input, key);
    const second = await user.client.post('/api/boards', input, key);
    record.http('POST /api/boards (Idempotency-Key: one-board)', input, second);
    expect([first.status, second.status]).toEqual([204, 204]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    const other = await user.client.post('/api/boards', { ...input, title: 'another' }, key);
    record.http('POST /api/boards (Idempotency-Key: one-board)', { ...input, title: 'another' }, other);
    expect(other.status).toBe(422);
    await eventually('paid once', async () => (await balance(user)) === 900);
  },
);

scenario(
  'One of three partitions for each of three mail consumers, one leader on each of three brokers',
  [
    { source: 'B', promise: 'user.signed-up has 3 partitions, RF 3, with one leader on each node' },
    { source: 'B', promise: 'a group of three mail consumers, each owning one partition' },
  ],
  async (record) => {
    const brokers = naru.platform.urls.kafkaBrokers.split(',');
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { topics: described } = await admin.fetchTopicMetadata({ topics: Object.keys(topics) });
    for (const { name, partitions } of described.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const leaders = partitions.map(({ leader }) => leader).sort();
      // Those of three partitions are brokers 1, 2 and 3; a topic of one has one of them.
      expect([1, 2, 3]).toEqual(expect.arrayContaining(leaders));
      expect(new Set(leaders).size).toBe(topics[name as TopicName].partitions);
      expect(partitions.every(({ replicas }) => replicas.length === 3)).toBe(true);
      record.effect(
        `${name}: partitions ${partitions.length}, each with 3 replicas, led by brokers ${leaders.join(', ')}`,
      );
    }
    const assignments = await eventually('three members', async () => {
      const { groups } = await admin.describeGroups(['email-consumer-group']);
      const members = groups[0]?.members ?? [];
      return members.length === 3 && members.map(({ memberAssignment }) => memberAssignment);
    });
    await admin.disconnect();
    const owned = assignments.map((bytes) => partitionsIn(bytes));
    expect(owned.map((partitions) => partitions.length)).toEqual([1, 1, 1]);
    expect(owned.flat().sort()).toEqual([0, 1, 2]);
    record.effect('email-consumer-group: three members, owning one partition each');
  },
);

test('public routes, docs and problem details', async () => {
  expect((await naru.gateway.get('/welcome')).status).toBe(200);
  expect((await naru.gateway.get('/docs')).headers.get('content-type')).toMatch(/html/);
  const { body } = await naru.gateway.get('/openapi.json');
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining(['/api/boards', '/signup', '/users/{userId}']),
  );
  expect(Object.keys(body.paths).some((path) => path.startsWith('/internal'))).toBe(false);
  const refused = await client(naru.gateway.url).get('/api/boards');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(refused.body).toMatchObject({ status: 401, code: expect.any(String), traceId: expect.any(String) });
});

test('lists are pages, newest first, joined by Link', async () => {
  const first = await hana.client.get('/api/boards?limit=4');
  const next = /<([^>]+)>; *rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await hana.client.get(next.replace(/^https?:\/\/[^/]+/, ''));
  const ids = [...first.body, ...second.body].map(({ boardId }: { boardId: number }) => boardId);
  expect(first.body).toHaveLength(4);
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  expect(new Set(ids).size).toBe(ids.length);
});

/** Partition numbers in a consumer protocol assignment: version, topics of (name, partitions), as in Kafka's protocol. */
function partitionsIn(assignment: Buffer): number[] {
  let at = 2;
  const int32 = () => assignment.readInt32BE((at += 4) - 4);
  const partitions: number[] = [];
  for (let topicsLeft = int32(); topicsLeft > 0; topicsLeft--) {
    at += 2 + assignment.readInt16BE(at);
    for (let left = int32(); left > 0; left--) partitions.push(int32());
  }
  return partitions;
}
