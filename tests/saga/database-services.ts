import { randomUUID } from 'node:crypto';
import {
  createCodec,
  createMetrics,
  createOutbox,
  decodeHeaders,
  naruContracts,
  select,
  transaction,
  type AnyHandler,
  type Database,
  type Event,
  type TransactionalHandler,
} from '@naru/kernel';
import { testDatabase } from '@naru/testing';
import { orderHandlers } from '../../services/order/src/consumers';
import type { Terms } from '../../services/order/src/domain/order';
import { createOrderMetrics } from '../../services/order/src/metrics';
import { migrations as orderMigrations } from '../../services/order/src/migrations';
import { cancel } from '../../services/order/src/requests';
import { createSagas } from '../../services/order/src/sagas';
import { lockOpenOrders } from '../../services/order/src/store';
import { paymentHandlers } from '../../services/payment/src/consumers';
import type { Input } from '../../services/payment/src/domain/decide';
import { createPaymentMetrics } from '../../services/payment/src/metrics';
import { migrations as paymentMigrations } from '../../services/payment/src/migrations';
import { captureKey, refundKey } from '../../services/payment/src/provider/port';
import { createSimulatedProvider } from '../../services/payment/src/provider/simulated';
import { createSettle } from '../../services/payment/src/settle';
import { claimDue, LEASE_S, postpone, type Due } from '../../services/payment/src/store';
import { productHandlers } from '../../services/product/src/consumers';
import { migrations as productMigrations } from '../../services/product/src/migrations';
import { insertProduct } from '../../services/product/src/store';
import type { Operation, Outcome, ProductOutcome } from './invariants';
import { players, type OfOrder, type Player } from './lanes';

/** How the provider answered a call, which the payment service has not written yet. */
export interface Answer {
  readonly orderId: string;
  readonly input: Input;
}

export type HeardEvent = Event & OfOrder;

const codec = createCodec(naruContracts);
const PROVIDER_FAILURES_PERCENT = 20;

/**
 * Order, product and payment with a real database each, and without brokers, inboxes and timers: whoever calls decides
 * what happens when. @param random from 0 up to 1, for the provider's failures
 */
