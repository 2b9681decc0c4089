import { classify, execute, select, transaction } from '@naru/kernel';
import { testDatabase } from '@naru/testing';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeEach(async () => {
  database = await testDatabase([]);
});
afterEach(() => database.destroy());

test('a statement without an answer for 20 s is infrastructure, and its connection is not used again', async () => {
  const inTransaction = transaction(database, (trx) => execute(trx, 'DO SLEEP(40)'));
  const outside = select(database, 'SELECT SLEEP(40)');
  const results = await Promise.allSettled([inTransaction, outside]);
  for (const result of results) {
    expect(result.status === 'rejected' && classify(result.reason)).toBe('infrastructure');
  }
  expect(await select(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
}, 60_000);

test('the server gives up a connection that is silent inside a transaction, and with it its locks', async () => {
  expect(await select(database, 'SELECT @@SESSION.wait_timeout AS idle_s')).toEqual([{ idle_s: 60 }]);
});
