import { select, type Database } from '@naru/kernel';
import type {
  CatalogFacts,
  NotificationFacts,
  OrderFacts,
  PaymentFacts,
  ProductFacts,
  ProviderOperation,
} from '../commerce-facts';
import { readOrder, readProduct } from './order-tables';
import { rowsOf, type Reading } from './pages';

/** What the commerce services hold in tables of their own, by service. */
export interface CommerceFacts {
  order?: OrderFacts;
  product?: ProductFacts;
  payment?: PaymentFacts;
  catalog?: CatalogFacts;
  notification?: NotificationFacts;
}

export async function readCommerce(
  databases: ReadonlyMap<string, Database>,
  reading: Reading,
): Promise<CommerceFacts> {
  const facts: CommerceFacts = {};
  const [order, product, payment, catalog, notification] = [
    'order',
    'product',
    'payment',
    'catalog',
    'notification',
  ].map((name) => databases.get(name));
  if (order) facts.order = await readOrder(order, reading);
  if (product) facts.product = await readProduct(product, reading);
  if (payment) facts.payment = await readPayment(payment, reading);
  if (catalog) facts.catalog = await readCatalog(catalog, reading);
  if (notification) facts.notification = await readNotification(notification, reading);
  return facts;
}

/** Sagas, payments and heard events that are still under way: what counts them, by service. */
const underWay: Readonly<Record<string, string>> = {
  order: `SELECT COUNT(*) AS pending FROM orders WHERE saga_status IN ('STARTED', 'PROCESSING', 'COMPENSATING')`,
  payment: 'SELECT COUNT(*) AS pending FROM payments WHERE due_at IS NOT NULL',
  catalog: "SELECT COUNT(*) AS pending FROM heard_events WHERE status = 'NEW'",
};

/** Whether a service has work of its own left that is neither in a topic nor in its outbox. */
export async function hasWorkLeft(service: string, database: Database): Promise<boolean> {
  const sql = underWay[service];
  if (sql === undefined) return false;
  const [row] = await select<{ pending: number }>(database, sql);
  return (row?.pending ?? 0) > 0;
}

async function readPayment(database: Database, reading: Reading): Promise<PaymentFacts> {
  type Columns = { order_id: string; amount: number; status: string };
  type OperationColumns = {
    idempotency_key: string;
    order_id: string;
    kind: ProviderOperation['kind'];
    amount: number;
    declined: string | null;
  };
  return {
    payments: await rowsOf(
      database,
      {
        source: 'payment.payments',
        table: 'payments',
        key: 'order_id',
        isText: true,
        columns: 'order_id, amount, status',
      },
      ({ order_id: orderId, amount, status }: Columns) => ({ orderId, amount, status }),
      reading,
    ),
    operations: await rowsOf(
      database,
      {
        source: 'payment.provider_operations',
        table: 'provider_operations',
        key: 'idempotency_key',
        isText: true,
        columns: 'idempotency_key, order_id, kind, amount, declined',
      },
      ({ order_id: orderId, kind, amount, declined }: OperationColumns) => {
        return { orderId, kind, amount, isDeclined: declined !== null };
      },
      reading,
    ),
  };
}

async function readCatalog(database: Database, reading: Reading): Promise<CatalogFacts> {
  type Columns = { order_id: string; status: number; saga_status: string };
  type EntryColumns = { event_id: string; order_id: string; event_type: string };
  type HeardColumns = { sequence: number; event_id: string; aggregate_id: string; status: string };
  const entries = await rowsOf(
    database,
    {
      source: 'catalog.timeline',
      table: 'timeline',
      key: 'event_id',
      isText: true,
      columns: 'event_id, order_id, event_type',
    },
    ({ order_id: orderId, event_type: type }: EntryColumns) => ({ orderId, type }),
    reading,
  );
  const heard = new Map<string, Set<string>>();
  for (const { orderId, type } of entries) heard.set(orderId, (heard.get(orderId) ?? new Set()).add(type));
  return {
    orders: await rowsOf(
      database,
      {
        source: 'catalog.orders',
        table: 'orders',
        key: 'order_id',
        isText: true,
        columns: 'order_id, status, saga_status',
      },
      ({ order_id: orderId, status, saga_status: sagaStatus }: Columns) => {
        return { orderId, status, sagaStatus, heard: heard.get(orderId) ?? new Set<string>() };
      },
      reading,
    ),
    unapplied: await rowsOf(
      database,
      {
        source: 'catalog.heard_events',
        table: 'heard_events',
        key: 'sequence',
        columns: 'sequence, event_id, aggregate_id, status',
        condition: "status <> 'APPLIED'",
      },
      ({ event_id: eventId, aggregate_id: aggregateId, status }: HeardColumns) => {
        return { eventId, aggregateId, status };
      },
      reading,
    ),
  };
}

async function readNotification(database: Database, reading: Reading): Promise<NotificationFacts> {
  type Columns = { event_id: string; order_id: string; status: string; attempts: number };
  const deliveries = await rowsOf(
    database,
    {
      source: 'notification.deliveries',
      table: 'deliveries',
      key: 'event_id',
      isText: true,
      columns: 'event_id, order_id, status, attempts',
    },
    ({ event_id: eventId, order_id: orderId, status, attempts }: Columns) => {
      return { eventId, orderId, status, attempts };
    },
    reading,
  );
  return { deliveries };
}
