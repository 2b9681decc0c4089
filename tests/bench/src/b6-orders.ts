import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicSpecifications } from '@naru/contracts';
import { createDatabase, select, type Database } from '@naru/kernel';
import { startPlatform, type Platform } from '@naru/scripts';
import { eventually } from '@naru/testing';
import { discardedNotes, interleaved, type Bench, type Benchmark, type Measure } from './benchmark';
import type { Effect } from './b6-effects';
import { memoryMeasure, recoveryMeasure, requestMeasure } from './b6-measures';
import { grownMost, watchMemory, type Growth } from './b6-memory';
import {
  effectTimes,
  mustHaveHappened,
  requestTimes,
  stepUp,
  watched,
  type Burst,
  type EffectTimes,
  type RequestTimes,
} from './b6-phases';
import { startRequests, type Sender } from './b6-requests';

const plan: Burst = { base_per_s: 2, burst_per_s: 20, before_ms: 30_000, burst_ms: 20_000 };
const quickPlan: Burst = { base_per_s: 2, burst_per_s: 20, before_ms: 3_000, burst_ms: 3_000 };

const PRICE = 100;
/** More than are ever ordered. */
const STOCK_UNITS = 1_000_000;
const PRODUCTS = 20;
/** A saga is six events long, each of which may take what B4 allows one. */
const FAST_MS = 600;
const SETTLE_MS = 120_000;

interface Result {
  readonly request: RequestTimes;
  readonly saga: EffectTimes;
  readonly memory: Growth;
}

