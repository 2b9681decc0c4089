import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { services as declared, topicSpecifications, type ServiceName } from '@naru/contracts';
import { createKafkaBroker, select } from '@naru/kernel';
import { REFUSED_DOMAIN } from '@naru/scripts';
import { signUp, type User } from '../support/client';
import { eventually } from '../support/eventually';
import { testLog } from '../support/kafka';
import { auditIsGreen } from './audit-is-green';
import { startNaru, type Naru } from './naru';

const services = (Object.keys(declared) as ServiceName[]).filter((name) => name !== 'console');
const repository = resolve(__dirname, '../..');
const SETTLE_MS = 120_000;
const REST_MS = 600_000;
const TEST_MS = 600_000;
const PRICE = 500;
/** The eleventh cannot be paid for from the 1000 points of sign-up. */
const BOARDS = 11;
/** The mail server takes nothing for it. */
const refused = `nobody@${REFUSED_DOMAIN}`;

interface Difference {
  readonly service: string;
  readonly story: string;
  readonly kind: string;
  readonly type?: string;
  readonly table?: string;
  readonly fields?: readonly { field: string; then: unknown; now: unknown }[];
}

interface Report {
  readonly isSame: boolean;
  readonly services: readonly {
    readonly service: ServiceName;
    readonly records: number;
    readonly told: number;
    readonly effects: readonly { dependency: string; action: string; details: Record<string, unknown> }[];
    readonly differences: readonly Difference[];
  }[];
}

let naru: Naru;
let buyer: User;
let scratch: string;
const orders: Record<'confirmed' | 'declined' | 'mismatched' | 'cancelled' | 'shipped' | 'failing', string> =
  {
    confirmed: '',
    declined: '',
    mismatched: '',
    cancelled: '',
    shipped: '',
    failing: '',
  };

beforeAll(async () => {
  // No order is to time out, however slow the machine is.
  naru = await startNaru({ services, serviceEnv: { order: { SAGA_DEADLINE_S: '3600' } } });
  scratch = mkdtempSync(join(tmpdir(), 'naru-replay-'));
  buyer = await naru.newUser('Buyer');
  await buyer.client.patch('/api/users/me', { name: 'Hana' });
  await signUp(naru.gateway, refused, 'Nobody');
  await placeOrders();
  for (let nth = 1; nth <= BOARDS; nth++)
    await buyer.client.post('/api/boards', { title: `Board ${nth}`, content: 'Things arrive and leave.' });
  await auditIsGreen(naru, REST_MS);
}, 1_200_000);

afterAll(async () => {
  if (scratch) rmSync(scratch, { recursive: true, force: true });
  await naru?.stop();
}, 120_000);

async function placeOrders(): Promise<void> {
  const product = { productName: 'keyboard', price: PRICE, currency: 'KRW', stockQuantity: 10 };
  const { productId } = (await buyer.client.post('/api/products', product)).body as { productId: string };
  const place = async (customerId: string, totalAmount: number, quantity: number) => {
    const customer = { customerId, customerEmail: `${customerId}@example.com`, currency: 'KRW' };
    const items = quantity === 0 ? {} : { items: [{ productId, quantity }] };
    const { status, body } = await buyer.client.post('/api/orders', { ...customer, totalAmount, ...items });
    expect(status).toBe(201);
    return String(body.orderId);
  };
  orders.confirmed = await place('user-1', 2 * PRICE, 2);
  orders.declined = await place('decline-me', PRICE, 1);
  orders.mismatched = await place('user-2', 3 * PRICE, 2);
  orders.cancelled = await place('user-3', PRICE, 1);
  orders.shipped = await place('user-4', 12_900, 0);
  orders.failing = await place('fail-user', 5_000, 0);
  await settled(orders.cancelled, 20);
  await buyer.client.post(`/api/orders/${orders.cancelled}/cancel`);
  const customer = { customerId: 'user-4', customerEmail: 'user-4@example.com' };
  for (const [previousStatus, currentStatus] of [
    [20, 25],
    [25, 80],
  ])
    await buyer.client.post(`/api/orders/${orders.shipped}/status`, {
      ...customer,
      previousStatus,
      currentStatus,
    });
  await settled(orders.confirmed, 20);
  await settled(orders.declined, 90);
  await settled(orders.mismatched, 90);
  await settled(orders.cancelled, 90);
}

