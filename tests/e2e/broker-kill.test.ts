import { afterAll, beforeAll, expect } from '@jest/globals';
import { pause } from '../../services/kernel/src/wait';
import { eventually } from '../support/eventually';
import type { User } from '../support/client';
import { startNaru, type Naru } from './naru';
import { scenario } from './report';

const LOAD_MS = 60_000;
const KILL_AFTER_MS = 15_000;
const REVIVE_AFTER_MS = 35_000;
const BETWEEN_REQUESTS_MS = 100;

let naru: Naru;

beforeAll(async () => {
  naru = await startNaru();
}, 180_000);
afterAll(() => naru.stop(), 60_000);

scenario(
  'kill -9 of a broker during 60 s of sign-ups and boards: every 204 has its effects exactly once',
  [{ source: 'B', promise: 'three nodes, RF 3: one of them may die' }],
  async (record) => {
    const signedUp: string[] = [];
    const boards: number[] = [];
    const authors: User[] = [];
    for (let author = 0; author < 4; author++) authors.push(await naru.newUser());
    const refused: number[] = [];
    const end_ms = performance.now() + LOAD_MS;
    const steadily = async (request: (count: number) => Promise<number>) => {
      for (let count = 0; performance.now() < end_ms; count++) {
        const status = await request(count).catch(() => 0);
        if (status !== 204) refused.push(status);
        await pause(BETWEEN_REQUESTS_MS);
      }
    };
    const signUps = steadily(async (count) => {
      const email = `kill-${count}@example.com`;
      const { status } = await naru.gateway.post('/api/users/sign-up', {
        email,
        name: 'K',
        password: 'long-enough-password',
      });
      if (status === 204) signedUp.push(email);
      return status;
    });
    const writers = authors.map((author) =>
      steadily(async () => {
        const { status, headers } = await author.client.post('/api/boards', { title: 'k', content: 'k' });
        if (status === 204) boards.push(Number(headers.get('location')?.split('/').pop()));
        return status;
      }),
    );
    await pause(KILL_AFTER_MS);
    await naru.platform.brokers[1]?.kill('SIGKILL');
    await pause(REVIVE_AFTER_MS - KILL_AFTER_MS);
    await naru.platform.brokers[1]?.start();
    await Promise.all([signUps, ...writers]);
    expect(refused).toEqual([]);
    expect(signedUp.length).toBeGreaterThan(100);
    expect(boards.length).toBeGreaterThan(400);

    const count = async (table: string, column: string, values: readonly (string | number)[]) => {
      const [row] = await naru.database(table).whereIn(column, values).count({ count: '*' });
      return Number(row?.['count']);
    };
    const ids = (await naru.database('naru_user.users').whereIn('email', signedUp).select('user_id')).map(
      ({ user_id }: { user_id: number }) => user_id,
    );
    expect(ids).toHaveLength(signedUp.length);
    const keys = ids.map((id) => `signup:${id}`);
    const settles = (what: string, table: string, column: string, values: readonly (string | number)[]) =>
      eventually(what, async () => (await count(table, column, values)) === values.length, 90_000);
    await settles('every user has the points', 'naru_point.entries', 'entry_key', keys);
    await settles('every user is replicated', 'naru_board.users', 'user_id', ids);
    await settles('every board is decided', 'naru_point.deductions', 'board_id', boards);
    await settles('every board is scored', 'naru_user.score_entries', 'board_id', boards);
    await eventually(
      'every mail is logged as sent',
      async () => {
        const [row] = await naru
          .database('naru_email.emails')
          .whereIn('user_id', ids)
          .where({ status: 'SENT' })
          .count({ count: '*' });
        return Number(row?.['count']) === ids.length;
      },
      90_000,
    );

    const mails = await naru.mails();
    const copies = signedUp.map(
      (email) => mails.filter(({ to }) => to.some(({ address }) => address === email)).length,
    );
    expect(new Set(copies)).toEqual(new Set([1]));
    const deductions = await naru
      .database('naru_point.deductions')
      .whereIn('board_id', boards)
      .select('board_id', 'status');
    const rejected = deductions
      .filter(({ status }: { status: string }) => status === 'REJECTED')
      .map(({ board_id }) => Number(board_id));
    await eventually(
      'rejected boards are hidden, and only those',
      async () => {
        const hidden = await naru
          .database('naru_board.boards')
          .where({ status: 'REJECTED' })
          .pluck('board_id');
        return hidden.map(Number).sort().join() === rejected.sort().join();
      },
      60_000,
    );
    for (const author of authors) {
      const [sum] = await naru
        .database('naru_point.entries')
        .where({ user_id: author.userId })
        .sum({ sum: 'amount' });
      const balance = Number((await author.client.get('/api/points/me')).body.balance);
      expect(balance).toBe(Number(sum?.['sum']));
      expect(balance).toBe(0);
      await eventually(
        'ten boards were paid and scored',
        async () => (await author.client.get('/api/users/me')).body.activityScore === 100,
        30_000,
      );
    }
    record.effect(
      'broker 2 was killed after 15 s and started again after 35 s; every request was answered with 204',
    );
    record.effect(
      'every user has 1000 points, a replica at the boards and one mail; every board is paid and scored, or rejected and hidden, once',
    );
  },
  300_000,
);
