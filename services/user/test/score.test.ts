import { randomUUID } from 'node:crypto';
import { consumerGroup, deadLetterHeaders, httpHeaders, topics } from '@naru/contracts';
import { headerText, metricNames, type Broker } from '@naru/kernel';
import { eventually, publishAll, recordsOf, testBroker, testService, type TestService } from '@naru/testing';
import { call, metric, signUp } from './client';
import { boardCreated, deductionRejected } from './events';

const group = consumerGroup('user');
let broker: Broker;
let service: TestService;
let users = 0;
let boards = 1_000;

beforeAll(async () => {
  broker = testBroker();
  service = await testService('user');
});
afterAll(async () => {
  await service.stop();
  await broker.disconnect();
});

const newUser = () => signUp(service, `author-${++users}@example.com`);
const newBoard = () => ++boards;
const scoreOf = async (userId: number) =>
  ((await call('GET', `${service.url}/internal/users/${userId}`)).body as { activityScore: number })
    .activityScore;
const ledgerOf = (userId: number) =>
  service
    .database('score_entries')
    .where({ user_id: userId })
    .orderBy('board_id')
    .select('board_id', 'status', 'score');

/** Waits until the group has read all that its topics hold. */
async function caughtUp(): Promise<void> {
  await eventually('the group at the end of its topics', async () => {
    for (const topic of ['board.created', 'point.deduction-rejected.v1'] as const) {
      for (let partition = 0; partition < topics[topic].partitions; partition++) {
        const { high } = await broker.offsetRange({ topic, partition });
        const [row] = await service
          .database('consumer_progress')
          .where({ consumer_group: group, topic, partition_number: partition })
          .select('next_offset');
        if (BigInt((row as { next_offset?: number } | undefined)?.next_offset ?? 0) < high) return false;
      }
    }
    return true;
  });
}

async function afterwards(...news: Parameters<typeof publishAll>[1]): Promise<void> {
  await publishAll(broker, news);
  await caughtUp();
}

test('a board earns its author 10, once, however often it is told of', async () => {
  const [userId, boardId, id] = [await newUser(), newBoard(), randomUUID()];
  await afterwards(boardCreated(boardId, userId, id), boardCreated(boardId, userId, id));
  await afterwards(boardCreated(boardId, userId, id), boardCreated(boardId, userId));
  expect(await scoreOf(userId)).toBe(10);
  expect(await ledgerOf(userId)).toEqual([{ board_id: boardId, status: 'AWARDED', score: 10 }]);
  const labels = { messaging_destination_name: 'board.created', outcome: 'duplicate' };
  expect(await metric(service.url, metricNames.consumed, labels)).toBeGreaterThanOrEqual(1);
});

test('a rejected deduction takes the score back', async () => {
  const [userId, boardId] = [await newUser(), newBoard()];
  await afterwards(boardCreated(boardId, userId), boardCreated(newBoard(), userId));
  expect(await scoreOf(userId)).toBe(20);
  await afterwards(deductionRejected(boardId, userId), deductionRejected(boardId, userId));
  expect(await scoreOf(userId)).toBe(10);
});

test('a rejection that comes before its board leaves a tombstone, and the board earns nothing', async () => {
  const [userId, boardId] = [await newUser(), newBoard()];
  await afterwards(deductionRejected(boardId, userId));
  expect(await ledgerOf(userId)).toEqual([{ board_id: boardId, status: 'REJECTED', score: 0 }]);
  expect(await scoreOf(userId)).toBe(0);
  await afterwards(boardCreated(boardId, userId));
  expect(await ledgerOf(userId)).toEqual([{ board_id: boardId, status: 'TAKEN_BACK', score: 0 }]);
  expect(await scoreOf(userId)).toBe(0);
});

