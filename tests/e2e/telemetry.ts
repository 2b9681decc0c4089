import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { services, topics, type ServiceName } from '@naru/contracts';
import { metricNames } from '@naru/kernel';
import { orderMetricNames } from '../../services/order/src/metrics';
import { instancesOf } from '../../scripts/src/platform/instances';
import { eventually } from '../support/eventually';
import { metricSum } from '../support/metrics';
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver';
import type { Naru } from './naru';

const ARRIVAL_MS = 60_000;
const TEST_MS = 120_000;

const names = Object.keys(services) as ServiceName[];

/** One request, and what comes of it: from the first span to a last one, each `service KIND name`. */
interface Story {
  readonly traceId: string;
  readonly paths: readonly (readonly string[])[];
}

/** `service KIND name` of the request's way through the gateway to a service. */
const through = (service: ServiceName, operation: string) => [
  `gateway SERVER ${operation}`,
  `gateway CLIENT ${operation}`,
  `${service} SERVER ${operation}`,
];

const created = [...through('user', 'POST /api/users/sign-up'), 'user PRODUCER create user.signed-up'];
const signUp = [
  [
    ...through('user', 'POST /api/users/sign-up'),
    'user CLIENT POST /internal/points/add',
    'point SERVER POST /internal/points/add',
  ],
  [...created, 'user CLIENT send user.signed-up'],
  [...created, 'board CONSUMER process user.signed-up'],
  [...created, 'point CONSUMER process user.signed-up'],
  [...created, 'email CONSUMER process user.signed-up', 'email CLIENT call smtp'],
];

const written = [...through('board', 'POST /api/boards'), 'board PRODUCER create board.created'];
const board = [
  [...written, 'board CLIENT send board.created'],
  [...written, 'point CONSUMER process board.created'],
  [...written, 'user CONSUMER process board.created'],
];

const placed = [...through('order', 'POST /api/orders'), 'order PRODUCER create order.created.v1'];
const reserved = [
  ...placed,
  'product CONSUMER process order.created.v1',
  'product PRODUCER create stock.events.v1',
];
const charged = [...reserved, 'payment CONSUMER process stock.events.v1'];
const paid = [...charged, 'payment PRODUCER create payment.events.v1'];
const confirmed = [
  ...paid,
  'order CONSUMER process payment.events.v1',
  'order PRODUCER create order.saga.v1',
];
const saga = [
  [...placed, 'order CLIENT send order.created.v1'],
  [
    ...placed,
    'notification CONSUMER process order.created.v1',
    'notification CLIENT call notification-sender',
  ],
  [...placed, 'catalog CONSUMER process order.created.v1'],
  [...placed, 'catalog CONSUMER apply order.created.v1'],
  [...reserved, 'product CLIENT send stock.events.v1'],
  [...reserved, 'order CONSUMER process stock.events.v1'],
  [...reserved, 'catalog CONSUMER apply stock.events.v1'],
  [...charged, 'payment CLIENT capture payment-provider'],
  [...paid, 'payment CLIENT send payment.events.v1'],
  [...paid, 'catalog CONSUMER apply payment.events.v1'],
  [...confirmed, 'order CLIENT send order.saga.v1'],
  [...confirmed, 'product CONSUMER process order.saga.v1'],
  [
    ...confirmed,
    'notification CONSUMER process order.saga.v1',
    'notification CLIENT call notification-sender',
  ],
  [...confirmed, 'catalog CONSUMER apply order.saga.v1'],
];

