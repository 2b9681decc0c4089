import { eventHeaders, topicOf, topics, type EventPayloads, type EventType } from '@naru/contracts';
import type { IncomingRecord, RecordHeaders } from '@naru/kernel';

const EPOCH_MS = Date.parse('2026-11-20T10:00:00.250Z');

/** An id of a UUID's shape that is another one for each number. */
function uuid(kind: number, index: number): string {
  return `01a1fa8d-5a0f-7${String(kind).padStart(3, '0')}-a2b7-${index.toString(16).padStart(12, '0')}`;
}

function order(index: number) {
  const customer = 1_000 + (index % 5_000);
  return {
    orderId: uuid(1, index),
    userId: customer,
    customerId: `user-${customer}`,
    customerEmail: `user${customer}@example.com`,
    totalAmount: 119_800 + index,
    currency: 'KRW',
    items: Array.from({ length: 1 + (index % 3) }, (_, item) => ({
      productId: uuid(2, index + item),
      quantity: 1 + item,
    })),
    status: 10,
    sagaId: uuid(3, index),
    sagaStatus: 'STARTED',
    version: 1 + (index % 4),
  };
}

function stock(index: number) {
  const { orderId, sagaId, userId, customerId, items, totalAmount, currency, version } = order(index);
  return { orderId, sagaId, userId, customerId, items, amount: totalAmount, currency, version };
}

function payment(index: number) {
  const { orderId, sagaId, userId, totalAmount, currency, version } = order(index);
  return { paymentId: uuid(4, index), orderId, sagaId, userId, amount: totalAmount, currency, version };
}

function user(index: number) {
  const userId = 1_000 + index;
  return { userId, name: 'Hana Kim', email: `user${userId}@example.com`, version: 1 + (index % 4) };
}

/** Payloads of the sizes that Naru's events have, another one for each number. */
export const eventSamples: { readonly [T in EventType]: (index: number) => EventPayloads[T] } = {
  'board.created': (index) => ({
    boardId: 100_000 + index,
    userId: 1_000 + (index % 5_000),
    title: `Things arrive and leave, and nothing is lost (${index})`,
    version: 1,
  }),
  'order.cancelled': (index) => ({ ...order(index), reason: 'stock-rejected' }),
  'order.confirmed': order,
  'order.created': order,
  'order.status-changed': (index) => ({ ...order(index), previousStatus: 20, currentStatus: 25 }),
  'payment.completed': payment,
  'payment.failed': (index) => ({ ...payment(index), reason: 'declined' }),
  'payment.refunded': (index) => ({ ...payment(index), reason: 'order-cancelled' }),
  'payment.voided': (index) => ({ ...payment(index), reason: 'order-cancelled' }),
  'point.deduction-rejected': (index) => ({
    userId: 1_000 + (index % 5_000),
    boardId: 100_000 + index,
    amount: 100,
    balance: index % 100,
  }),
  'product.created': (index) => ({
    productId: uuid(2, index),
    productName: `wireless-keyboard-${index}`,
    price: 59_900,
    currency: 'KRW',
    stockQuantity: 120 + (index % 1_000),
    version: 1,
  }),
  'stock.rejected': (index) => ({ ...stock(index), reason: 'amount-mismatch' }),
  'stock.released': (index) => ({ ...stock(index), reason: 'order-cancelled' }),
  'stock.reserved': stock,
  'user.signed-up': user,
  'user.updated': user,
};

export const eventTypes = Object.keys(eventSamples) as EventType[];

/** A record as a relay sends it and a consumer gets it: with the key and the headers that the outbox gives an event. */
export function recordAround(
  type: EventType,
  data: object,
  value: Buffer,
  contentType: string,
  index: number,
): IncomingRecord {
  const topic = topicOf(type);
  const fields = data as Readonly<Record<string, unknown>>;
  const { key } = topics[topic];
  const id = uuid(5, index);
  const { sagaId } = fields;
  const headers: [name: string, text: string | undefined][] = [
    [eventHeaders.specVersion, '1.0'],
    [eventHeaders.id, id],
    [eventHeaders.source, `/naru/${topics[topic].producer}`],
    [eventHeaders.type, type],
    [eventHeaders.time, new Date(EPOCH_MS + index).toISOString()],
    [eventHeaders.subject, String(fields[key ?? 'paymentId'])],
    [eventHeaders.correlationId, uuid(6, index)],
    [eventHeaders.sagaId, typeof sagaId === 'string' ? sagaId : undefined],
    [eventHeaders.contentType, contentType],
    [eventHeaders.traceparent, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
  ];
  return {
    topic,
    partition: 0,
    offset: BigInt(index),
    timestamp_ms: EPOCH_MS + index,
    key: key === null ? null : Buffer.from(String(fields[key])),
    value,
    headers: headers.flatMap(([name, text]): RecordHeaders =>
      text === undefined ? [] : [[name, Buffer.from(text)]],
    ),
  };
}