test('hundreds of boards and rejections of several users, in both orders at once, add up', async () => {
  const authors = await Promise.all(Array.from({ length: 6 }, newUser));
  const written = authors.flatMap((userId) =>
    Array.from({ length: 150 }, () => ({ userId, boardId: newBoard() })),
  );
  const rejected = written.filter((_, index) => index % 3 === 0);
  await afterwards(
    ...written.map(({ boardId, userId }) => boardCreated(boardId, userId)),
    ...rejected.map(({ boardId, userId }) => deductionRejected(boardId, userId)),
  );
  expect(await Promise.all(authors.map(scoreOf))).toEqual(Array<number>(6).fill(1_000));
  const sums = await service
    .database('score_entries')
    .whereIn('user_id', authors)
    .groupBy('user_id')
    .select(service.database.raw('CAST(SUM(score) AS SIGNED) AS sum'));
  expect(sums).toEqual(Array(6).fill({ sum: 1_000 }));
});

test('events that no rule allows become dead letters, and their neighbours of the same batch are applied', async () => {
  const [userId, boardId, other] = [await newUser(), newBoard(), newBoard()];
  const nobody = 4_000_000_000;
  await afterwards(boardCreated(boardId, userId));
  const ofNobody = boardCreated(newBoard(), nobody);
  const ofAnother = {
    ...boardCreated(boardId, nobody),
    data: { ...boardCreated(boardId, await newUser()).data },
  };
  await publishAll(broker, [boardCreated(other, userId), ofNobody, ofAnother]);

  const letters = await eventually('both dead letters', async () => {
    const records = await recordsOf(broker, topics['board.created'].deadLetterTopic);
    const texts = records
      .filter(({ headers }) => headerText(headers, deadLetterHeaders.consumerGroup) === group)
      .map(({ headers, value }) => ({
        why: headerText(headers, deadLetterHeaders.exceptionName),
        data: JSON.parse(value!.toString()) as object,
      }));
    return texts.length >= 2 && texts;
  });
  expect(letters).toEqual(
    expect.arrayContaining([
      { why: 'PermanentError:unknown-user', data: ofNobody.data },
      { why: 'PermanentError:not-the-author', data: ofAnother.data },
    ]),
  );
  await caughtUp();
  expect(await scoreOf(userId)).toBe(20);
  const labels = { messaging_destination_name: 'board.created', outcome: 'dead-lettered' };
  expect(await metric(service.url, metricNames.consumed, labels)).toBe(2);
});

describe('adding to a score directly', () => {
  const add = (body: object, headers = {}) =>
    call('POST', `${service.url}/internal/users/activity-score/add`, body, headers);

  test('adds, with an entry in the ledger, and once per Idempotency-Key', async () => {
    const userId = await newUser();
    const headers = { [httpHeaders.idempotencyKey]: 'add-1' };
    expect(await add({ userId, score: 7 })).toMatchObject({
      status: 200,
      body: { userId, activityScore: 7 },
    });
    expect((await add({ userId, score: 5 }, headers)).body).toEqual({ userId, activityScore: 12 });
    const again = await add({ userId, score: 5 }, headers);
    expect(again.body).toEqual({ userId, activityScore: 12 });
    expect(again.headers.get(httpHeaders.idempotencyReplayed)).toBe('true');
    expect(await scoreOf(userId)).toBe(12);
    expect(await ledgerOf(userId)).toEqual([
      { board_id: null, status: 'ADDED', score: 7 },
      { board_id: null, status: 'ADDED', score: 5 },
    ]);
  });

  test('loses none of many at the same time', async () => {
    const userId = await newUser();
    const answers = await Promise.all(Array.from({ length: 20 }, () => add({ userId, score: 1 })));
    expect(
      answers.map(({ body }) => (body as { activityScore: number }).activityScore).sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test.each([
    [{ userId: 4_000_000_000, score: 1 }, 404],
    [{ userId: 1, score: 0 }, 400],
    [{ userId: 1, score: -1 }, 400],
    [{ userId: '1', score: 1 }, 400],
  ])('%j is answered %d', async (body, status) => {
    expect((await add(body)).status).toBe(status);
  });
});
