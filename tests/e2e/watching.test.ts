import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { consumerGroup, services, topicOf, type ServiceName } from '@naru/contracts';
import { infrastructure, observers } from '@naru/scripts';
import { arrivals } from '../support/arrivals';
import { eventually } from '../support/eventually';
import type { User } from '../support/client';
import { startNaru, type Naru } from './naru';
import { prometheusAt, watchedQueries, type WatchedQuery } from './watched-queries';

/** Dashboards and alerts on a whole Naru that is at work, with one dead letter and one parked key. */

const START_MS = 240_000;
/** Scrapes, the window of rates, and three retries two seconds apart before the dead letter. */
const SEEN_MS = 120_000;
const POLL_MS = 2_000;
const LOAD = { rate_per_s: () => 4, inFlightMax: 20, sentMax: 2_000 };

let naru: Naru;
let prometheus: ReturnType<typeof prometheusAt>;
let buyer: User;
let productId: string;
const stopping = new AbortController();
let load: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  naru = await startNaru({
    services: Object.keys(services) as ServiceName[],
    parts: [...infrastructure, ...observers],
  });
  prometheus = prometheusAt(naru.platform.urls.prometheus);
  buyer = await naru.newUser('Buyer');
  const product = { productName: 'oar', price: 500, currency: 'KRW', stockQuantity: 100_000 };
  productId = String((await buyer.client.post('/api/products', product)).body.productId);
  await order('fail-user-1', 500);
  await parkKey();
  load = arrivals({ ...LOAD, signal: stopping.signal, send: sendOne });
}, START_MS);
afterAll(async () => {
  stopping.abort();
  await load;
  await naru?.stop();
}, 60_000);

/** Sign-ups, boards, and orders that succeed, are refused by stock, or declined by the payment and taken back. */
async function sendOne(sequence: number): Promise<void> {
  const kinds = [
    () => naru.gateway.post('/api/users/sign-up', person(sequence)),
    () => buyer.client.post('/api/boards', { title: 'crossing', content: 'x' }),
    () => order('user-1001', 500),
    () => order('user-1001', 499),
    () => order('decline-user', 500),
    () => buyer.client.get('/api/orders'),
  ];
  // What is refused counts as well; what the load shows is on the dashboards.
  await kinds[sequence % kinds.length]!().catch(() => undefined);
}

function order(customerId: string, totalAmount: number) {
  const items = [{ productId, quantity: 1 }];
  const customerEmail = 'user1001@example.com';
  return buyer.client.post('/api/orders', { customerId, customerEmail, totalAmount, currency: 'KRW', items });
}

const person = (sequence: number) => ({
  email: `load-${sequence}@example.com`,
  name: 'Load',
  password: 'crossing-the-river',
});

/** None of Naru's own handlers parks; this is what an earlier version that did would have left behind. */
async function parkKey(): Promise<void> {
  const key = {
    consumer_group: consumerGroup('board'),
    topic: topicOf('user.signed-up'),
    partition_number: 0,
    record_key: Buffer.from('4000000'),
  };
  await naru.database('naru_board.parked_keys').insert({
    ...key,
    records: 1,
    attempts: 4,
    exception_name: 'Error',
    exception_message: 'parked by a test',
    exception_stack: '',
  });
}

test('every instance is scraped, under the labels that dashboards go by', async () => {
  const expected = (Object.keys(services) as ServiceName[]).flatMap((service) =>
    Array.from(
      { length: services[service].instances },
      (_, index) => `naru ${service} ${service}-${index + 1}`,
    ),
  );
  const scraped = await eventually('all are scraped', async () => {
    const targets = await prometheus.targets();
    return targets.length > 0 && targets.every(({ health }) => health === 'up') && targets;
  });
  expect(
    scraped.map(({ labels: { job, service, instance } }) => `${job} ${service} ${instance}`).sort(),
  ).toEqual(expected.sort());
});

test(
  'every panel and every alert has data',
  async () => {
    const queries = watchedQueries();
    const series = new Map<WatchedQuery, number>(queries.map((query) => [query, 0]));
    const empty = () => queries.filter((query) => series.get(query) === 0);
    await eventually(
      'all have data',
      async () => {
        for (const query of empty()) series.set(query, (await prometheus.values(query.query)).length);
        return empty().length === 0;
      },
      SEEN_MS,
      POLL_MS,
    ).catch(() => undefined);
    for (const query of queries)
      series.set(query, Math.max(series.get(query)!, (await prometheus.values(query.query)).length));
    console.log(
      queries
        .map((query) => `${query.where} | ${query.title} | ${query.query} | ${series.get(query)}`)
        .join('\n'),
    );
    expect(empty().map(({ where, title, query }) => `${where} | ${title} | ${query}`)).toEqual([]);
  },
  SEEN_MS + 60_000,
);

test(
  'the dead letter and the parked key are seen and raise their alerts, and the load raises none',
  async () => {
    for (const title of ['Dead letters waiting', 'Parked keys']) {
      const shown = watchedQueries().find((query) => query.title === title)!;
      await eventually(title, async () => ((await prometheus.values(shown.query))[0] ?? 0) >= 1);
    }
    const expected = ['NaruDeadLetters', 'NaruKeysParked'];
    const firing = await eventually(
      'both alerts fire',
      async () => {
        const names = await prometheus.firing();
        return expected.every((name) => names.includes(name)) && names;
      },
      SEEN_MS,
      POLL_MS,
    );
    expect([...firing].sort()).toEqual(expected);
  },
  SEEN_MS + 60_000,
);