/** That metrics, logs and spans of every service arrive, and that a trace covers all that a request leads to. */
export function telemetryArrives(naru: () => Naru, receiver: () => OtlpReceiver): void {
  describe('telemetry', () => {
    const stories = {
      'a sign-up': { traceId: newTraceId(), paths: signUp },
      'a board': { traceId: newTraceId(), paths: board },
      'an order': { traceId: newTraceId(), paths: saga },
      'a look at the console': { traceId: newTraceId(), paths: [['console SERVER GET /api/overview']] },
    } as const satisfies Record<StoryName, Story>;
    const before = new Map<string, number>();

    beforeAll(async () => {
      for (const name of names)
        for (const { metric, labels } of movedBy(name))
          before.set(keyOf(name, metric, labels), await metricSum(urlsOf(naru(), name), metric, ...labels));
      await live(naru(), stories);
    }, TEST_MS);

    test.each(Object.entries(stories))(
      'one trace covers %s, each span under the one that led to it',
      async (_, { traceId, paths }) => {
        const wanted = paths.map((path) => path.join(' > '));
        const found = () => {
          const spans = receiver().trace(traceId);
          return spans.map((span) => pathTo(span, spans).join(' > '));
        };
        // What is missing is told below.
        await eventually(
          'all spans of the trace',
          () => {
            const arrived = new Set(found());
            return wanted.every((path) => arrived.has(path));
          },
          ARRIVAL_MS,
        ).catch(() => undefined);
        expect(found()).toEqual(expect.arrayContaining(wanted));
        // Nothing hangs in the air: the test's own request is the only parent that was not received.
        const roots = new Set(found().map((path) => path.split(' > ')[0]));
        expect([...roots]).toEqual([paths[0][0]]);
      },
      TEST_MS,
    );

    test.each(names)('spans of the %s service arrive, with what they are found by', (name) => {
      const traces = Object.values(stories).flatMap(({ traceId }) => receiver().trace(traceId));
      const spans = traces.filter(({ service }) => service === name);
      expect(spans.length).toBeGreaterThan(0);
      expect(spans.every(({ instance }) => instance.startsWith(`${name}-`))).toBe(true);
      for (const { kind, attributes } of spans) {
        if (kind === 'SERVER') expect(attributes).toMatchObject({ 'http.route': expect.any(String) });
        if (kind !== 'CONSUMER') continue;
        expect(attributes).toMatchObject({
          'messaging.system': 'kafka',
          'messaging.operation.type': 'process',
          'messaging.destination.name': expect.any(String),
          'messaging.consumer.group.name': `${name}-consumer-group`,
          'messaging.message.id': expect.any(String),
        });
      }
    });

    test.each(names)('the log of the %s service has lines of the traces', async (name) => {
      const ids = new Set<unknown>(Object.values(stories).map(({ traceId }) => traceId));
      const file = join(naru().platform.logsDirectory, `${name}-service`, 'application.log');
      const line = await eventually('a line with a trace id', () =>
        linesOf(file).find((one) => ids.has(one['traceId'])),
      );
      expect(line).toMatchObject({ service: name, instance: expect.any(String), level: expect.any(String) });
    });

    test.each(names)('the metrics of the %s service move', async (name) => {
      const urls = urlsOf(naru(), name);
      for (const { metric, labels } of movedBy(name)) {
        const then = before.get(keyOf(name, metric, labels))!;
        await eventually(
          `${metric}{${labels.join()}} is more than ${then}`,
          async () => (await metricSum(urls, metric, ...labels)) > then,
        );
      }
      if (!services[name].database) return;
      // Between them its processes hold the leases, and what is published no longer waits.
      expect(await metricSum(urls, metricNames.relayLeader)).toBeGreaterThan(0);
      await eventually('nothing waits', async () => (await metricSum(urls, metricNames.outboxPending)) === 0);
    });
  });
}

function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

/** One of each: a user who signs up, writes, sells and buys. */
type StoryName = 'a sign-up' | 'a board' | 'an order' | 'a look at the console';

