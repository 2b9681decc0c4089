import { afterAll, beforeAll, expect } from '@jest/globals';
import { httpHeaders, type ServiceName, type TopicName } from '@naru/contracts';
import { createKafkaBroker, headerText, type Broker } from '@naru/kernel';
import { faultEnvironment, type CrashPoint } from '../chaos/src/fault';
import { eventually } from '../support/eventually';
import { recordsOf, testLog } from '../support/kafka';
import { auditIsGreen } from './audit-is-green';
import { client, type Answer, type User } from '../support/client';
import { startNaru, type Naru } from './naru';

const CRASH_MS = 60_000;
const TEST_MS = 240_000;

let naru: Naru;
let broker: Broker;
let author: User;
/** Kills between the mail server's answer and the note of it. */

beforeAll(async () => {
  naru = await startNaru();
  const brokers = naru.platform.urls.kafkaBrokers.split(',');
  broker = createKafkaBroker({ clientId: 'crash-points', brokers, log: testLog });
  // One instance of the mail service, so that it is known which one gets the event.
  await Promise.all([2, 3].map((instance) => naru.platform.service('email', instance).stop()));
  author = await naru.newUser('Author');
  await auditIsGreen(naru);
}, TEST_MS);
afterAll(async () => {
  await broker?.disconnect();
  await naru?.stop();
}, 60_000);

/** Starts a service so that it ends itself at a point, lets it do something, and sees it end there. */
async function crashes(service: ServiceName, point: CrashPoint, act: () => Promise<Answer>): Promise<Answer> {
  const part = naru.platform.service(service);
  await part.stop();
  await part.start(faultEnvironment({ mode: 'crash', point, after: 1 }));
  const answer = await act();
  await eventually(`${service} has ended itself`, () => part.state === 'dead', CRASH_MS);
  expect(part.exitSignal).toBe('SIGKILL');
  return answer;
}

const rows = async (table: string, where: object) =>
  (await naru.database(table).where(where)) as Record<string, unknown>[];

/** Event ids in a topic under a user's key, repeats included. */
async function eventIds(topic: TopicName, userId: number): Promise<(string | undefined)[]> {
  const records = await recordsOf(broker, topic);
  return records
    .filter(({ key }) => String(key) === String(userId))
    .map(({ headers }) => headerText(headers, 'ce_id'));
}

const signUp = (email: string, headers?: Record<string, string>) =>
  naru.gateway.post(
    '/api/users/sign-up',
    { email, name: 'Somebody', password: 'long-enough-password' },
    headers,
  );

describe('the relay’s process is killed', () => {
  test.each([
    { point: 'before-commit', users: 0, sent: 0, copies: 1 },
    { point: 'after-commit-before-publish', users: 1, sent: 0, copies: 1 },
    { point: 'after-publish-before-mark', users: 1, sent: 1, copies: 2 },
  ] as const)(
    '$point: a sign-up that is repeated with its key has every effect once',
    async ({ point, users, sent, copies }) => {
      const email = `${point}@example.com`;
      const key = { 'idempotency-key': point };
      const answer = await crashes('user', point, () => signUp(email, key));
      // Once the event is published, the answer races with the kill.
      if (sent === 0) expect([502, 503]).toContain(answer.status);

      const before = await rows('naru_user.users', { email });
      expect(before).toHaveLength(users);
      expect(await rows('naru_user.outbox', { outbox_status: 'PENDING' })).toHaveLength(users);
      expect(await eventIds('user.signed-up', Number(before[0]?.['user_id'] ?? 0))).toHaveLength(sent);

      await naru.platform.service('user').start();
      const again = await signUp(email, key);
      expect(again.status).toBe(204);
      expect(again.headers.has('idempotency-replayed')).toBe(users === 1);
      await auditIsGreen(naru);
      const found = await rows('naru_user.users', { email });
      expect(found).toHaveLength(1);
      const userId = Number(found[0]?.['user_id']);
      const ids = await eventIds('user.signed-up', userId);
      expect(ids).toHaveLength(copies);
      expect(new Set(ids).size).toBe(1);
      expect(await rows('naru_point.entries', { user_id: userId })).toMatchObject([{ amount: 1000 }]);
      expect(await rows('naru_board.users', { user_id: userId })).toMatchObject([{ name: 'Somebody' }]);
      expect(await naru.mails(email)).toHaveLength(1);
    },
    TEST_MS,
  );
});

