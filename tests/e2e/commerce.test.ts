import { afterAll, beforeAll, expect } from '@jest/globals';
import { deadLetterHeaders, eventHeaders, services as declared, type ServiceName } from '@naru/contracts';
import { createKafkaBroker, headerText, type Broker } from '@naru/kernel';
import { eventually } from '../support/eventually';
import { recordsOf, testLog } from '../support/kafka';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { auditIsGreen } from './audit-is-green';
import type { Client, User } from '../support/client';
import { startNaru, type Naru } from './naru';
import { scenario } from './report';
import { telemetryArrives } from './telemetry';

const services = Object.keys(declared) as ServiceName[];
const DEADLINE_S = 8;
const SETTLE_MS = 30_000;
/** Three retries two seconds apart, and the way to the topic. */
const DEAD_LETTER_MS = 40_000;
const TEST_MS = 120_000;

/** Source C's own bodies. */
const order = {
  customerId: 'user-1001',
  customerEmail: 'user1001@example.com',
  totalAmount: 12900,
  currency: 'KRW',
};
const keyboard = { productName: 'wireless-keyboard', price: 59900, currency: 'KRW', stockQuantity: 120 };
const failing = {
  customerId: 'fail-user-1',
  customerEmail: 'fail@example.com',
  totalAmount: 5000,
  currency: 'KRW',
};

let naru: Naru;
let broker: Broker;
let buyer: User;
let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  const serviceEnv = {
    '*': { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    order: { SAGA_DEADLINE_S: String(DEADLINE_S) },
  };
  naru = await startNaru({ services, serviceEnv });
  const brokers = naru.platform.urls.kafkaBrokers.split(',');
  broker = createKafkaBroker({ clientId: 'commerce', brokers, log: testLog });
  buyer = await naru.newUser('Buyer');
}, 240_000);
afterAll(async () => {
  await broker?.disconnect();
  await naru?.stop();
  await receiver?.close();
}, 60_000);

const settled = (client: Client, orderId: string, status: number, sagaStatus: string) =>
  eventually(
    `${orderId} is ${status} ${sagaStatus}`,
    async () => {
      const answer = await client.get(`/api/orders/${orderId}`);
      return answer.body.status === status && answer.body.sagaStatus === sagaStatus && answer;
    },
    SETTLE_MS,
  );

const notified = (orderId: string, types: readonly string[]) =>
  eventually(
    `${types.join(', ')} of ${orderId} are sent`,
    async () => {
      const answer = await naru.direct('notification').get(`/internal/notifications?orderId=${orderId}`);
      const sent = (answer.body as { type: string; status: string }[]).filter(
        ({ status }) => status === 'SENT',
      );
      return (
        sent
          .map(({ type }) => type)
          .sort()
          .join() === [...types].sort().join() && answer
      );
    },
    SETTLE_MS,
  );

const stockOf = async (productId: string) =>
  Number((await naru.direct('product').get(`/api/products/${productId}`)).body.stockQuantity);

async function newProduct(stockQuantity = 10, price = 500): Promise<string> {
  const { body } = await buyer.client.post('/api/products', { ...keyboard, price, stockQuantity });
  return String(body.productId);
}

const ordering = (productId: string, quantity: number, totalAmount: number, customerId = 'user-1001') => ({
  ...order,
  customerId,
  totalAmount,
  items: [{ productId, quantity }],
});

scenario(
  'An order on the service’s own port goes 20 → 25 → 80, and each step is notified of',
  [
    { source: 'C', promise: 'POST /api/orders publishes order.created.v1' },
    { source: 'C', promise: 'status changes 20→25 and 25→80 publish order.shipped.v1, others are refused' },
    { source: 'C', promise: 'the notification service sends one notification for each' },
  ],
  async (record) => {
    const direct = naru.direct('order');
    const created = await direct.post('/api/orders', order);
    record.http('POST :8081/api/orders', order, created);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      ...order,
      status: 20,
      sagaStatus: 'SUCCEEDED',
      userId: null,
      items: [],
    });
    const orderId = String(created.body.orderId);
    const change = (previousStatus: number, currentStatus: number) => {
      const { customerId, customerEmail } = order;
      return direct.post(`/api/orders/${orderId}/status`, {
        customerId,
        customerEmail,
        previousStatus,
        currentStatus,
      });
    };
    expect((await change(25, 80)).status).toBe(409);
    expect((await change(20, 80)).status).toBe(409);
    const shipped = await change(20, 25);
    record.http(
      `POST :8081/api/orders/${orderId}/status`,
      { previousStatus: 20, currentStatus: 25 },
      shipped,
    );
    expect(shipped.body).toMatchObject({ status: 25 });
    const delivered = await change(25, 80);
    expect(delivered.body).toMatchObject({ status: 80 });
    expect((await direct.post(`/api/orders/${orderId}/cancel`)).status).toBe(409);
    const log = await notified(orderId, ['order.created', 'order.status-changed', 'order.status-changed']);
    record.http(`GET :8082/internal/notifications?orderId=${orderId}`, undefined, log);
  },
  TEST_MS,
);

