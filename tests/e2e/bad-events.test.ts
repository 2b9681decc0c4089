import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createKafkaBroker, headerText, type Broker, type OutgoingRecord } from '@naru/kernel';
import { eventually } from '../support/eventually';
import { recordsOf, testLog } from '../support/kafka';
import { startNaru, type Naru } from './naru';

let naru: Naru;
let broker: Broker;

beforeAll(async () => {
  naru = await startNaru();
  const brokers = naru.platform.urls.kafkaBrokers.split(',');
  broker = createKafkaBroker({ clientId: 'bad-events', brokers, log: testLog });
}, 180_000);
afterAll(async () => {
  await broker.disconnect();
  await naru.stop();
}, 60_000);

const record = (value: string | null, headers: [string, string][], key: string): OutgoingRecord => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: headers.map(([name, text]) => [name, Buffer.from(text)] as const),
});

const envelope = (type: string, id: string = randomUUID()): [string, string][] => [
  ['ce_specversion', '1.0'],
  ['ce_id', id],
  ['ce_source', '/naru/test'],
  ['ce_type', type],
  ['content-type', 'application/json'],
];

test('bad records on board.created end in its dead-letter topic, and their neighbours go through', async () => {
  const user = await naru.newUser();
  let board = 5_000_000;
  const event = (userId: number, title = 'x') =>
    JSON.stringify({ boardId: ++board, userId, title, version: 1 });
  const key = String(user.userId);
  const doubled = randomUUID();
  const good = (headers = envelope('board.created')) => record(event(user.userId), headers, key);
  const bad = [
    record(null, envelope('board.created'), key),
    record('', envelope('board.created'), key),
    record('{"boardId":', envelope('board.created'), key),
    record(event(user.userId), envelope('board.exploded'), key),
    record(
      event(user.userId),
      envelope('board.created').filter(([name]) => name !== 'ce_id'),
      key,
    ),
    record(event(user.userId), [...envelope('board.created'), ['ce_id', 'second']], key),
    record(event(user.userId, 'x'.repeat(300_000)), envelope('board.created'), key),
    record('{"boardId":1,"userId":9007199254740993,"title":"x","version":1}', envelope('board.created'), key),
  ];
  const first = good(envelope('board.created', doubled));
  const records = [
    first,
    ...bad,
    first,
    record(event(user.userId), [...envelope('board.created'), ['traceparent', 'not-a-trace']], key),
    good(),
  ];
  await broker.produce('board.created', 0, records);

  const points = () => naru.database('naru_point.entries').where({ user_id: user.userId, reason: 'BOARD' });
  await eventually('the three good ones are paid', async () => (await points()).length === 3);
  await eventually('the score is counted', async () => {
    const { body } = await user.client.get('/api/users/me');
    return body.activityScore === 30;
  });
  const letters = await eventually('each group has its dead letters', async () => {
    const found = await recordsOf(broker, 'board.created.dlt');
    return found.length >= 2 * bad.length && found;
  });
  for (const group of ['point-consumer-group', 'user-consumer-group']) {
    const mine = letters.filter(
      ({ headers }) => headerText(headers, 'kafka_dlt-original-consumer-group') === group,
    );
    expect(mine.map(({ value }) => value)).toEqual(bad.map(({ value }) => value));
    expect(mine.every(({ partition }) => partition === 0)).toBe(true);
  }
  const metrics = String((await naru.direct('point').get('/metrics')).body);
  expect(metrics).toMatch(/naru_consumed_total\{[^}]*outcome="duplicate"[^}]*\} 1\b/);
  expect(await points()).toHaveLength(3);
});

test('an event about a user that nobody knows is a dead letter of the user service, and waits at point', async () => {
  const unknown = 4_000_000;
  const id = randomUUID();
  const event = JSON.stringify({ boardId: 6_000_001, userId: unknown, title: 'x', version: 1 });
  await broker.produce('board.created', 1, [record(event, envelope('board.created', id), String(unknown))]);
  await eventually('a dead letter', async () => {
    const letters = await recordsOf(broker, 'board.created.dlt');
    const mine = letters.filter(({ headers }) => headerText(headers, 'ce_id') === id);
    return (
      mine.length === 1 &&
      headerText(mine[0]?.headers ?? [], 'kafka_dlt-original-consumer-group') === 'user-consumer-group'
    );
  });
  const [deduction] = await naru.database('naru_point.deductions').where({ user_id: unknown });
  expect(deduction).toMatchObject({ status: 'PENDING', amount: 100 });
});