describe('a consumer is killed', () => {
  test.each([
    { point: 'before-commit', deductions: 0 },
    { point: 'after-effect-before-offset-commit', deductions: 1 },
  ] as const)(
    '$point: a board is paid once',
    async ({ point, deductions }) => {
      const post = () => author.client.post('/api/boards', { title: point, content: 'x' });
      const { status, headers } = await crashes('point', point, post);
      expect(status).toBe(204);
      const boardId = Number(headers.get('location')?.split('/').pop());
      expect(await rows('naru_point.deductions', { board_id: boardId })).toHaveLength(deductions);

      await naru.platform.service('point').start();
      await auditIsGreen(naru);
      const paid = await rows('naru_point.deductions', { board_id: boardId });
      expect(paid).toMatchObject([{ status: 'DEDUCTED' }]);
      const entries = await rows('naru_point.entries', { entry_key: `board:${boardId}` });
      expect(entries).toMatchObject([{ amount: -100 }]);
    },
    TEST_MS,
  );

  test.each([
    { point: 'after-call-before-mark', status: 'SENDING', copies: 2 },
    { point: 'after-effect-before-offset-commit', status: 'SENT', copies: 1 },
  ] as const)(
    '$point: a mail has one Message-ID, and a second copy only if its sending was not noted',
    async ({ point, status, copies }) => {
      const email = `mail-${point}@example.com`;
      await crashes('email', point, () => signUp(email));
      expect(await rows('naru_email.emails', { recipient: email })).toMatchObject([{ status }]);
      expect(await naru.mails(email)).toHaveLength(1);

      await naru.platform.service('email').start();
      await auditIsGreen(naru);
      const [sent] = await rows('naru_email.emails', { recipient: email });
      expect(sent).toMatchObject({ status: 'SENT' });
      const messageIds = (await naru.mails(email)).map(({ headers }) => headers['message-id']);
      expect(messageIds).toHaveLength(copies);
      expect(new Set(messageIds)).toEqual(new Set([sent?.['message_id']]));
    },
    TEST_MS,
  );
});

test(
  'the holder of the leases is stopped until another has taken them, and goes on: nothing is lost, order holds',
  async () => {
    const [holder, other] = [naru.platform.service('user'), naru.platform.service('user', 2)];
    await other.start();
    const heldBy = async (instance: string) =>
      (
        await naru
          .database('naru_user.outbox_lease')
          .where('owner', 'like', `${instance}:%`)
          .where('expires_at', '>', naru.database.raw('UTC_TIMESTAMP(6)'))
      ).length;
    await eventually('both relay', async () => (await heldBy('user-1')) > 0 && (await heldBy('user-2')) > 0);

    const users = await Promise.all(['A', 'B', 'C', 'D', 'E', 'F'].map((name) => naru.newUser(name)));
    let renamed = 0;
    const renameAll = async () => {
      renamed++;
      for (const { userId } of users) {
        const as = { [httpHeaders.userId]: String(userId) };
        const answer = await client(naru.platform.urls.service('user', 2), as).patch('/api/users/me', {
          name: `${renamed}`,
        });
        expect(answer.status).toBe(200);
      }
    };
    await renameAll();
    holder.pause();
    try {
      await eventually(
        'the other one has taken all leases',
        async () => {
          await renameAll();
          return (await heldBy('user-2')) === 8;
        },
        CRASH_MS,
      );
    } finally {
      holder.resume();
    }
    await eventually(
      'the holder has leases again',
      async () => {
        await renameAll();
        return (await heldBy('user-1')) > 0;
      },
      CRASH_MS,
    );
    await auditIsGreen(naru);
    for (const { userId } of users) {
      const written = await naru
        .database('naru_user.outbox')
        .where({ ordering_key: Buffer.from(String(userId)) })
        .orderBy('id')
        .pluck('event_id');
      expect(written).toHaveLength(1 + renamed);
      expect([...new Set(await eventIds('user.signed-up', userId))]).toEqual(written);
      const [replica] = await rows('naru_board.users', { user_id: userId });
      expect(replica).toMatchObject({ name: `${renamed}` });
    }
    await other.stop();
  },
  TEST_MS,
);
