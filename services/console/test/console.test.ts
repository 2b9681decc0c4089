import { request } from 'node:http';
import { editedFrom, redriveHeaders } from '@naru/contracts';
import { decodeHeaders, headerText, partitionOf, select, type Broker } from '@naru/kernel';
import { eventually, testBroker, uniqueName } from '@naru/testing';
import type { DeadLetterPage, EventPage, Overview, RedriveResult, Story, Topology } from '../src/views';
import {
  letterOf,
  makeDatabases,
  recordOf,
  startConsole,
  TOKEN,
  type Databases,
  type TestConsole,
} from './naru';

const TOPIC = 'board.created';
const GROUP = 'point-consumer-group';
const NOWHERE = '127.0.0.1:9';
const authorization = { authorization: `Bearer ${TOKEN}` };

let databases: Databases;
let broker: Broker;
let console_: TestConsole;
beforeAll(async () => {
  databases = await makeDatabases();
  broker = testBroker();
  console_ = await startConsole(databases, { KAFKA_EXPORTER_METRICS: 'true' });
});
afterAll(async () => {
  await console_?.running.stop();
  await broker?.disconnect();
  await databases?.destroy();
});

const json = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;
const codeOf = async (answer: Promise<Response>) => {
  const { status, code } = await json<{ status: number; code: string }>(answer);
  return `${status} ${code}`;
};