const settled = (orderId: string, status: number) =>
  eventually(
    `${orderId} is ${status} and at its end`,
    async () => {
      const { body } = await buyer.client.get(`/api/orders/${orderId}`);
      return body.status === status && ['SUCCEEDED', 'FAILED', 'COMPENSATED'].includes(body.sagaStatus);
    },
    SETTLE_MS,
  );

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run replay -- …` without the compiler before it. @param onError hears what it says meanwhile */
function replay(
  parameters: readonly string[],
  onError?: (text: string, interrupt: () => void) => void,
): Promise<Outcome> {
  const main =
    "require('./scripts/dist/cli.js').main(process.argv.slice(1)).then((code) => (process.exitCode = code))";
  const directory = ['--directory', naru.platform.directory];
  const child = spawn(process.execPath, ['-e', main, 'replay', ...parameters, ...directory], {
    cwd: repository,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
    onError?.(stderr, () => child.kill('SIGINT'));
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr })));
}

/** A directory with a service as it is compiled here, but for one rule. */
function changedCode(service: ServiceName, file: string, was: string, is: string): string {
  const code = mkdtempSync(join(scratch, 'code-'));
  const dist = join(code, 'services', service, 'dist');
  mkdirSync(dirname(dist), { recursive: true });
  cpSync(join(repository, 'services', service, 'dist'), dist, { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(code, 'node_modules'));
  const text = readFileSync(join(dist, file), 'utf8');
  expect(text.split(was)).toHaveLength(2);
  writeFileSync(join(dist, file), text.replace(was, is));
  return code;
}

const scratchDatabases = async () =>
  (
    await select<{ name: string }>(
      naru.database,
      "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE 'replay\\_%'",
    )
  ).map(({ name }) => name);

/** All that a replay could have touched. Leases are renewed and requests of nobody else come. */
async function whatIsThere() {
  const tables = await select<{ name: string }>(
    naru.database,
    `SELECT CONCAT(table_schema, '.', table_name) AS name FROM information_schema.tables
     WHERE table_schema LIKE 'naru\\_%' AND table_name NOT IN ('outbox_lease', 'outbox_relay') ORDER BY name`,
  );
  const checksums = await select(
    naru.database,
    `CHECKSUM TABLE ${tables.map(({ name }) => name).join(', ')}`,
  );
  const brokers = naru.platform.urls.kafkaBrokers.split(',');
  const broker = createKafkaBroker({ clientId: 'replay-test', brokers, log: testLog });
  try {
    const ends: string[] = [];
    for (const { name: topic, partitions } of topicSpecifications())
      for (let partition = 0; partition < partitions; partition++)
        ends.push(`${topic}[${partition}]@${(await broker.offsetRange({ topic, partition })).high}`);
    return { checksums, ends, mails: (await naru.mails()).length };
  } finally {
    await broker.disconnect();
  }
}

describe('replay of what the same code has done', () => {
  test(
    'shows no difference, captures every effect, and leaves all as it is',
    async () => {
      const before = await whatIsThere();
      const leftOver = `replay_${(Date.now() - 25 * 60 * 60 * 1_000).toString(36)}00_order`;
      await naru.database.raw(`CREATE DATABASE ${leftOver}`);

      const { code, stdout, stderr } = await replay(['--json']);
      const report = JSON.parse(stdout) as Report;
      expect(report.services.flatMap(({ differences }) => differences)).toEqual([]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(report.isSame).toBe(true);
      const of = (name: ServiceName) => report.services.find(({ service }) => service === name)!;
      expect(report.services.map(({ service }) => service)).toEqual([
        ...['user', 'board', 'point', 'email', 'order', 'product', 'payment', 'catalog', 'notification'],
      ]);
      for (const { service, records } of report.services)
        expect({ service, records }).not.toMatchObject({ records: 0 });
      // What is told: a rejected board; four reservations, two of them released, besides one that was refused; …
      expect(of('point').told).toBe(1);
      expect(
        of('payment')
          .effects.map(({ action }) => action)
          .sort(),
      ).toEqual([...['capture', 'capture', 'capture', 'refund']]);
      expect(
        of('email')
          .effects.map(({ details }) => details['to'])
          .sort(),
      ).toEqual([refused, buyer.email].sort());
      expect(of('notification').effects.length).toBeGreaterThan(8);

      expect(await whatIsThere()).toEqual(before);
      expect(await scratchDatabases()).toEqual([]);
    },
    TEST_MS,
  );

  test(
    'of one order, and of a window of a topic, does so too, and says it in words',
    async () => {
      const one = await replay(['--order', orders.cancelled]);
      expect(one).toMatchObject({ code: 0 });
      expect(one.stdout).toContain('replayed 1 story');
      expect(one.stdout).toMatch(/payment: capture to payment-provider .*capture:/);
      expect(one.stdout).toContain('no difference: this code does what the released code did');
      const window = await replay(['--topic', 'board.created', '--from', '0', '--to', '5']);
      expect(window).toMatchObject({ code: 0 });
    },
    TEST_MS,
  );
});

describe('replay of changed code', () => {
  test(
    'names the event that is told no more and the one that is told instead',
    async () => {
      const code = changedCode('product', 'domain/order.js', 'sum !== totalAmount', 'sum > totalAmount');
      const changed = ['--service', 'product', '--code', code];
      const other = await replay(['--order', orders.confirmed, ...changed]);
      expect(other).toMatchObject({ code: 0 });

      const { code: exitCode, stdout } = await replay(['--order', orders.mismatched, '--json', ...changed]);
      expect(exitCode).toBe(1);
      const [product] = (JSON.parse(stdout) as Report).services;
      expect(product?.differences).toMatchObject([
        { kind: 'missing-event', type: 'stock.rejected', story: orders.mismatched },
        // The order was given up all the same, and now there is something to give back.
        {
          kind: 'other-payload',
          type: 'stock.released',
          fields: [{ field: 'items.0', now: { quantity: 2 } }],
        },
        { kind: 'extra-event', type: 'stock.reserved', story: orders.mismatched },
      ]);
      const told = await replay(['--order', orders.mismatched, ...changed]);
      expect(told.stdout).toContain(`product: stock.rejected of ${orders.mismatched} is missing`);
    },
    TEST_MS,
  );

  test(
    'shows what is in a payload otherwise, and a record that is a dead letter no more',
    async () => {
      const generous = changedCode(
        'point',
        'domain/decide.js',
        'balance: account.balance',
        'balance: account.balance + 1',
      );
      const rejections = await replay([
        ...['--topic', 'board.created', '--service', 'point', '--code', generous, '--json'],
      ]);
      expect(rejections.code).toBe(1);
      expect((JSON.parse(rejections.stdout) as Report).services[0]?.differences).toMatchObject([
        {
          kind: 'other-payload',
          type: 'point.deduction-rejected',
          fields: [{ field: 'balance', then: 0, now: 1 }],
        },
      ]);

      const lenient = changedCode('notification', 'domain/notification.js', "prefix !== ''", 'false');
      const { code, stdout } = await replay([
        ...['--topic', 'order.created.v1', '--service', 'notification', '--code', lenient, '--json'],
      ]);
      expect(code).toBe(1);
      const [notification] = (JSON.parse(stdout) as Report).services;
      expect(notification?.differences).toMatchObject([
        { kind: 'dead-lettered-then', story: orders.failing },
        { kind: 'other-state', table: 'deliveries', story: orders.failing },
      ]);

      const dear = changedCode('point', 'domain/account.js', 'BOARD_COST = 100', 'BOARD_COST = 90');
      const boards = await replay([
        '--topic',
        'board.created',
        '--service',
        'point',
        '--code',
        dear,
        '--json',
      ]);
      expect(boards.code).toBe(1);
      expect((JSON.parse(boards.stdout) as Report).services[0]?.differences).toContainEqual(
        expect.objectContaining({ kind: 'missing-event', type: 'point.deduction-rejected' }),
      );
    },
    TEST_MS,
  );
});

describe('a replay that cannot be run', () => {
  test(
    'says why, and leaves no database behind, even when it is interrupted',
    async () => {
      expect(await replay(['--order', '17'])).toMatchObject({ code: 2 });
      const nothing = await replay(['--order', orders.confirmed, '--code', scratch]);
      expect(nothing).toMatchObject({ code: 2 });
      expect(nothing.stderr).toContain('compile');
      const window = await replay(['--topic', 'board.created', '--from', '2090-01-01']);
      expect(window).toMatchObject({ code: 2 });
      expect(window.stderr).toContain('no record of board.created is within the window');

      const broken = changedCode('product', 'domain/order.js', 'const sum =', 'process.exit(3); const sum =');
      const ended = await replay(['--order', orders.confirmed, '--service', 'product', '--code', broken]);
      expect(ended).toMatchObject({ code: 2 });
      expect(ended.stderr).toContain('product did not come to its end (exit code 3)');

      let isInterrupted = false;
      const interrupted = await replay([], (text, interrupt) => {
        if (!isInterrupted && text.includes('replaying board')) interrupt();
        isInterrupted ||= text.includes('replaying board');
      });
      expect(interrupted).toMatchObject({ code: 2 });
      expect(interrupted.stderr).toContain('interrupted');
      expect(await scratchDatabases()).toEqual([]);
    },
    TEST_MS,
  );
});
