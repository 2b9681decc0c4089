import { randomInt, randomUUID } from 'node:crypto';
import { deadLetterHeaders, eventHeaders, type BoardCreated } from '@naru/contracts';
import { headerText, metricNames, type Broker, type IncomingRecord } from '@naru/kernel';
import {
  drained,
  eventually,
  publish,
  recordsOf,
  testBroker,
  testService,
  type TestService,
} from '@naru/testing';

let point: TestService;
let broker: Broker;

beforeAll(async () => {
  point = await testService('point');
  broker = testBroker();
});

afterAll(async () => {
  const exitCode = await point?.stop();
  await broker?.disconnect();
  expect(exitCode).toBe(0);
});

/** After all tests, whatever they did: every balance is the sum of its entries. */
afterEach(async () => {
  const [wrong] = await point.database
    .raw(`SELECT a.user_id, a.balance, SUM(e.amount) AS entries FROM accounts a
    LEFT JOIN entries e ON e.user_id = a.user_id GROUP BY a.user_id, a.balance
    HAVING a.balance <> COALESCE(SUM(e.amount), 0) OR a.balance < 0`);
  expect(wrong).toEqual([]);
});

const newUser = () => randomInt(1, 2 ** 47);
const newBoard = newUser;

interface Answer {
  status: number;
  body: { balance?: number; code?: string };
  replayed: boolean;
}

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${point.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const replayed = response.headers.get('idempotency-replayed') === 'true';
  return { status: response.status, body: (await response.json()) as Answer['body'], replayed };
}

const under = (key: string) => ({ 'idempotency-key': key });
const add = (userId: number, amount: number, key?: string) =>
  post('/internal/points/add', { userId, amount }, key ? under(key) : {});
const deduct = (userId: number, amount: number, key?: string) =>
  post('/internal/points/deduct', { userId, amount }, key ? under(key) : {});
/** What the user service does at sign-up. */
const grant = (userId: number) => add(userId, 1_000, `signup:${userId}`);

async function get<T>(
  path: string,
  userId?: number,
): Promise<{ status: number; body: T; link: string | null }> {
  const headers: Record<string, string> = userId === undefined ? {} : { 'x-user-id': String(userId) };
  const response = await fetch(`${point.url}${path}`, { headers });
  return { status: response.status, body: (await response.json()) as T, link: response.headers.get('link') };
}

async function balance(userId: number): Promise<number> {
  return (await get<{ balance: number }>('/api/points/me', userId)).body.balance;
}

interface Entry {
  entryId: number;
  amount: number;
  reason: string;
  createdAt: string;
}

async function entries(userId: number): Promise<[string, number][]> {
  const { body } = await get<Entry[]>('/api/points/me/entries?limit=100', userId);
  return body.map(({ reason, amount }) => [reason, amount]);
}

const signUp = (userId: number, id?: string) =>
  publish(broker, 'user.signed-up', { userId, name: 'n', email: 'n@naru.example', version: 1 }, id);
const writeBoard = (userId: number, boardId: number, id?: string) =>
  publish(broker, 'board.created', { boardId, userId, title: 't', version: 1 } satisfies BoardCreated, id);

async function writeBoards(userId: number, count: number): Promise<number[]> {
  const first = newBoard();
  const boardIds = Array.from({ length: count }, (_, nth) => first + nth);
  for (const boardId of boardIds) await writeBoard(userId, boardId);
  return boardIds;
}

function deduction(boardId: number): Promise<{ status: string } | undefined> {
  return point.database('deductions').where({ board_id: boardId }).first();
}

function decided(boardId: number, status: string): Promise<unknown> {
  return eventually(`deduction ${status}`, async () => (await deduction(boardId))?.status === status);
}

async function rejectionsOf(userId: number): Promise<IncomingRecord[]> {
  const records = await recordsOf(broker, 'point.deduction-rejected.v1');
  return records.filter((record) => record.key?.toString() === String(userId));
}

async function metric(name: string, ...labels: string[]): Promise<number> {
  const lines = (await (await fetch(`${point.url}/metrics`)).text()).split('\n');
  const sample = lines.find(
    (line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)),
  );
  return Number(sample?.split(' ').at(-1) ?? 0);
}

const consumed = (topic: string, outcome: string) =>
  metric(metricNames.consumed, `messaging_destination_name="${topic}"`, `outcome="${outcome}"`);