describe('who may ask', () => {
  test('not who knows the console by another name; health and metrics are for machines', async () => {
    const ask = (path: string) =>
      new Promise<number>((resolve, reject) => {
        const asked = request(`${console_.url}${path}`, { headers: { host: 'evil.example' } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        asked.once('error', reject).end();
      });
    expect([await ask('/api/topology'), await ask('/'), await ask('/api/stream')]).toEqual([403, 403, 403]);
    expect([await ask('/health/ready'), await ask('/metrics')]).toEqual([200, 200]);
  });

  test('nothing changes without the token', async () => {
    const changes: [string, object][] = [
      ['/api/dead-letters/redrive', { all: true, dryRun: true }],
      ['/api/dead-letters/x/edited', { payload: {}, dryRun: true }],
      ['/api/parked/release', { all: true }],
      ['/api/parked/x/discard', {}],
      ['/api/audit', {}],
    ];
    for (const [path, body] of changes) {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer not-the-token-at-all' };
      const options = { method: 'POST', headers, body: JSON.stringify(body) };
      const { status } = await fetch(`${console_.url}${path}`, options);
      expect([path, status]).toEqual([path, 401]);
    }
  });

  test('pages get headers that let nothing from elsewhere in', async () => {
    const { headers } = await console_.get('/api/topology');
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  test('where nothing may be broken, there is no chaos', async () => {
    expect((await console_.get('/api/chaos')).status).toBe(404);
    expect((await console_.post('/api/chaos/parts/broker-1', { action: 'kill' })).status).toBe(404);
  });
});

describe('the overview', () => {
  test('tells of brokers, groups and outboxes', async () => {
    const topology = await json<Topology>(console_.get('/api/topology'));
    const overview = await eventually('an overview without problems', async () => {
      const read = await json<Overview>(console_.get('/api/overview'));
      return read.problems.length === 0 && read;
    });
    expect(overview.brokers.map(({ isUp }) => isUp)).toEqual([true, true, true]);
    expect(overview.brokers.filter(({ isController }) => isController)).toHaveLength(1);
    expect(overview.kafka).toMatchObject({ underMinIsr: 0, offline: 0 });
    expect(overview.services.find(({ name }) => name === 'point')?.outbox).toMatchObject({ failed: 0 });
    expect(overview.services.find(({ name }) => name === 'gateway')?.outbox).toBeNull();
    const drawn = new Set(topology.nodes.map(({ id }) => id));
    for (const { name } of [...overview.services, ...overview.topics]) expect(drawn).toContain(name);
  });

  test('without a database names it, and shows the rest', async () => {
    const urls = new Map([...databases.urls, ['point', `mysql://nobody:x@${NOWHERE}/nothing`] as const]);
    const one = await startConsole({ urls });
    try {
      const overview = await json<Overview>(one.get('/api/overview'));
      expect(overview.problems.filter((problem) => problem.startsWith('database of'))).toEqual([
        'database of point: ECONNREFUSED',
      ]);
      expect(overview.services.find(({ name }) => name === 'point')?.outbox).toBeNull();
      expect(overview.services.find(({ name }) => name === 'user')?.outbox).not.toBeNull();
    } finally {
      await one.running.stop();
    }
  });

  test('without Kafka says so, and shows the rest; so does readiness', async () => {
    const one = await startConsole(databases, { KAFKA_BROKERS: NOWHERE });
    try {
      expect((await one.get('/health/ready')).status).toBe(200);
      const overview = await json<Overview>(one.get('/api/overview'));
      expect(overview.problems[0]).toContain('no broker answers');
      expect(overview.kafka).toBeNull();
      expect(overview.services.find(({ name }) => name === 'user')?.outbox).not.toBeNull();
      expect(await (await one.get('/metrics')).text()).not.toMatch(/^naru_kafka_offline_partitions/m);
    } finally {
      await one.running.stop();
    }
  });

  test('comes as a stream, which ends when the console stops', async () => {
    const one = await startConsole(databases);
    const stream = await one.get('/api/stream');
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    let isStopping: Promise<void> | undefined;
    for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.includes('event: overview\ndata: {"at"')) isStopping ??= one.running.stop();
    }
    // Only the end of the stream leads here.
    expect(isStopping).toBeDefined();
    await isStopping;
  });

  test('is there for Prometheus, under the names of Kafka Exporter too', async () => {
    await eventually('three brokers', async () =>
      /^kafka_brokers\{.*\} 3$/m.test(await (await console_.get('/metrics')).text()),
    );
    const metrics = await (await console_.get('/metrics')).text();
    expect(metrics).toMatch(/^naru_kafka_offline_partitions\{.*\} 0$/m);
    expect(metrics).toMatch(
      /^kafka_topic_partition_in_sync_replica\{topic="user.signed-up",partition="0".*\} 3$/m,
    );
  });
});

describe('events', () => {
  const key = String(1_000_000 + Math.floor(Math.random() * 1_000_000_000));
  const partition = partitionOf(TOPIC, Buffer.from(key), 3);
  const eventOf = (id: string) =>
    recordOf('board.created', key, id, {
      boardId: 1,
      userId: Number(key),
      title: 'a secret title',
      version: 1,
    });
  const ids = Array.from({ length: 5 }, () => uniqueName('event'));
  beforeAll(async () => {
    await broker.produce(TOPIC, partition, ids.map(eventOf));
  });

  test('come newest first, with their values masked', async () => {
    const page = await json<EventPage>(console_.get(`/api/events?topic=${TOPIC}&key=${key}&limit=3`));
    expect(page.events.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 3));
    expect(page.events[0]).toMatchObject({ topic: TOPIC, partition, key, isMasked: true });
    expect(JSON.stringify(page)).not.toContain('secret title');
  });

  test('are shown whole to the operator only', async () => {
    const path = `/api/events?topic=${TOPIC}&key=${key}&limit=1&payload=shown`;
    expect(await codeOf(console_.get(path))).toBe('401 token-required');
    const page = await json<EventPage>(console_.get(path, authorization));
    expect(page.events[0]?.payload).toContain('a secret title');
  });

  test('are found by type and time', async () => {
    const ask = async (more: string) =>
      (await json<EventPage>(console_.get(`/api/events?topic=${TOPIC}&key=${key}${more}`))).events.length;
    const later = new Date(Date.now() + 60_000).toISOString();
    const earlier = new Date(Date.now() - 3_600_000).toISOString();
    expect(await ask('&type=board.created')).toBe(5);
    expect(await ask('&type=user.updated')).toBe(0);
    expect(await ask(`&from=${later}`)).toBe(0);
    expect(await ask(`&from=${earlier}&to=${later}`)).toBe(5);
    expect(await ask(`&to=${earlier}`)).toBe(0);
  });

  test('of a topic that is none are not found', async () => {
    expect(await codeOf(console_.get('/api/events?topic=__consumer_offsets'))).toBe('404 not-found');
    expect(await codeOf(console_.get(`/api/events?topic=${TOPIC}&limit=0`))).toBe('400 invalid-request');
  });
});

describe('dead letters', () => {
  const key = String(1_000_000 + Math.floor(Math.random() * 1_000_000_000));
  const partition = partitionOf(TOPIC, Buffer.from(key), 3);
  const offset = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
  const idOf = (index: number) => `${GROUP}:${TOPIC}:${partition}:${offset + index}`;
  const good = { boardId: 7, userId: Number(key), title: 'mended', version: 1 };
  const edited = (index: number, payload: object, dryRun = false) =>
    json<RedriveResult>(console_.post(`/api/dead-letters/${idOf(index)}/edited`, { payload, dryRun }));
  beforeAll(async () => {
    const letters = [0, 1, 2].map((index) => {
      const record = recordOf('board.created', key, `bad-${offset + index}`, { ...good, userId: 'x' });
      return letterOf(record, { topic: TOPIC, partition, offset: offset + index, group: GROUP });
    });
    await broker.produce(`${TOPIC}.dlt`, partition, letters);
  });

  const rows = () =>
    select<{ event_id: string; payload: Buffer; headers: Buffer; partition_number: number }>(
      databases.of('point'),
      'SELECT event_id, payload, headers, partition_number FROM outbox WHERE ordering_key = ? ORDER BY id',
      [Buffer.from(key)],
    );

  test('are listed with their values masked, in pages', async () => {
    const path = `/api/dead-letters?topic=${TOPIC}&key=${key}&limit=2`;
    const first = await json<DeadLetterPage>(console_.get(path));
    expect(first.letters.map(({ id, state }) => [id, state])).toEqual([
      [idOf(0), 'waiting'],
      [idOf(1), 'waiting'],
    ]);
    expect(first.letters[0]).toMatchObject({ isMasked: true, group: GROUP });
    expect(first.letters[0]?.payload).not.toContain('mended');
    const second = await json<DeadLetterPage>(console_.get(`${path}&after=${first.next}`));
    expect(second.letters.map(({ id }) => id)).toEqual([idOf(2)]);
    expect(await codeOf(console_.get(`${path}&after=nowhere`))).toBe('400 invalid-request');
    expect(await codeOf(console_.get('/api/dead-letters?topic=nothing'))).toBe('400 invalid-request');
  });

  test('an edited copy keeps the order of its key, its key, and the schema', async () => {
    expect((await edited(1, good)).refused).toEqual([
      { id: idOf(1), reason: `its key waits for ${idOf(0)}` },
    ]);
    for (const wrong of [
      { ...good, userId: 1 },
      { ...good, title: 5 },
      { ...good, more: 1 },
    ])
      expect(
        await codeOf(console_.post(`/api/dead-letters/${idOf(0)}/edited`, { payload: wrong, dryRun: true })),
      ).toBe('422 payload-invalid');
    expect((await edited(0, good, true)).sent).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });

  test('an edited copy goes on as another event that names the original, once', async () => {
    expect(await edited(0, good)).toMatchObject({ sent: [{ id: idOf(0), key }], already: 0 });
    expect(await edited(0, good)).toMatchObject({ sent: [], already: 1 });
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    const headers = decodeHeaders(row!.headers);
    expect(JSON.parse(row!.payload.toString())).toEqual(good);
    expect(row!.partition_number).toBe(partition);
    expect(headerText(headers, editedFrom)).toBe(`bad-${offset}`);
    expect(headerText(headers, 'ce_id')).not.toBe(`bad-${offset}`);
    // The other groups have the original.
    expect(headerText(headers, redriveHeaders.group)).toBe(GROUP);
  });

  test('are redriven in their order, first for show', async () => {
    const redrive = (body: object) => json<RedriveResult>(console_.post('/api/dead-letters/redrive', body));
    expect((await redrive({ key, dryRun: true })).sent.map(({ id }) => id)).toEqual([idOf(1), idOf(2)]);
    expect(await rows()).toHaveLength(1);
    expect((await redrive({ id: idOf(2), dryRun: false })).refused[0]?.id).toBe(idOf(2));
    expect(await redrive({ key, dryRun: false })).toMatchObject({
      sent: [{ id: idOf(1) }, { id: idOf(2) }],
      already: 1,
    });
    expect(await rows()).toHaveLength(3);
    expect(await codeOf(console_.post('/api/dead-letters/redrive', { dryRun: true }))).toBe(
      '400 invalid-request',
    );
  });
});

describe('stories', () => {
  test('an order tells its steps, what it waits for and what is stuck', async () => {
    const orderId = '0198c0de-0000-7000-8000-00000000abcd';
    await databases
      .of('order')('orders')
      .insert({
        ...{ order_id: orderId, customer_id: 'kim', customer_email: 'kim@example.com', total_amount: 100 },
        ...{ currency: 'KRW', items: '[]', status: 10, saga_id: 's-1', saga_status: 'STARTED', version: 1 },
      });
    await databases
      .of('order')('saga_steps')
      .insert({
        ...{
          order_id: orderId,
          input: 'create',
          outcome: 'APPLIED',
          to_status: 10,
          to_saga_status: 'STARTED',
          version: 1,
        },
      });
    const story = await json<Story>(console_.get(`/api/stories/orders/${orderId}`));
    expect(story).toMatchObject({ kind: 'order', id: orderId, status: '10 STARTED', troubles: [] });
    expect(story.steps).toMatchObject([{ service: 'order', what: 'create', state: 'done' }]);
    expect(story.awaited).toMatchObject([{ what: 'stock.reserved', from: 'product' }]);
    expect(JSON.stringify(story)).not.toContain('kim@example.com');
  });

  test('a user tells what points and mails came of the sign-up', async () => {
    const [userId] = await databases
      .of('user')('users')
      .insert({
        ...{ email: `${uniqueName('u')}@example.com`, name: 'Kim', password_hash: 'x' },
      });
    const story = await json<Story>(console_.get(`/api/stories/users/${userId}`));
    expect(story).toMatchObject({ kind: 'user', status: 'on its way' });
    expect(story.awaited.map(({ from }) => from)).toEqual(['point', 'board', 'email']);
    expect(JSON.stringify(story)).not.toContain('Kim');
  });

  test('of nobody are not found', async () => {
    expect(await codeOf(console_.get('/api/stories/users/999999999'))).toBe('404 not-found');
    expect(await codeOf(console_.get('/api/stories/orders/0198c0de-0000-7000-8000-000000000000'))).toBe(
      '404 not-found',
    );
  });
});
