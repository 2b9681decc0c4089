import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomInt, randomUUID } from 'node:crypto';
import { deadLetterHeaders, eventHeaders } from '@naru/contracts';
import { headerText, metricNames, type Broker, type IncomingRecord } from '@naru/kernel';
import { eventually, publish, recordsOf, testBroker, testService, type TestService } from '@naru/testing';

interface BoardView {
  boardId: number;
  title: string;
  content: string;
  user: { userId: number; name: string | null };
  createdAt: string;
}

let board: TestService;
let broker: Broker;
let elsewhere: Server;
let callsElsewhere = 0;

beforeAll(async () => {
  elsewhere = createServer((_, response) => {
    callsElsewhere++;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  board = await testService('board', { USER_SERVICE_URL: url, POINT_SERVICE_URL: url });
  broker = testBroker();
});

afterAll(async () => {
  const exitCode = await board?.stop();
  await broker?.disconnect();
  elsewhere?.close();
  expect(exitCode).toBe(0);
});

const newUser = () => randomInt(1, 2 ** 47);

function write(userId: number, title: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${board.url}/api/boards`, {
    method: 'POST',
    headers: { 'x-user-id': String(userId), 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ title, content: `about ${title}` }),
  });
}

async function written(userId: number, title: string): Promise<number> {
  const response = await write(userId, title);
  expect(response.status).toBe(204);
  return idIn(response);
}

function idIn(response: Response): number {
  return Number(/^\/api\/boards\/(\d+)$/.exec(response.headers.get('location') ?? '')?.[1]);
}

async function read<T>(path: string): Promise<{ status: number; body: T; link: string | null }> {
  const response = await fetch(`${board.url}${path}`);
  return { status: response.status, body: (await response.json()) as T, link: response.headers.get('link') };
}

async function eventsOf(userId: number): Promise<IncomingRecord[]> {
  const records = await recordsOf(broker, 'board.created');
  return records.filter((record) => record.key?.toString() === String(userId));
}

/** A sample of /metrics; 0 where there is none with these labels. */
async function metric(name: string, ...labels: string[]): Promise<number> {
  const lines = (await (await fetch(`${board.url}/metrics`)).text()).split('\n');
  const sample = lines.find(
    (line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)),
  );
  return Number(sample?.split(' ').at(-1) ?? 0);
}

describe('writing a board', () => {
  it('answers 204 with its place, stores it, and tells of it once, in the trace of the request', async () => {
    const userId = newUser();
    const traceId = randomUUID().replaceAll('-', '');
    const response = await write(userId, '나루 🛶', { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
    const boardId = idIn(response);

    expect(await board.database('boards').where({ board_id: boardId }).first()).toMatchObject({
      user_id: userId,
      title: '나루 🛶',
      content: 'about 나루 🛶',
      status: 'PUBLISHED',
      version: 1,
    });
    const row = await board
      .database('outbox')
      .where({ record_key: Buffer.from(String(userId)) })
      .first();
    expect(row).toMatchObject({ topic: 'board.created' });
    expect(JSON.parse(row.payload.toString())).toEqual({ boardId, userId, title: '나루 🛶', version: 1 });

    const [event] = await eventually('the event', async () => {
      const events = await eventsOf(userId);
      return events.length > 0 && events;
    });
    const header = (name: string) => headerText(event!.headers, name);
    expect(JSON.parse(event!.value!.toString())).toEqual({ boardId, userId, title: '나루 🛶', version: 1 });
    expect(header(eventHeaders.id)).toBe(row.event_id);
    expect(header(eventHeaders.type)).toBe('board.created');
    expect(header(eventHeaders.source)).toBe('/naru/board');
    expect(header(eventHeaders.subject)).toBe(String(boardId));
    expect(header(eventHeaders.traceparent)).toContain(traceId);
    const labels = ['http_route="/api/boards"', 'http_request_method="POST"'];
    expect(await metric(`${metricNames.httpDuration}_count`, ...labels)).toBeGreaterThan(0);
  });

  it.each([
    ['nobody', {}, 401],
    ['nobody through the gateway', { 'x-naru-via': 'gateway' }, 401],
  ])('by %s is refused and leaves nothing', async (_, headers, status) => {
    const title = randomUUID();
    const response = await fetch(`${board.url}/api/boards`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ title, content: 'c' }),
    });
    expect(response.status).toBe(status);
    expect(await board.database('boards').where({ title })).toEqual([]);
  });

  it.each([
    ['a blank title', { title: ' ', content: 'c' }],
    ['no content', { title: 't' }],
    ['a field that is not known', { title: 't', content: 'c', userId: 5 }],
    ['a title that is too long', { title: 't'.repeat(201), content: 'c' }],
  ])('with %s is refused', async (_, body) => {
    const response = await fetch(`${board.url}/api/boards`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user-id': '5' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('with the longest title and content is taken whole', async () => {
    const title = '🛶'.repeat(200);
    const content = '나'.repeat(10_000);
    const response = await fetch(`${board.url}/api/boards`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user-id': String(newUser()) },
      body: JSON.stringify({ title, content }),
    });
    const { body } = await read<BoardView>(`/api/boards/${idIn(response)}`);
    expect(body).toMatchObject({ title, content });
  });

  it('several times at once under one key makes one board and one event', async () => {
    const userId = newUser();
    const key = { 'idempotency-key': randomUUID() };
    const responses = await Promise.all([1, 2, 3, 4, 5].map(() => write(userId, 'once', key)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([204]));
    expect(new Set(responses.map(idIn)).size).toBe(1);
    expect(responses.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(4);
    expect(await board.database('boards').where({ user_id: userId })).toHaveLength(1);
    expect(await board.database('outbox').where({ record_key: Buffer.from(String(userId)) })).toHaveLength(1);
    expect((await write(userId, 'twice', key)).status).toBe(422);
  });

  it('many times at once by one author publishes them in the order they were committed', async () => {
    const userId = newUser();
    await Promise.all(Array.from({ length: 40 }, (_, nth) => written(userId, `board ${nth}`)));
    const events = await eventually('forty events', async () => {
      const found = await eventsOf(userId);
      return found.length >= 40 && found;
    });
    const boardIds = events.map(
      ({ value }) => (JSON.parse(value!.toString()) as { boardId: number }).boardId,
    );
    expect(boardIds).toEqual([...boardIds].sort((one, other) => one - other));
    expect(new Set(boardIds).size).toBe(40);
  });
});

describe('reading boards', () => {
  it('gives the newest first, page by page, to the end', async () => {
    const userId = newUser();
    const boardIds: number[] = [];
    for (const title of ['one', 'two', 'three', 'four', 'five']) boardIds.push(await written(userId, title));
    const seen: number[] = [];
    let path: string | undefined = `/api/boards?limit=2&before=${boardIds[4]! + 1}`;
    while (path && seen.length < 5) {
      const { status, body, link }: { status: number; body: BoardView[]; link: string | null } =
        await read(path);
      expect(status).toBe(200);
      seen.push(...body.map(({ boardId }) => boardId));
      path = /^<(.*)>; rel="next"$/.exec(link ?? '')?.[1];
    }
    expect(seen.slice(0, 5)).toEqual(boardIds.reverse());
    const { link } = await read<BoardView[]>(`/api/boards?limit=100&before=2`);
    expect(link).toBeNull();
  });

  it.each(['limit=0', 'limit=101', 'before=0', 'before=x', 'limit=1&limit=2', 'page=1'])(
    'refuses ?%s',
    async (query) => {
      expect((await read(`/api/boards?${query}`)).status).toBe(400);
    },
  );

  it('gives the author without a name until the name is known, then with the newest, whatever comes in which order', async () => {
    const userId = newUser();
    const boardId = await written(userId, 'early');
    const author = async () => (await read<BoardView>(`/api/boards/${boardId}`)).body.user;
    expect(await author()).toEqual({ userId, name: null });

    const email = 'kim@naru.example';
    await publish(broker, 'user.signed-up', { userId, name: '김', email, version: 1 });
    await eventually('the name', async () => (await author()).name === '김');
    await publish(broker, 'user.updated', { userId, name: 'third', email, version: 3 });
    await eventually('the third name', async () => (await author()).name === 'third');
    await publish(broker, 'user.updated', { userId, name: 'second', email, version: 2 });
    await publish(broker, 'user.signed-up', { userId, name: '김', email, version: 1 });
    const last = newUser();
    await publish(broker, 'user.signed-up', { userId: last, name: 'last', email, version: 1 });
    const progress = await endOf('user.signed-up');
    await eventually('all to be consumed', async () => (await progressOf('user.signed-up')) >= progress);
    expect(await author()).toEqual({ userId, name: 'third' });
    expect(callsElsewhere).toBe(0);
  });

  it('tells when a board was written, in UTC', async () => {
    const boardId = await written(newUser(), 'now');
    const { body } = await read<BoardView>(`/api/boards/${boardId}`);
    expect(body.createdAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/);
    expect(Math.abs(Date.parse(body.createdAt) - Date.now())).toBeLessThan(5_000);
  });

  it('answers 404 for a board that is not there', async () => {
    const { status, body } = await read<{ code: string }>(`/api/boards/${2 ** 47}`);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'board-unknown' });
  });
});

describe('a deduction that was rejected', () => {
  it('hides its board, once, and no other', async () => {
    const userId = newUser();
    const [kept, hidden] = [await written(userId, 'kept'), await written(userId, 'hidden')];
    const rejection = { userId, boardId: hidden, amount: 100, balance: 0 };
    const id = await publish(broker, 'point.deduction-rejected', rejection);
    await eventually('404', async () => (await read(`/api/boards/${hidden}`)).status === 404);
    const duplicates = () =>
      metric(
        metricNames.consumed,
        'messaging_destination_name="point.deduction-rejected.v1"',
        'outcome="duplicate"',
      );
    const before = await duplicates();
    await publish(broker, 'point.deduction-rejected', rejection, id);
    await eventually('the duplicate', async () => (await duplicates()) > before);
    await publish(broker, 'point.deduction-rejected', rejection);
    const end = await endOf('point.deduction-rejected.v1');
    await eventually('the repeat', async () => (await progressOf('point.deduction-rejected.v1')) >= end);

    expect(await board.database('boards').where({ board_id: hidden }).first()).toMatchObject({
      status: 'REJECTED',
      version: 2,
    });
    const { body } = await read<BoardView[]>(`/api/boards?limit=2&before=${hidden + 1}`);
    expect(body.map(({ boardId }) => boardId)).toContain(kept);
    expect(body.map(({ boardId }) => boardId)).not.toContain(hidden);
  });

  it('of a board that is not there becomes a dead letter, and its neighbours go on', async () => {
    const userId = newUser();
    const [first, second] = [await written(userId, 'first'), await written(userId, 'second')];
    const rejection = { userId, amount: 100, balance: 0 };
    await publish(broker, 'point.deduction-rejected', { ...rejection, boardId: first });
    const id = await publish(broker, 'point.deduction-rejected', { ...rejection, boardId: 2 ** 47 });
    await publish(broker, 'point.deduction-rejected', { ...rejection, boardId: second });
    await eventually('both hidden', async () => {
      const statuses = [await read(`/api/boards/${first}`), await read(`/api/boards/${second}`)];
      return statuses.every(({ status }) => status === 404);
    });
    const letter = await eventually('the dead letter', async () => {
      const letters = await recordsOf(broker, 'point.deduction-rejected.v1.dlt');
      return letters.find((record) => headerText(record.headers, eventHeaders.id) === id);
    });
    expect(headerText(letter.headers, deadLetterHeaders.topic)).toBe('point.deduction-rejected.v1');
    expect(headerText(letter.headers, deadLetterHeaders.consumerGroup)).toBe('board-consumer-group');
    expect(headerText(letter.headers, deadLetterHeaders.exceptionName)).toBe('PermanentError:board-unknown');
    expect(headerText(letter.headers, deadLetterHeaders.attempts)).toBe('4');
  });
});

/** Sum over partitions of the offsets that the next records will get. */
async function endOf(topic: string): Promise<bigint> {
  const ranges = await Promise.all([0, 1, 2].map((partition) => broker.offsetRange({ topic, partition })));
  return ranges.reduce((sum, { high }) => sum + high, 0n);
}

async function progressOf(topic: string): Promise<bigint> {
  const rows: { next_offset: number }[] = await board.database('consumer_progress').where({ topic });
  return rows.reduce((sum, row) => sum + BigInt(row.next_offset), 0n);
}