export async function createDatabaseServices(random: () => number) {
  const [order, product, payment] = await Promise.all(
    [orderMigrations, productMigrations, paymentMigrations].map((migrations) => testDatabase(migrations)),
  );
  const databases = { order, product, payment } as Record<Player, Database>;
  const outboxOf = (player: Player) => createOutbox(naruContracts, codec, `/naru/${player}`, () => undefined);

  const metrics = createOrderMetrics(createMetrics('order'));
  const sagas = createSagas({ outbox: outboxOf('order'), metrics, newId: randomUUID, deadline_s: 60 });
  const settle = createSettle({
    outbox: outboxOf('payment'),
    metrics: createPaymentMetrics(createMetrics('payment')),
    onDue: () => undefined,
  });
  const provider = createSimulatedProvider({
    database: databases.payment,
    delay_ms: 0,
    failures_percent: PROVIDER_FAILURES_PERCENT,
    random,
  });
  const handlers: Record<Player, readonly AnyHandler[]> = {
    order: orderHandlers(sagas),
    product: productHandlers(outboxOf('product')),
    payment: paymentHandlers(settle, randomUUID),
  };

  async function handle(player: Player, events: readonly HeardEvent[]) {
    const types = new Set(events.map(({ type }) => type));
    const handler = handlers[player].find((one) => [...types].every((type) => one.types.includes(type)));
    if (!handler) throw new Error(`${player} has no handler of ${[...types].join(', ')}`);
    await transaction(databases[player], (trx) => (handler as TransactionalHandler).handle(trx, events));
  }

  /** As the worker calls: once a claim, without an answer when the provider fails. */
  async function call({ orderId, status, customerId, amount, currency }: Due, claim: string) {
    const isCapture = status === 'CAPTURING';
    const key = isCapture ? captureKey(orderId) : refundKey(orderId);
    const asked = { key, orderId, customerId, amount, currency };
    const { signal } = new AbortController();
    try {
      const input = await (isCapture ? provider.capture(asked, signal) : provider.refund(asked, signal));
      return [{ orderId, input }];
    } catch (error) {
      await postpone(databases.payment, orderId, claim, 0, error);
      return [];
    }
  }

  const read = { order: '0', product: '0', payment: '0' };

  return {
    handle,

    sell: (price: number, stockQuantity: number) =>
      transaction(databases.product, async (trx) => {
        const about = { productName: 'keyboard', currency: 'KRW', sellerId: null, version: 1 };
        const productId = randomUUID();
        await insertProduct(trx, { ...about, productId, price, stockQuantity });
        return productId;
      }),

    place: (terms: Terms) => transaction(databases.order, (trx) => sagas.place(trx, terms)),

    cancel: (orderId: string) =>
      transaction(databases.order, (trx) => cancel(trx, sagas, { orderId, owner: undefined })),

    /** The order's deadline passes; as in the service, what another transaction is at is passed over. */
    endTime: (orderId: string) =>
      transaction(databases.order, async (trx) => {
        const open = await lockOpenOrders(trx, [orderId]);
        const occurrences = [...open.keys()].map(
          (id) => ({ orderId: id, input: { type: 'deadline' } }) as const,
        );
        await sagas.advance(trx, open, occurrences);
      }),

    /** Orders whose payment waits for the provider. */
    due: (): Promise<string[]> =>
      databases
        .payment('payments')
        .where('due_at', '<=', databases.payment.fn.now(6))
        .orderBy('due_at')
        .pluck('order_id'),

    /** Claims payments and calls the provider. @returns its answers */
    async askProvider(paymentsMax: number): Promise<Answer[]> {
      const claim = randomUUID();
      const claimed = await transaction(databases.payment, (trx) => claimDue(trx, claim, paymentsMax));
      return (await Promise.all(claimed.map((due) => call(due, claim)))).flat();
    },

    hearProvider: (answers: readonly Answer[]) =>
      transaction(databases.payment, (trx) => settle(trx, answers)),

    /** As when whoever has claimed the payment died, and its lease has ended. */
    endLease: async (orderId: string) => {
      const { payment: database } = databases;
      const ended = database.raw(`due_at - INTERVAL ${LEASE_S} SECOND`);
      await database('payments')
        .where({ order_id: orderId })
        .whereNotNull('due_at')
        .update({ due_at: ended });
    },

    /** What the outboxes have that was not read before, each outbox in the order of its rows. */
    async news(): Promise<HeardEvent[]> {
      const outboxes = players.map(async (player) => {
        const rows: OutboxRow[] = await databases[player]('outbox')
          .where('id', '>', read[player])
          .orderBy('id');
        read[player] = String(rows.at(-1)?.id ?? read[player]);
        return rows.map(toEvent);
      });
      return (await Promise.all(outboxes)).flat();
    },

    /** Of the orders and products that are named. */
    async outcome(
      orderIds: readonly string[],
      productIds: readonly string[],
    ): Promise<Omit<Outcome, 'told'>> {
      const [orders, products, operations] = await Promise.all([
        select<OrderRow>(databases.order, SELECT_ORDERS, [orderIds]),
        select<ProductOutcome>(databases.product, SELECT_PRODUCTS, [productIds]),
        select<OperationRow>(databases.payment, SELECT_OPERATIONS, [orderIds]),
      ]);
      return {
        orders: orders.map((row) => ({ ...row, items: JSON.parse(row.items) as Terms['items'] })),
        products,
        operations: operations.map((row) => ({ ...row, isDeclined: row.isDeclined === 1 })),
      };
    },

    async stop() {
      await Promise.all(players.map((player) => databases[player].destroy()));
    },
  };
}

export type DatabaseServices = Awaited<ReturnType<typeof createDatabaseServices>>;

const SELECT_ORDERS = `SELECT order_id AS orderId, status, saga_status AS sagaStatus, CAST(items AS CHAR) AS items
  FROM orders WHERE order_id IN (?) ORDER BY order_id`;
const SELECT_PRODUCTS = `SELECT product_id AS productId, initial, free, held, sold FROM products
  WHERE product_id IN (?) ORDER BY product_id`;
const SELECT_OPERATIONS = `SELECT order_id AS orderId, kind, declined IS NOT NULL AS isDeclined FROM provider_operations
  WHERE order_id IN (?) ORDER BY idempotency_key`;

type OrderRow = Omit<Outcome['orders'][number], 'items'> & { readonly items: string };
type OperationRow = Omit<Operation, 'isDeclined'> & { readonly isDeclined: number };

interface OutboxRow {
  readonly id: number | string;
  readonly topic: string;
  readonly partition_number: number;
  readonly record_key: Buffer | null;
  readonly payload: Buffer;
  readonly headers: Buffer;
}

function toEvent({ id, topic, partition_number: partition, ...row }: OutboxRow): HeardEvent {
  const record = {
    topic,
    partition,
    key: row.record_key,
    value: row.payload,
    headers: decodeHeaders(row.headers),
  };
  return codec.decode({ ...record, offset: BigInt(id), timestamp_ms: Date.now() }) as HeardEvent;
}
