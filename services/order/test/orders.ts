import { randomUUID } from 'node:crypto';
import { eventHeaders } from '@naru/contracts';
import { decodeHeaders, headerText, type Broker } from '@naru/kernel';
import { eventually, publish, type TestService } from '@naru/testing';

export interface Order {
  orderId: string;
  userId: number | null;
  customerId: string;
  customerEmail: string;
  totalAmount: number;
  currency: string;
  items: { productId: string; quantity: number }[];
  status: number;
  sagaId: string;
  sagaStatus: string;
  version: number;
  createdAt: string;
}

export interface Answer<T> {
  status: number;
  body: T & { code?: string; errors?: { field: string }[] };
  headers: Headers;
}

export const terms = {
  customerId: 'user-1001',
  customerEmail: 'user1001@example.com',
  totalAmount: 12_900,
  currency: 'KRW',
};

export const someItems = () => [
  { productId: randomUUID(), quantity: 2 },
  { productId: randomUUID(), quantity: 1 },
];

/** What a test does to the order service, and asks of it. */
export function orderClient(service: () => TestService, broker: () => Broker) {
  async function call<T>(path: string, init: RequestInit, userId?: number): Promise<Answer<T>> {
    const headers = new Headers(init.headers);
    if (userId !== undefined) headers.set('x-user-id', String(userId));
    const response = await fetch(`${service().url}${path}`, { ...init, headers });
    return {
      status: response.status,
      body: (await response.json()) as Answer<T>['body'],
      headers: response.headers,
    };
  }

  function post<T = Order>(path: string, body: unknown, userId?: number, more: Record<string, string> = {}) {
    const headers = { 'content-type': 'application/json', ...more };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return call<T>(path, { method: 'POST', headers, body: text }, userId);
  }

  const get = <T = Order>(path: string, userId?: number) => call<T>(path, {}, userId);

  const orderNow = async (orderId: string) => (await get(`/api/orders/${orderId}`)).body;

  const stockOf = (order: Order) => ({
    orderId: order.orderId,
    sagaId: order.sagaId,
    userId: order.userId,
    customerId: order.customerId,
    items: order.items,
    amount: order.totalAmount,
    currency: order.currency,
    version: 1,
  });

  const paymentOf = ({ orderId, sagaId, userId, totalAmount, currency }: Order) => {
    return { paymentId: randomUUID(), orderId, sagaId, userId, amount: totalAmount, currency, version: 1 };
  };

  /** Says something of an order as product or payment does. @returns the event's id */
  const say = {
    'stock.reserved': (order: Order, id?: string) => publish(broker(), 'stock.reserved', stockOf(order), id),
    'stock.rejected': (order: Order, id?: string) =>
      publish(broker(), 'stock.rejected', { ...stockOf(order), reason: 'out-of-stock' }, id),
    'stock.released': (order: Order, id?: string) =>
      publish(broker(), 'stock.released', { ...stockOf(order), reason: 'cancelled' }, id),
    'payment.completed': (order: Order, id?: string) =>
      publish(broker(), 'payment.completed', paymentOf(order), id),
    'payment.failed': (order: Order, id?: string) =>
      publish(broker(), 'payment.failed', { ...paymentOf(order), reason: 'declined' }, id),
    'payment.refunded': (order: Order, id?: string) =>
      publish(broker(), 'payment.refunded', { ...paymentOf(order), reason: 'cancelled' }, id),
    'payment.voided': (order: Order, id?: string) =>
      publish(broker(), 'payment.voided', { ...paymentOf(order), reason: 'cancelled' }, id),
  };

  type Saying = keyof typeof say;

  /** Says it, and waits until the saga's log has it. */
  async function hear(order: Order, type: Saying): Promise<string> {
    const id = await say[type](order);
    await eventually(`${type} in the log`, () =>
      service().database('saga_steps').where({ event_id: id }).first(),
    );
    return id;
  }

  return {
    post,
    get,
    orderNow,
    say,
    hear,

    async place(more: object = {}, userId?: number): Promise<Order> {
      const { status, body } = await post('/api/orders', { ...terms, ...more }, userId);
      if (status !== 201) throw new Error(`order: ${status} ${JSON.stringify(body)}`);
      return body;
    },

    cancel: (orderId: string, userId?: number) => post(`/api/orders/${orderId}/cancel`, {}, userId),

    changeStatus: (orderId: string, previousStatus: number, currentStatus: number, userId?: number) => {
      const { customerId, customerEmail } = terms;
      const body = { customerId, customerEmail, previousStatus, currentStatus };
      return post(`/api/orders/${orderId}/status`, body, userId);
    },

    /** Waits until the order stands so, e.g. `20 SUCCEEDED`. */
    stands: (orderId: string, where: string) =>
      eventually(`order ${where}`, async () => {
        const now = await orderNow(orderId);
        return `${now.status} ${now.sagaStatus}` === where && now;
      }),

    /** The saga's log: input, outcome, and where the order stood after it. */
    async log(orderId: string): Promise<string[]> {
      const rows = (await service()
        .database('saga_steps')
        .where({ order_id: orderId })
        .orderBy('step_id')) as {
        [column: string]: string | number | null;
      }[];
      return rows.map(
        (row) => `${row['input']} ${row['outcome']} ${row['to_status']} ${row['to_saga_status']}`,
      );
    },

    /** What was told of an order, in its order. */
    async told(orderId: string) {
      const rows = (await service()
        .database('outbox')
        .where({ record_key: Buffer.from(orderId) })
        .orderBy('id')) as {
        topic: string;
        payload: Buffer;
        headers: Buffer;
        saga_id: string;
        saga_status: string;
        outbox_status: string;
      }[];
      return rows.map((row) => ({
        ...row,
        type: headerText(decodeHeaders(row.headers), eventHeaders.type),
        data: JSON.parse(row.payload.toString()) as Order & { reason?: string },
      }));
    },

    async metric(name: string, ...labels: string[]): Promise<number> {
      const lines = (await (await fetch(`${service().url}/metrics`)).text()).split('\n');
      const sample = lines.find(
        (line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)),
      );
      return Number(sample?.split(' ').at(-1) ?? 0);
    },
  };
}