scenario(
  'A product is told of on product.created.v1, keyed by its id',
  [{ source: 'C', promise: 'POST /api/products publishes product.created.v1 with productId as key' }],
  async (record) => {
    const created = await naru.direct('product').post('/api/products', keyboard);
    record.http('POST :8083/api/products', keyboard, created);
    expect(created.status).toBe(201);
    const { productId } = created.body as { productId: string };
    const told = await eventually('its event', async () => {
      const records = await recordsOf(broker, 'product.created.v1');
      return records.find(({ key }) => key?.toString() === productId);
    });
    expect(JSON.parse(String(told.value))).toMatchObject({ productId, ...keyboard, version: 1 });
    record.effect(`product.created.v1[${told.partition}]@${told.offset} has key ${productId}`);
  },
  TEST_MS,
);

scenario(
  'An order of a `fail-` customer ends in order.created.v1.dlq with its headers',
  [{ source: 'C', promise: 'after three retries two seconds apart an event goes to its dead-letter topic' }],
  async (record) => {
    const created = await naru.direct('order').post('/api/orders', failing);
    record.http('POST :8081/api/orders', failing, created);
    const orderId = String(created.body.orderId);
    const letter = await eventually(
      'the dead letter',
      async () => {
        const letters = await recordsOf(broker, 'order.created.v1.dlq');
        return letters.find(({ key }) => key?.toString() === orderId);
      },
      DEAD_LETTER_MS,
    );
    const text = (name: string) => headerText(letter.headers, name);
    expect(text(deadLetterHeaders.topic)).toBe('order.created.v1');
    expect(text(deadLetterHeaders.consumerGroup)).toBe('notification-consumer-group');
    expect(text(deadLetterHeaders.attempts)).toBe('4');
    expect(text(eventHeaders.type)).toBe('order.created');
    record.effect(
      `order.created.v1.dlq[${letter.partition}]@${letter.offset}: ${text(deadLetterHeaders.exceptionMessage) ?? ''}, ` +
        `${text(deadLetterHeaders.attempts) ?? ''} attempts`,
    );
  },
  TEST_MS,
);

scenario(
  'An order with items is reserved, paid and confirmed, and the catalogue shows its story',
  [
    { source: 'D', promise: 'product, order and payment are services of their own, joined by events' },
    {
      source: 'E',
      promise: 'a SAGA with outbox; the catalogue applies what it heard, GET /catalogue/order/{orderId}',
    },
  ],
  async (record) => {
    const productId = await newProduct();
    const input = ordering(productId, 2, 1000);
    const created = await buyer.client.post('/order', input);
    record.http('POST /order', input, created);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ status: 10, sagaStatus: 'STARTED', userId: buyer.userId });
    const orderId = String(created.body.orderId);
    const confirmed = await settled(buyer.client, orderId, 20, 'SUCCEEDED');
    record.http(`GET /api/orders/${orderId}`, undefined, confirmed);
    expect(await stockOf(productId)).toBe(8);
    const payment = await buyer.client.get(`/api/payments/${orderId}`);
    record.http(`GET /api/payments/${orderId}`, undefined, payment);
    expect(payment.body).toMatchObject({ orderId, amount: 1000, currency: 'KRW', status: 'COMPLETED' });
    const shown = await eventually('the catalogue is up to date', async () => {
      const answer = await buyer.client.get(`/catalogue/order/${orderId}`);
      const isWhole = answer.body.status === 20 && answer.body.payment && answer.body.items?.[0]?.productName;
      return Boolean(isWhole) && answer.body.timeline.length === 4 && answer;
    });
    record.http(`GET /catalogue/order/${orderId}`, undefined, shown);
    expect(shown.body).toMatchObject({
      sagaStatus: 'SUCCEEDED',
      items: [{ productId, productName: keyboard.productName, quantity: 2 }],
      payment: { amount: 1000, status: 'COMPLETED' },
    });
    const types = (shown.body.timeline as { type: string }[]).map(({ type }) => type);
    expect(types).toEqual(['order.created', 'stock.reserved', 'payment.completed', 'order.confirmed']);
    await notified(orderId, ['order.created', 'order.confirmed']);
  },
  TEST_MS,
);

scenario(
  'Too little stock: the order fails, nothing is held and nothing is charged',
  [{ source: 'design', promise: 'stock is reserved all or none' }],
  async (record) => {
    const [plenty, scarce] = [await newProduct(10), await newProduct(1)];
    const items = [plenty, scarce].map((productId) => ({ productId, quantity: 2 }));
    const { body } = await buyer.client.post('/api/orders', { ...order, totalAmount: 2000, items });
    const failed = await settled(buyer.client, body.orderId, 90, 'FAILED');
    record.http(`GET /api/orders/${body.orderId}`, undefined, failed);
    expect([await stockOf(plenty), await stockOf(scarce)]).toEqual([10, 1]);
    const payment = await eventually('payment has answered', async () => {
      const answer = await buyer.client.get(`/api/payments/${body.orderId}`);
      return answer.status === 200 && answer;
    });
    expect(payment.body.status).toBe('VOIDED');
  },
  TEST_MS,
);

