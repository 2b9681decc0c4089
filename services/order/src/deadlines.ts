import { transaction, type Database, type Log, type Part } from '@naru/kernel';
import type { OrderMetrics } from './metrics';
import type { Sagas } from './sagas';
import { countSagas, lockOpenOrders, openSagaAges, overdueOrders } from './store';

const POLL_INTERVAL_MS = 500;
const OBSERVE_INTERVAL_MS = 5_000;
const BATCH_ORDERS = 100;
const BATCHES_MAX = 20;

export interface DeadlineParts {
  readonly database: Database;
  readonly sagas: Sagas;
  readonly metrics: Pick<OrderMetrics, 'sagas' | 'oldestOpenAge' | 'compensatingOldestAge'>;
  readonly log: Log;
}

/**
 * Gives up orders whose saga has not come to its end in time, and watches all. Each
 * process of the service does so, by the database's clock; what one is at, the others pass over.
 */
export function createDeadlines({ database, sagas, metrics, log }: DeadlineParts): Part {
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let isStopping = false;
  let isPutOff = false;
  let observeAt_ms = 0;

  async function giveUpOverdue(): Promise<void> {
    for (let batch = 0; batch < BATCHES_MAX && !isStopping; batch++) {
      const overdue = await overdueOrders(database, BATCH_ORDERS);
      if (overdue.length > 0) await giveUp(overdue);
      if (overdue.length < BATCH_ORDERS) break;
    }
  }

  async function giveUp(orderIds: readonly string[]): Promise<void> {
    const count = await transaction(database, async (trx) => {
      const orders = await lockOpenOrders(trx, orderIds);
      const occurrences = [...orders.keys()].map((orderId) => {
        return { orderId, input: { type: 'deadline' } } as const;
      });
      await sagas.advance(trx, orders, occurrences);
      return orders.size;
    });
    if (count > 0) log.info({ orders: count }, 'given up at their deadline');
  }

  async function observe(): Promise<void> {
    if (performance.now() < observeAt_ms) return;
    observeAt_ms = performance.now() + OBSERVE_INTERVAL_MS;
    for (const [saga_status, orders] of await countSagas(database))
      metrics.sagas.set({ saga_status }, orders);
    const { placed_s, compensating_s } = await openSagaAges(database);
    metrics.oldestOpenAge.set(Math.max(placed_s, compensating_s));
    metrics.compensatingOldestAge.set(compensating_s);
  }

  async function work(): Promise<void> {
    try {
      await giveUpOverdue();
      await observe();
      isPutOff = false;
    } catch (error) {
      if (!isPutOff) log.warn({ error: String(error) }, 'deadlines of sagas are put off');
      isPutOff = true;
    }
  }

  return {
    async start() {
      timer = setInterval(() => {
        round ??= work().finally(() => (round = undefined));
      }, POLL_INTERVAL_MS);
    },
    async stop() {
      isStopping = true;
      clearInterval(timer);
      await round;
    },
  };
}
