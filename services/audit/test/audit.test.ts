import { randomUUID } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { consumerGroup, eventSchemas, type ServiceName } from '@naru/contracts';
import {
  createCodec,
  createConsumer,
  createDatabase,
  createMetrics,
  createOutbox,
  createRelay,
  execute,
  migrate,
  partitionOf,
  select,
  transaction,
  transactional,
  type Broker,
  type Consumer,
  type Database,
  type Outbox,
  type Relay,
} from '@naru/kernel';
import {
  emptyDatabase,
  infrastructure,
  testBroker,
  testLog,
  testTopic,
  uniqueName,
  withAdmin,
} from '@naru/testing';
import { audit, formatReport, type AuditReport } from '../src';
import { readMailCopies } from '../src/read/mail-catcher';

/** One service that publishes to another, of the kernel's real parts, under names that no other test uses. */
const maker = uniqueName('maker') as ServiceName;
const taker = uniqueName('taker') as ServiceName;
const absent = uniqueName('absent') as ServiceName;
const group = consumerGroup(taker);
const EVENTS = 30;
const KEYS = 5;
/** An audit waits up to 30 s for rest and may read three times. */
jest.setTimeout(120_000);

let topic: string;
let topics: Awaited<ReturnType<typeof testTopic>>['topics'];
let broker: Broker;
let urls: Map<string, string>;
let made: Database;
let taken: Database;
let outbox: Outbox;
let relays: Relay[];
let consumer: Consumer;
let ids: string[];

beforeAll(async () => {
  const declaration = { producer: maker, consumers: { [taker]: ['user.signed-up'] } };
  ({ name: topic, topics } = await testTopic(['user.signed-up'], declaration));
  broker = testBroker();
  urls = new Map([
    [maker, await emptyDatabase()],
    [taker, await emptyDatabase()],
  ]);
  made = createDatabase(urls.get(maker) ?? '', 5);
  taken = createDatabase(urls.get(taker) ?? '', 5);
  await Promise.all([migrate(made, []), migrate(taken, [])]);

  const contracts = { topics, schemas: eventSchemas };
  const codec = createCodec(contracts);
  const parts = { log: testLog, metrics: createMetrics('test'), broker };
  relays = [made, taken].map((database) => createRelay({ ...parts, database, owner: uniqueName('relay') }));
  relays.forEach((relay) => relay.start());
  outbox = createOutbox(contracts, codec, `/naru/${maker}`, () => relays[0]?.wake());
  const handler = transactional(['user.signed-up'], async () => undefined);
  consumer = createConsumer({
    ...parts,
    group,
    contracts,
    codec,
    database: taken,
    outbox: createOutbox(contracts, codec, `/naru/${taker}`, () => relays[1]?.wake()),
    handlers: new Map([['user.signed-up', handler]]),
  });
  await consumer.start();
  ids = await transaction(made, (trx) =>
    outbox.append(
      trx,
      Array.from({ length: EVENTS }, (_, index) => draft(index)),
    ),
  );
  await broker.produce(topic, 0, [{ key: Buffer.from('1'), value: Buffer.from('{"na'), headers: [] }]);
});
afterAll(async () => {
  await consumer.stop();
  await Promise.all(relays.map((relay) => relay.stop(0)));
  await Promise.all([broker.disconnect(), made.destroy(), taken.destroy()]);
});

function draft(index: number) {
  const userId = index % KEYS;
  const data = { userId, name: `name ${index}`, email: `${index}@example.com`, version: index + 1 };
  return { type: 'user.signed-up' as const, subject: String(userId), data };
}

function auditNow(drain_ms = 30_000): Promise<AuditReport> {
  const missing = new URL(infrastructure().databaseRootUrl);
  missing.pathname = `/${absent}`;
  const databaseUrl = (service: ServiceName) => urls.get(service) ?? missing.toString();
  const kafka = { brokers: infrastructure().kafkaBrokers.split(',') };
  return audit({ kafka, databaseUrl, topics, services: [maker, taker, absent] }, { drain_ms });
}

/** Violations by invariant, of those that have any. */
function violations({ findings }: AuditReport): Record<string, readonly string[]> {
  const violated = findings.filter((finding) => finding.violated > 0);
  return Object.fromEntries(violated.map((finding) => [finding.invariant, finding.violations]));
}

function laneOf(index: number): string {
  return `${topic}[${partitionOf(topic, Buffer.from(String(index % KEYS)), 3)}]`;
}

