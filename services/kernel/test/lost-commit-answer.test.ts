import { createConsumer, createDatabase, transactional } from '@naru/kernel';
import { createCommitCutter, emptyDatabase, eventually, testService, uniqueName } from '@naru/testing';
import { kit, signedUp } from './harness';

describe('the answer to a COMMIT is lost', () => {
  test('under a request: it is answered as an error, and takes effect once, also if it is repeated with its key', async () => {
    const direct = await emptyDatabase();
    const first = await testService('board', { DATABASE_URL: direct, MIGRATE_ON_START: 'true' });
    await first.stop();
    const cutter = await createCommitCutter(direct);
    const board = await testService('board', { DATABASE_URL: cutter.url });
    const write = (title: string, headers: Record<string, string> = {}) =>
      fetch(`${board.url}/api/boards`, {
        method: 'POST',
        headers: { 'x-user-id': '7', 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ title, content: 'x' }),
      });

    const cutPlain = cutter.cutNext('INSERT INTO outbox');
    expect((await write('once')).status).toBe(503);
    await cutPlain;
    const cutKeyed = cutter.cutNext('INSERT INTO outbox');
    const key = { 'idempotency-key': 'the same' };
    expect((await write('repeated', key)).status).toBe(503);
    await cutKeyed;
    const again = await write('repeated', key);
    expect(again.status).toBe(204);
    expect(again.headers.get('idempotency-replayed')).toBe('true');

    const database = createDatabase(direct, 2);
    await eventually('both are published', async () => {
      const rows = await database('outbox').where({ outbox_status: 'PUBLISHED' });
      return rows.length === 2;
    });
    expect(await database('boards').orderBy('board_id').pluck('title')).toEqual(['once', 'repeated']);
    await database.destroy();
    await board.stop();
    await cutter.close();
  });

  test('under a consumer: the batch is taken again and found done', async () => {
    const naru = await kit();
    const cutter = await createCommitCutter(naru.databaseUrl);
    const database = createDatabase(cutter.url, 5);
    const handled: string[] = [];
    const handler = transactional(['user.signed-up'], async (trx, events) => {
      handled.push(...events.map(({ data }) => data.name));
      const rows = events.map(({ id, data }) => ({ event_id: id, user_id: data.userId, name: data.name }));
      await trx('effects').insert(rows);
    });
    const consumer = createConsumer({
      ...naru.groupParts(uniqueName('group'), [handler]),
      broker: naru.broker,
      database,
    });
    const cut = cutter.cutNext('INSERT INTO inbox');
    await consumer.start();
    naru.relay.start();
    await naru.append([signedUp(1, 'a'), signedUp(1, 'b')]);
    await cut;
    await eventually('the batch was found done', async () => (await naru.consumed('duplicate')) >= 1);
    await naru.append([signedUp(1, 'c')]);
    await eventually('the partition goes on', async () => (await naru.effects()).length === 3);
    expect((await naru.effects()).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(handled).toEqual(['a', 'b', 'c']);
    await consumer.stop();
    await database.destroy();
    await cutter.close();
    await naru.close();
  });
});