describe('a sign-up', () => {
  it('brings 1000 points by its event', async () => {
    const userId = newUser();
    const before = await consumed('user.signed-up', 'processed');
    await signUp(userId);
    await eventually('the grant', async () => (await balance(userId)) === 1_000);
    expect(await entries(userId)).toEqual([['SIGN_UP', 1_000]]);
    expect(await get(`/internal/points/${userId}`)).toMatchObject({
      status: 200,
      body: { userId, balance: 1_000 },
    });
    expect(await consumed('user.signed-up', 'processed')).toBeGreaterThan(before);
    const [row] = await point.database('outbox').where({ record_key: Buffer.from(String(userId)) });
    expect(row).toBeUndefined();
  });

  it('brings them once when the call comes first and the event after', async () => {
    const userId = newUser();
    expect(await grant(userId)).toMatchObject({ status: 200, body: { userId, balance: 1_000 } });
    const id = await signUp(userId);
    await received(id);
    expect(await entries(userId)).toEqual([['SIGN_UP', 1_000]]);
  });

  it('brings them once when the event comes first and the call after, which gets the balance of now', async () => {
    const userId = newUser();
    await signUp(userId);
    await eventually('the grant', async () => (await balance(userId)) === 1_000);
    await add(userId, 5);
    expect(await grant(userId)).toMatchObject({
      status: 200,
      body: { userId, balance: 1_005 },
      replayed: false,
    });
    expect(await grant(userId)).toMatchObject({ status: 200, replayed: true });
    expect(await entries(userId)).toEqual([
      ['ADDED', 5],
      ['SIGN_UP', 1_000],
    ]);
  });

  it('brings them once when calls and events come at the same time', async () => {
    const users = Array.from({ length: 20 }, newUser);
    const calls = Promise.all(users.flatMap((userId) => [grant(userId), grant(userId)]));
    const ids = [];
    for (const userId of users) ids.push(await signUp(userId), await signUp(userId));
    for (const id of ids) await received(id);
    expect(new Set((await calls).map(({ status }) => status))).toEqual(new Set([200]));
    for (const userId of users) expect(await entries(userId)).toEqual([['SIGN_UP', 1_000]]);
  });

  it('has a key that stands for nothing else', async () => {
    const [userId, other] = [newUser(), newUser()];
    const reused = { status: 422, body: { code: 'idempotency-key-reused' } };
    expect(await add(userId, 1, `signup:${userId}`)).toMatchObject(reused);
    expect(await add(userId, 1_000, `signup:${other}`)).toMatchObject(reused);
    expect(await deduct(userId, 1_000, `signup:${userId}`)).toMatchObject(reused);
    expect(await add(userId, 100, 'board:7')).toMatchObject(reused);
    expect(await get(`/internal/points/${userId}`)).toMatchObject({ status: 404 });
  });
});

describe('a board', () => {
  it('costs 100 points', async () => {
    const userId = newUser();
    await grant(userId);
    const [boardId] = await writeBoards(userId, 1);
    await decided(boardId!, 'DEDUCTED');
    expect(await entries(userId)).toEqual([
      ['BOARD', -100],
      ['SIGN_UP', 1_000],
    ]);
  });

  it('waits when it comes before the sign-up, and is paid in the transaction that brings the points', async () => {
    const userId = newUser();
    const [boardId] = await writeBoards(userId, 1);
    await decided(boardId!, 'PENDING');
    expect(await get(`/internal/points/${userId}`)).toMatchObject({
      status: 404,
      body: { code: 'account-unknown' },
    });
    await signUp(userId);
    await decided(boardId!, 'DEDUCTED');
    expect(await balance(userId)).toBe(900);
  });

  it.each(['call', 'event'])('that is the eleventh is rejected when all come before the %s', async (by) => {
    const userId = newUser();
    const boardIds = await writeBoards(userId, 11);
    await decided(boardIds[10]!, 'PENDING');
    if (by === 'call') expect(await grant(userId)).toMatchObject({ status: 200, body: { balance: 0 } });
    else await signUp(userId);
    await decided(boardIds[10]!, 'REJECTED');
    for (const boardId of boardIds.slice(0, 10)) await decided(boardId, 'DEDUCTED');
    expect(await balance(userId)).toBe(0);
    await drained(point.database);
    const [event, ...more] = await rejectionsOf(userId);
    expect(more).toEqual([]);
    const data = { userId, boardId: boardIds[10], amount: 100, balance: 0 };
    expect(JSON.parse(event!.value!.toString())).toEqual(data);
  });

  it('that is the eleventh is rejected after the sign-up too, with one event that names its cause', async () => {
    const userId = newUser();
    await grant(userId);
    const boardIds = await writeBoards(userId, 10);
    const eleventh = boardIds[9]! + 1;
    const cause = await writeBoard(userId, eleventh);
    await decided(eleventh, 'REJECTED');
    expect(await balance(userId)).toBe(0);
    const [row, ...moreRows] = await point
      .database('outbox')
      .where({ record_key: Buffer.from(String(userId)) });
    expect(moreRows).toEqual([]);
    const [event] = await eventually('the rejection', async () => {
      const events = await rejectionsOf(userId);
      return events.length > 0 && events;
    });
    const header = (name: string) => headerText(event!.headers, name);
    expect(header(eventHeaders.id)).toBe(row.event_id);
    expect(header(eventHeaders.type)).toBe('point.deduction-rejected');
    expect(header(eventHeaders.source)).toBe('/naru/point');
    expect(header(eventHeaders.correlationId)).toBe(cause);
    const [source] = (await recordsOf(broker, 'board.created')).filter(
      ({ headers }) => headerText(headers, eventHeaders.id) === cause,
    );
    const traceId = headerText(source!.headers, eventHeaders.traceparent)!.split('-')[1]!;
    expect(header(eventHeaders.traceparent)).toContain(traceId);

    await writeBoard(userId, eleventh);
    await received(await writeBoard(userId, eleventh));
    await drained(point.database);
    expect(await rejectionsOf(userId)).toHaveLength(1);
  });

  it('that is told of again, by the same event or another, is paid once', async () => {
    const userId = newUser();
    await grant(userId);
    const boardId = newBoard();
    const id = await writeBoard(userId, boardId);
    const before = await consumed('board.created', 'duplicate');
    await writeBoard(userId, boardId, id);
    await received(await writeBoard(userId, boardId));
    await eventually('the duplicate', async () => (await consumed('board.created', 'duplicate')) > before);
    expect(await entries(userId)).toEqual([
      ['BOARD', -100],
      ['SIGN_UP', 1_000],
    ]);
  });

  it('of many authors in one burst is paid by its own author', async () => {
    const users = Array.from({ length: 10 }, newUser);
    await Promise.all(users.map(grant));
    const boards = [];
    for (let nth = 0; nth < 3; nth++) {
      for (const userId of users) {
        const boardId = newBoard();
        boards.push(boardId);
        await writeBoard(userId, boardId);
      }
    }
    for (const boardId of boards) await decided(boardId, 'DEDUCTED');
    expect(await Promise.all(users.map(balance))).toEqual(users.map(() => 700));
  });
});