test('what went through outbox, relay, broker and inbox is green, and so is a poison record among it', async () => {
  const report = await auditNow();
  expect(violations(report)).toEqual({});
  expect(report.isGreen).toBe(true);
  const checked = Object.fromEntries(report.findings.map((finding) => [finding.invariant, finding.checked]));
  expect(checked).toMatchObject({
    published: EVENTS + 1,
    order: EVENTS - KEYS,
    'no-phantom': EVENTS + 1,
    received: EVENTS,
    poison: 1,
    'dead-letters': 2,
    balances: 0,
  });
  expect(checked['offsets']).toBeGreaterThan(3);
  expect(report.findings[0]?.notes).toContain(`services: ${maker}, ${taker}`);
  expect(formatReport(report)).toMatch(/GREEN/);
});

test('a row that is marked as published, but was never sent, is named as lost', async () => {
  const [lost = ''] = await transaction(made, async (trx) => {
    const appended = await outbox.append(trx, [draft(0)]);
    const sql = `UPDATE outbox SET outbox_status = 'PUBLISHED', published_at = CURRENT_TIMESTAMP(6) WHERE event_id = ?`;
    await execute(trx, sql, appended);
    return appended;
  });
  const report = await auditNow();
  expect(violations(report)).toEqual({ published: [`${maker} ${lost}: not in ${laneOf(0)}`] });
  expect(formatReport(report)).toMatch(`RED: 1 of ${report.findings.length}`);
  await execute(made, 'DELETE FROM outbox WHERE event_id = ?', [lost]);
});

test('a row whose bytes are not those in the log is named, and so is the record', async () => {
  const id = ids[3] ?? '';
  const [row] = await select<{ payload: Buffer }>(made, 'SELECT payload FROM outbox WHERE event_id = ?', [
    id,
  ]);
  await execute(made, 'UPDATE outbox SET payload = ? WHERE event_id = ?', [Buffer.from('{}'), id]);
  expect(violations(await auditNow())).toEqual({
    published: [`${maker} ${id}: other bytes in ${laneOf(3)}`],
    'no-phantom': [expect.stringContaining(`(${id}): in no outbox`)],
  });
  await execute(made, 'UPDATE outbox SET payload = ? WHERE event_id = ?', [row?.payload, id]);
});

test('an event that the group read, but that it did not receive, is named', async () => {
  const id = ids[7] ?? '';
  await execute(taken, 'DELETE FROM inbox WHERE event_id = ?', [id]);
  expect(violations(await auditNow())).toEqual({
    received: [expect.stringContaining(`${group} never received ${id} at ${laneOf(7)}@`)],
  });
  await execute(taken, 'INSERT INTO inbox (consumer_group, event_id) VALUES (?, ?)', [group, id]);
});

test('a record that nobody wrote into an outbox is named', async () => {
  const headers = Object.entries({
    ce_id: randomUUID(),
    ce_type: 'user.signed-up',
    ce_source: `/naru/${maker}`,
  });
  const value = Buffer.from(JSON.stringify(draft(1).data));
  await broker.produce(topic, 1, [
    {
      key: Buffer.from('1'),
      value,
      headers: headers.map(([name, text]) => [name, Buffer.from(text)] as const),
    },
  ]);
  const id = headers[0]?.[1] ?? '';
  expect(violations(await auditNow())).toEqual({
    'no-phantom': [expect.stringContaining(`(${id}): in no outbox`)],
  });
});

test('a group whose committed offset went back is named, and is not at its end', async () => {
  await consumer.stop();
  const { high } = await broker.offsetRange({ topic, partition: 0 });
  await withAdmin((admin) =>
    admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '0' }] }),
  );
  const found = violations(await auditNow(0));
  expect(found['offsets']).toEqual([`${group} ${topic}[0]: ${high}, then 0`]);
  expect(found['drained']).toContain(`${group} ${topic}[0]: end ${high}, database ${high}, committed 0`);
});

test('without any database there is nothing to audit', async () => {
  urls = new Map();
  await expect(auditNow()).rejects.toThrow('no database');
});

test('the mail catcher tells how many copies of each Message-ID it has', async () => {
  const { smtpUrl, mailWebUrl } = infrastructure();
  const messageId = `<${randomUUID()}@naru>`;
  const transport = createTransport(smtpUrl);
  const mail = { from: 'a@example.com', to: 'b@example.com', subject: 'copy', text: 'x', messageId };
  await transport.sendMail(mail);
  await transport.sendMail(mail);
  transport.close();
  expect((await readMailCopies(mailWebUrl)).byMessageId.get(messageId)).toBe(2);
});