export const orderBurstBenchmark: Benchmark = {
  id: 'B6',
  title: 'Ten times the orders for 20 s, each a SAGA through five services',
  method:
    `Orders of one product through the gateway, ${plan.base_per_s}/s, then ${plan.burst_per_s}/s for 20 s, then ` +
    `${plan.base_per_s}/s again, sent when they are due and timed from then. A SAGA is timed in the order service’s ` +
    'database, from the order’s row to the step that confirms it; recovered they are when the p99 of two seconds is at ' +
    `most 1.5 times what it was before, or ${FAST_MS} ms. Memory as above. One burst that does not count comes first, and ` +
    'every order must be confirmed, with its units sold once.',
  platform: 'own',
  async run(bench) {
    const directory = mkdtempSync(join(tmpdir(), 'naru-bench-b6-'));
    let platform: Platform | undefined;
    try {
      platform = await startPlatform({
        directory,
        portOffset: 'free',
        parts: ['kafka', 'database', 'redis'],
        topics: topicSpecifications(),
        services: ['gateway', 'user', 'point', 'order', 'product', 'payment', 'catalog', 'notification'],
        serviceEnv: { user: { PASSWORD_MEMORY_KIB: '8', PASSWORD_PASSES: '1' } },
        signal: bench.signal,
      });
      return await measures(bench, platform);
    } finally {
      await platform?.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function measures(bench: Bench, platform: Platform): Promise<Measure[]> {
  const root = new URL(platform.urls.databaseRoot);
  root.pathname = '/mysql';
  const database = createDatabase(root.toString(), 2);
  const burst = bench.quick ? quickPlan : plan;
  try {
    const orders = await ordersOf(platform);
    const step = (each: Burst) => runStep(platform, database, orders, each);
    await step({ ...burst, before_ms: quickPlan.before_ms });
    const { counted, discarded } = await interleaved(bench, { step: () => step(burst) });
    return toMeasures(
      counted.map((round) => round.step),
      discardedNotes({ discarded }),
    );
  } finally {
    await database.destroy();
  }
}

/** A buyer, and products that never run out. */
async function ordersOf({ urls }: Platform): Promise<Sender> {
  const buyer = { email: 'buyer@example.com', name: 'Buyer', password: 'crossing-the-river' };
  await insist(`${urls.gateway}/api/users/sign-up`, buyer);
  const { email, password } = buyer;
  const { token } = await insist(`${urls.gateway}/api/users/login`, { email, password });
  const headers = { authorization: `Bearer ${String(token)}` };
  const products: unknown[] = [];
  for (let index = 0; index < PRODUCTS; index++) {
    const product = {
      productName: `p${index}`,
      price: PRICE,
      currency: 'KRW',
      stockQuantity: STOCK_UNITS,
    };
    products.push((await insist(`${urls.gateway}/api/products`, product, headers))['productId']);
  }
  return {
    url: `${urls.gateway}/api/orders`,
    accepted: 201,
    headers,
    body: (sequence) => ({
      customerId: 'user-1001',
      customerEmail: email,
      totalAmount: PRICE,
      currency: 'KRW',
      items: [{ productId: products[sequence % PRODUCTS], quantity: 1 }],
    }),
  };
}

async function insist(url: string, body: object, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function runStep(
  platform: Platform,
  database: Database,
  sender: Sender,
  burst: Burst,
): Promise<Result> {
  const settledBefore = await confirmed(database);
  const orders = startRequests(sender, burst.base_per_s);
  const allConfirmed = () =>
    eventually(
      'every order is confirmed',
      async () => (await confirmed(database)) - settledBefore >= orders.accepted(),
      SETTLE_MS,
    );
  const memory = watchMemory(platform);
  try {
    let steady: ReadonlyMap<string, number> = new Map();
    const phases = await stepUp(orders, burst, () => (steady = memory.peaks()));
    const end = await watched(phases);
    const peak = memory.peaks();
    await mustHaveHappened(burst, orders, phases);
    await allConfirmed();
    await eventually(
      'a unit is sold for each order that is confirmed',
      async () => (await unitsSold(database)) === (await confirmed(database)),
      SETTLE_MS,
    );
    const sagas = await sagasSince(database, phases.before.since1970_ms);
    return {
      request: requestTimes(orders, phases),
      saga: effectTimes(sagas, phases, end, FAST_MS),
      memory: grownMost(steady, peak),
    };
  } finally {
    memory.stop();
    await orders.stop();
    // A round that does not count must leave nothing to the next one either.
    await allConfirmed();
  }
}

async function confirmed(database: Database): Promise<number> {
  const [row] = await select<{ count: number }>(
    database,
    "SELECT COUNT(*) AS count FROM naru_order.orders WHERE saga_status = 'SUCCEEDED'",
  );
  return Number(row?.count);
}

async function unitsSold(database: Database): Promise<number> {
  const [row] = await select<{ sold: string | null }>(
    database,
    'SELECT SUM(sold) AS sold FROM naru_product.products',
  );
  return Number(row?.sold ?? 0);
}

/** How long each order took from its row to its confirmation. */
async function sagasSince(database: Database, since_ms: number): Promise<Effect[]> {
  const rows = await select<{ created_s: string; confirmed_s: string }>(
    database,
    `SELECT UNIX_TIMESTAMP(o.created_at) AS created_s, UNIX_TIMESTAMP(s.recorded_at) AS confirmed_s
     FROM naru_order.orders o JOIN naru_order.saga_steps s ON s.order_id = o.order_id
     WHERE s.outcome = 'APPLIED' AND s.from_status = 10 AND s.to_status = 20 AND o.created_at >= FROM_UNIXTIME(?)`,
    [since_ms / 1_000],
  );
  return rows.map(({ created_s, confirmed_s }) => ({
    eventAt_ms: Number(created_s) * 1_000,
    latency_ms: (Number(confirmed_s) - Number(created_s)) * 1_000,
  }));
}

function toMeasures(steps: readonly Result[], notes: string[]): Measure[] {
  const requests = steps.map(({ request }) => request);
  const sagas = steps.map(({ saga }) => saga);
  const growths = steps.map(({ memory }) => memory);
  return [
    requestMeasure('p99 of an order’s request, burst ÷ before', requests, notes),
    recoveryMeasure('SAGAs are fast again after', 'SAGAs from order to confirmation', sagas),
    memoryMeasure('memory with orders, peak ÷ steady', growths),
  ];
}
