import { request as httpRequest } from 'node:http';
import { Type } from '@sinclair/typebox';
import type { Operation } from '@naru/contracts';
import {
  createHttpServer,
  createMetrics,
  execute,
  ProblemError,
  purgeIdempotencyKeys,
  route,
  select,
  type Database,
  type HttpServer,
} from '@naru/kernel';
import { eventually, testDatabase, testLog } from '@naru/testing';

const create = {
  id: 'createThing',
  service: 'board',
  summary: '',
  method: 'POST',
  path: '/things',
  access: 'user-or-direct',
  body: Type.Object(
    { name: Type.String(), note: Type.Optional(Type.String()), mood: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
  status: 200,
  answer: Type.Object({ id: Type.Integer() }),
  idempotent: true,
} as const satisfies Operation;

let database: Database;
let server: HttpServer;
let url: string;
/** What work waits for before it commits. */
let gate: Promise<void> = Promise.resolve();
let runs = 0;

beforeAll(async () => {
  database = await testDatabase();
  await database.raw('CREATE TABLE things (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) NOT NULL)');
  const createThing = route(create, (request) =>
    request.once(async (trx) => {
      runs++;
      const { insertId } = await execute(trx, 'INSERT INTO things (name) VALUES (?)', [request.body.name]);
      await gate;
      if (request.body.mood === 'refused') throw new ProblemError(409, 'refused', 'no');
      return { body: { id: insertId }, headers: { Location: `/things/${insertId}` } };
    }),
  );
  server = createHttpServer({
    routes: [createThing],
    metrics: createMetrics('test'),
    log: testLog,
    host: '127.0.0.1',
    port: 0,
    database,
    hmacSecret: 'ab'.repeat(32),
    isLive: () => true,
    isReady: () => null,
  });
  url = `http://127.0.0.1:${(await server.start()).port}/things`;
});
beforeEach(async () => {
  runs = 0;
  gate = Promise.resolve();
  await execute(database, 'DELETE FROM things');
  await execute(database, 'DELETE FROM idempotency_keys');
});
afterAll(async () => {
  await server?.stop();
  await database?.destroy();
});

async function post(body: object | string, key?: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    replayed: response.headers.get('idempotency-replayed'),
    location: response.headers.get('location'),
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as { id?: number; code?: string },
  };
}

/** Until then one that was sent after it may overtake it. */
const firstRuns = () => eventually('the first runs', () => runs === 1);

const things = async () => (await select<{ id: number }>(database, 'SELECT id FROM things')).length;
const keys = async () => (await select(database, 'SELECT operation FROM idempotency_keys')).length;

test('a repeat gets the first answer, header included, and has no effect of its own', async () => {
  const first = await post({ name: 'a', note: 'n' }, 'k');
  const repeat = await post('{"note":"n", "name":"a"}', 'k');
  expect(first).toMatchObject({ status: 200, replayed: null, location: `/things/${first.body.id}` });
  expect(repeat).toEqual({ ...first, replayed: 'true' });
  expect(await things()).toBe(1);
});

test('without a key each request has its effect', async () => {
  await post({ name: 'a' });
  await post({ name: 'a' });
  expect(await things()).toBe(2);
  expect(await keys()).toBe(0);
});

test('another body under the same key is refused', async () => {
  await post({ name: 'a' }, 'k');
  expect(await post({ name: 'b' }, 'k')).toMatchObject({
    status: 422,
    body: { code: 'idempotency-key-reused' },
  });
  expect(await things()).toBe(1);
});

test('users do not share keys with one another or with direct callers', async () => {
  const ids = [
    (await post({ name: 'a' }, 'k')).body.id,
    (await post({ name: 'a' }, 'k', { 'x-user-id': '1' })).body.id,
    (await post({ name: 'a' }, 'k', { 'x-user-id': '2' })).body.id,
  ];
  expect(new Set(ids).size).toBe(3);
});

test('keys differ by case', async () => {
  await post({ name: 'a' }, 'key');
  await post({ name: 'b' }, 'KEY');
  expect(await things()).toBe(2);
});

test('failed work leaves nothing behind, and the key is free again', async () => {
  expect(await post({ name: 'a', mood: 'refused' }, 'k')).toMatchObject({ status: 409 });
  expect([await things(), await keys()]).toEqual([0, 0]);
  expect(await post({ name: 'a' }, 'k')).toMatchObject({ status: 200, replayed: null });
});

test('repeats that come while the first runs wait for it and get its answer', async () => {
  let open = () => {};
  gate = new Promise((resolve) => (open = resolve));
  const all = Array.from({ length: 12 }, () => post({ name: 'a' }, 'k'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  open();
  const answers = await Promise.all(all);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.filter(({ replayed }) => replayed === 'true')).toHaveLength(11);
  expect([runs, await things(), await keys()]).toEqual([1, 1, 1]);
});

test('when the first fails, one of the waiting repeats takes its place', async () => {
  let fail = (_: Error) => {};
  gate = new Promise((_, reject) => (fail = reject));
  const first = post({ name: 'a' }, 'k');
  await firstRuns();
  const repeats = [post({ name: 'a' }, 'k'), post({ name: 'a' }, 'k')];
  await new Promise((resolve) => setTimeout(resolve, 200));
  const broken = gate.catch(() => undefined);
  fail(new Error('the first breaks'));
  gate = broken;
  expect((await first).status).toBe(500);
  const statuses = (await Promise.all(repeats)).map(({ status, replayed }) => [status, replayed]);
  expect(statuses.sort()).toEqual(
    [
      [200, 'true'],
      [200, null],
    ].sort(),
  );
  expect(await things()).toBe(1);
});

test('a repeat does not wait for ever', async () => {
  let open = () => {};
  gate = new Promise((resolve) => (open = resolve));
  const first = post({ name: 'a' }, 'k');
  await firstRuns();
  expect(await post({ name: 'a' }, 'k')).toMatchObject({
    status: 409,
    retryAfter: '1',
    body: { code: 'idempotency-key-in-use' },
  });
  open();
  expect((await first).status).toBe(200);
});

test('after 24 hours a key is new again', async () => {
  await post({ name: 'a' }, 'k');
  await execute(database, 'UPDATE idempotency_keys SET created_at = NOW(6) - INTERVAL 1441 MINUTE');
  expect(await post({ name: 'b' }, 'k')).toMatchObject({ status: 200, replayed: null });
  expect([await things(), await keys()]).toEqual([2, 1]);
});

test('purging removes keys of more than 24 hours and no others', async () => {
  for (const key of ['a', 'b', 'c']) await post({ name: key }, key);
  await execute(
    database,
    "UPDATE idempotency_keys SET created_at = NOW(6) - INTERVAL 1441 MINUTE WHERE idempotency_key <> 'c'",
  );
  expect(await purgeIdempotencyKeys(database)).toBe(2);
  expect(await keys()).toBe(1);
});

test('what was asked is not to be found in the table', async () => {
  await post({ name: 'correct horse battery' }, 'k');
  const [row] = await select(database, 'SELECT * FROM idempotency_keys');
  expect(JSON.stringify(row)).not.toContain('horse');
});

test.each(['', 'x'.repeat(256), 'caf\u00e9', 'a\tb'])('the key %j is refused', async (key) => {
  expect(await post({ name: 'a' }, key)).toMatchObject({
    status: 400,
    body: { code: 'idempotency-key-invalid' },
  });
});

test('two keys are refused', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': ['a', 'a'] };
    httpRequest(url, { method: 'POST', headers }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end('{"name":"a"}');
  });
  expect(status).toBe(400);
});