describe('points moved on request', () => {
  it('are added and deducted, with an entry each, newest first, page by page', async () => {
    const userId = newUser();
    await grant(userId);
    expect(await add(userId, 50)).toMatchObject({ status: 200, body: { userId, balance: 1_050 } });
    expect(await deduct(userId, 20)).toMatchObject({ status: 200, body: { userId, balance: 1_030 } });
    const { body, link } = await get<Entry[]>('/api/points/me/entries?limit=2', userId);
    expect(body.map(({ reason, amount }) => [reason, amount])).toEqual([
      ['DEDUCTED', -20],
      ['ADDED', 50],
    ]);
    expect(body[0]!.createdAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/);
    const next = /^<(.*)>; rel="next"$/.exec(link ?? '')![1]!;
    const rest = await get<Entry[]>(next, userId);
    expect(rest.body.map(({ reason }) => reason)).toEqual(['SIGN_UP']);
    expect(rest.link).toBeNull();
  });

  it('are not lost when many come at once', async () => {
    const userId = newUser();
    await grant(userId);
    const answers = await Promise.all(Array.from({ length: 30 }, () => add(userId, 7)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await balance(userId)).toBe(1_210);
  });

  it('never go below nothing when many come at once', async () => {
    const userId = newUser();
    await grant(userId);
    const answers = await Promise.all(Array.from({ length: 30 }, () => deduct(userId, 100)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(answers.filter(({ body }) => body.code === 'balance-too-small')).toHaveLength(20);
    expect(await balance(userId)).toBe(0);
  });

  it('are moved once under one key, at once or later, also when the kernel has forgotten it', async () => {
    const userId = newUser();
    await grant(userId);
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => add(userId, 10, key)));
    expect(answers.map(({ status, body }) => [status, body.balance])).toEqual(
      answers.map(() => [200, 1_010]),
    );
    expect(await add(userId, 11, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
    await add(userId, 1);

    await forget(key);
    expect(await add(userId, 11, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
    expect(await add(newUser(), 10, key)).toMatchObject({ status: 422 });
    expect(await add(userId, 10, key)).toMatchObject({
      status: 200,
      body: { balance: 1_011 },
      replayed: false,
    });
    expect(await add(userId, 10, key)).toMatchObject({
      status: 200,
      body: { balance: 1_011 },
      replayed: true,
    });
  });

  it('of two operations under one key are two movements', async () => {
    const userId = newUser();
    const key = randomUUID();
    expect(await add(userId, 500, key)).toMatchObject({ status: 200, body: { balance: 500 } });
    expect(await deduct(userId, 100, key)).toMatchObject({ status: 200, body: { balance: 400 } });
    await forget(key);
    expect(await deduct(userId, 100, key)).toMatchObject({ status: 200, body: { balance: 400 } });
  });

  it('that are refused leave nothing, and their key may be used again', async () => {
    const userId = newUser();
    const key = randomUUID();
    const unknown = { status: 404, body: { code: 'account-unknown' } };
    expect(await deduct(userId, 10, key)).toMatchObject(unknown);
    expect(await point.database('accounts').where({ user_id: userId })).toEqual([]);
    await add(userId, 500);
    expect(await deduct(userId, 501, key)).toMatchObject({ status: 409 });
    await grant(userId);
    expect(await deduct(userId, 1_501, key)).toMatchObject({
      status: 409,
      body: { code: 'balance-too-small' },
    });
    expect(await deduct(userId, 1_500, randomUUID())).toMatchObject({ status: 200, body: { balance: 0 } });
  });

  it('never pass what a number holds', async () => {
    const userId = newUser();
    await grant(userId);
    const room = Number.MAX_SAFE_INTEGER - 1_000 - 1_000;
    await point
      .database('accounts')
      .where({ user_id: userId })
      .update({ balance: room + 1_000 });
    await point
      .database('entries')
      .insert({ entry_key: randomUUID(), user_id: userId, amount: room, reason: 'ADDED' });
    expect(await add(userId, 1)).toMatchObject({ status: 409, body: { code: 'balance-too-large' } });
    expect(await balance(userId)).toBe(Number.MAX_SAFE_INTEGER - 1_000);
    expect(await deduct(userId, 1)).toMatchObject({ status: 200, body: { balance: room + 999 } });
  });

  it.each([{ amount: 0 }, { amount: -5 }, { amount: 1.5 }, { amount: 1_000_000_001 }, { amount: '5' }, {}])(
    'are refused when they are %j',
    async (body) => {
      expect(await post('/internal/points/add', { userId: newUser(), ...body })).toMatchObject({
        status: 400,
      });
    },
  );

  it('are not for callers through the gateway', async () => {
    const headers = { 'x-naru-via': 'gateway', 'x-user-id': '5' };
    expect(await post('/internal/points/add', { userId: 5, amount: 5 }, headers)).toMatchObject({
      status: 404,
    });
    const response = await fetch(`${point.url}/internal/points/5`, { headers });
    expect(response.status).toBe(404);
  });
});

describe('points of nobody', () => {
  it('are 0 for the user whose sign-up has not arrived, and unknown to other services', async () => {
    const userId = newUser();
    expect(await get('/api/points/me', userId)).toMatchObject({ status: 200, body: { userId, balance: 0 } });
    expect(await get('/api/points/me/entries', userId)).toMatchObject({ status: 200, body: [] });
    expect(await get(`/internal/points/${userId}`)).toMatchObject({
      status: 404,
      body: { code: 'account-unknown' },
    });
    expect(await get('/api/points/me')).toMatchObject({ status: 401 });
  });

  it('cannot be made negative by the database either', async () => {
    const userId = newUser();
    await expect(point.database('accounts').insert({ user_id: userId, balance: -1 })).rejects.toThrow();
  });
});

describe('a record that is no event', () => {
  it('becomes a dead letter while its neighbours are handled', async () => {
    const userId = newUser();
    const headers = { [eventHeaders.id]: randomUUID(), [eventHeaders.type]: 'board.created' };
    const poison = {
      key: Buffer.from('x'),
      value: Buffer.from('{"boardId":'),
      headers: Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const),
    };
    await broker.produce('board.created', 0, [poison]);
    await grant(userId);
    const [boardId] = await writeBoards(userId, 1);
    await decided(boardId!, 'DEDUCTED');
    const letter = await eventually('the dead letter', async () => {
      const letters = await recordsOf(broker, 'board.created.dlt');
      return letters.find(
        (record) => headerText(record.headers, eventHeaders.id) === headers[eventHeaders.id],
      );
    });
    expect(letter.value).toEqual(poison.value);
    expect(headerText(letter.headers, deadLetterHeaders.consumerGroup)).toBe('point-consumer-group');
  });
});

/** Waits until the group has received an event. */
function received(id: string): Promise<unknown> {
  return eventually(`event ${id}`, () => point.database('inbox').where({ event_id: id }).first());
}

/** As when a day has passed. */
async function forget(key: string): Promise<void> {
  await point
    .database('idempotency_keys')
    .where({ idempotency_key: key })
    .update({ created_at: point.database.raw('CURRENT_TIMESTAMP(6) - INTERVAL 25 HOUR') });
}