async function live(naru: Naru, stories: Readonly<Record<StoryName, Story>>) {
  const within = ({ traceId }: Story) => ({
    traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  });
  const account = { email: 'traced@example.com', password: 'crossing-the-river' };
  const signUp = { ...account, name: 'Traced' };
  const signedUp = await naru.gateway.post('/api/users/sign-up', signUp, within(stories['a sign-up']));
  expect(signedUp.status).toBe(204);
  const { body } = await naru.gateway.post('/api/users/login', account);
  const bearer = { authorization: `Bearer ${String(body.token)}` };
  const text = { title: 'traced', content: 'from one end to the other' };
  const boarded = await naru.gateway.post('/api/boards', text, { ...bearer, ...within(stories['a board']) });
  expect(boarded.status).toBe(204);
  const product = { productName: 'oar', price: 500, currency: 'KRW', stockQuantity: 3 };
  const { productId } = (await naru.gateway.post('/api/products', product, bearer)).body as {
    productId: string;
  };
  const order = {
    customerId: 'traced',
    customerEmail: account.email,
    totalAmount: 1000,
    currency: 'KRW',
    items: [{ productId, quantity: 2 }],
  };
  const ordered = await naru.gateway.post('/api/orders', order, {
    ...bearer,
    ...within(stories['an order']),
  });
  expect(ordered.status).toBe(201);
  const { orderId } = ordered.body as { orderId: string };
  await eventually(
    'the order is paid',
    async () => (await naru.gateway.get(`/api/payments/${orderId}`, bearer)).status === 200,
  );
  await eventually(
    'the catalogue shows it',
    async () => (await naru.gateway.get(`/catalogue/order/${orderId}`, bearer)).body.status === 20,
  );
  const look = await naru.direct('console').get('/api/overview', within(stories['a look at the console']));
  expect(look.status).toBe(200);
  await naru.direct('email').get('/internal/emails?userId=1');
  await naru.direct('notification').get(`/internal/notifications?orderId=${orderId}`);
}

interface Moving {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** What the stories move in a service, by what topology.ts says of it. */
function movedBy(name: ServiceName): Moving[] {
  const moving: Moving[] = [
    { metric: `${metricNames.httpDuration}_count`, labels: [`http_route="${routes[name]}"`] },
  ];
  if (!services[name].database) return moving;
  const group = `messaging_consumer_group_name="${name}-consumer-group"`;
  moving.push(
    { metric: metricNames.consumed, labels: [group, 'outcome="processed"'] },
    { metric: `${metricNames.processDuration}_count`, labels: [group] },
    { metric: `${metricNames.endToEndLatency}_count`, labels: [group] },
    { metric: metricNames.lastProgress, labels: [group] },
  );
  for (const [topic, { producer }] of Object.entries(topics))
    if (producer === name && published.has(topic))
      moving.push({ metric: metricNames.published, labels: [`messaging_destination_name="${topic}"`] });
  if (name === 'order')
    moving.push(
      { metric: orderMetricNames.sagas, labels: ['saga_status="SUCCEEDED"'] },
      { metric: `${orderMetricNames.sagaDuration}_count`, labels: ['saga_status="SUCCEEDED"'] },
      { metric: orderMetricNames.sagaSteps, labels: ['step="payment.completed"', 'outcome="applied"'] },
    );
  return moving;
}

/** Topics that the stories write to. */
const published = new Set<string>([
  'user.signed-up',
  'board.created',
  'product.created.v1',
  'order.created.v1',
  'stock.events.v1',
  'payment.events.v1',
  'order.saga.v1',
]);

/** A route of each service that the stories ask. */
const routes: Record<ServiceName, string> = {
  gateway: '/api/orders',
  user: '/api/users/sign-up',
  board: '/api/boards',
  point: '/internal/points/add',
  email: '/internal/emails',
  order: '/api/orders',
  product: '/api/products',
  payment: '/api/payments/{orderId}',
  catalog: '/catalogue/order/{orderId}',
  notification: '/internal/notifications',
  console: '/api/overview',
};

function keyOf(name: ServiceName, metric: string, labels: readonly string[]): string {
  return `${name} ${metric} ${labels.join()}`;
}

function urlsOf({ platform }: Naru, name: ServiceName): string[] {
  return instancesOf([name]).map(({ instance }) => platform.urls.service(name, instance));
}

/** From the first span of the trace that was received to this one. */
function pathTo(span: ReceivedSpan, spans: readonly ReceivedSpan[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  const own = `${span.service} ${span.kind} ${span.name}`;
  return parent ? [...pathTo(parent, spans), own] : [own];
}

/** Lines that are JSON; the last may not be whole yet. */
function linesOf(file: string): Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
}