scenario(
  'A declined payment: the order is compensated and the stock is back',
  [{ source: 'design', promise: 'payment.failed leads to compensation' }],
  async (record) => {
    const productId = await newProduct();
    const { body } = await buyer.client.post('/api/orders', ordering(productId, 2, 1000, 'decline-me'));
    const compensated = await settled(buyer.client, body.orderId, 90, 'COMPENSATED');
    record.http(`GET /api/orders/${body.orderId}`, undefined, compensated);
    expect(await stockOf(productId)).toBe(10);
    await notified(body.orderId, ['order.created', 'order.cancelled']);
  },
  TEST_MS,
);

scenario(
  'A confirmed order is cancelled: its money and its stock come back',
  [{ source: 'design', promise: 'cancel from 20 compensates: refund once, stock released once' }],
  async (record) => {
    const productId = await newProduct();
    const { body } = await buyer.client.post('/api/orders', ordering(productId, 3, 1500));
    await settled(buyer.client, body.orderId, 20, 'SUCCEEDED');
    const cancelled = await buyer.client.post(`/api/orders/${body.orderId}/cancel`);
    record.http(`POST /api/orders/${body.orderId}/cancel`, undefined, cancelled);
    expect(cancelled.status).toBe(202);
    await settled(buyer.client, body.orderId, 90, 'COMPENSATED');
    const payment = await buyer.client.get(`/api/payments/${body.orderId}`);
    record.http(`GET /api/payments/${body.orderId}`, undefined, payment);
    expect(payment.body.status).toBe('REFUNDED');
    expect(await stockOf(productId)).toBe(10);
    expect((await buyer.client.post(`/api/orders/${body.orderId}/cancel`)).status).toBe(202);
  },
  TEST_MS,
);

scenario(
  'Orders, payments and the catalogue are their owner’s alone',
  [{ source: 'D', promise: 'services act for the user that the gateway verified' }],
  async (record) => {
    const { body } = await buyer.client.post('/api/orders', order);
    const stranger = await naru.newUser('Stranger');
    for (const path of [
      `/api/orders/${body.orderId}`,
      `/api/payments/${body.orderId}`,
      `/catalogue/order/${body.orderId}`,
    ]) {
      expect((await stranger.client.get(path)).status).toBe(404);
    }
    const refused = await stranger.client.post(`/api/orders/${body.orderId}/cancel`);
    record.http(`POST /api/orders/${body.orderId}/cancel`, undefined, refused);
    expect(refused.status).toBe(404);
    expect((await stranger.client.get('/api/orders')).body).toEqual([]);
  },
  TEST_MS,
);

scenario(
  'Source E’s paths at the gateway mean the same',
  [{ source: 'E', promise: 'GET /welcome, POST /signup, POST /login, GET /users/{userId}, POST /order' }],
  async (record) => {
    expect((await naru.gateway.get('/welcome')).status).toBe(200);
    const input = { email: 'erin@example.com', name: 'Erin', password: 'crossing-the-river' };
    expect((await naru.gateway.post('/signup', input)).status).toBe(204);
    const login = await naru.gateway.post('/login', { email: input.email, password: input.password });
    const bearer = { authorization: `Bearer ${String(login.body.token)}` };
    const me = await naru.gateway.get('/api/users/me', bearer);
    const aliased = await naru.gateway.get(`/users/${me.body.userId}`, bearer);
    record.http(`GET /users/${me.body.userId}`, undefined, aliased);
    expect(aliased.body).toEqual(me.body);
    const ordered = await naru.gateway.post('/order', order, bearer);
    expect(ordered.status).toBe(201);
    expect(ordered.body.userId).toBe(me.body.userId);
  },
  TEST_MS,
);

scenario(
  'Product is dead for longer than the deadline: the order times out, and nothing stays held',
  [
    {
      source: 'design',
      promise: 'deadlines are persisted; a late reservation of a cancelled order is a no-op',
    },
  ],
  async (record) => {
    const productId = await newProduct();
    const product = naru.platform.service('product');
    await product.stop();
    const { body } = await buyer.client.post('/api/orders', ordering(productId, 4, 2000));
    const timedOut = await settled(buyer.client, body.orderId, 90, 'COMPENSATING');
    record.http(`GET /api/orders/${body.orderId}`, undefined, timedOut);
    await product.start();
    await settled(buyer.client, body.orderId, 90, 'COMPENSATED');
    expect(await stockOf(productId)).toBe(10);
  },
  TEST_MS,
);

scenario(
  'After all of it the audit is green',
  [{ source: 'design', promise: 'stock, payments, sagas, catalogue and notifications agree' }],
  async (record) => {
    await auditIsGreen(naru);
    record.effect('every invariant of the audit holds');
  },
  TEST_MS,
);

telemetryArrives(
  () => naru,
  () => receiver,
);
