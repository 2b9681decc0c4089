import { classify, createDatabase, execute, select, transaction, type Database } from '@naru/kernel';
import { createTcpProxy, emptyDatabase, testDatabase } from '@naru/testing';

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

test('so is a BEGIN or COMMIT without an answer, when the far end is gone without a word', async () => {
  const url = await emptyDatabase();
  /** A pool of one connection, and a way to end it so that nobody notices. */
  const silenced = async (work: (database: Database, vanish: () => void) => Promise<unknown>) => {
    const target = new URL(url);
    const proxy = await createTcpProxy(Number(target.port));
    target.port = String(proxy.port);
    const through = createDatabase(target.toString(), 1);
    try {
      await select(through, 'SELECT 1');
      const [result] = await Promise.allSettled([work(through, () => void proxy.halfOpen())]);
      expect(result.status === 'rejected' && classify(result.reason)).toBe('infrastructure');
      expect(await select(through, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await through.destroy();
      await proxy.close();
    }
  };
  await Promise.all([
    silenced((through, vanish) => {
      vanish();
      return transaction(through, async () => undefined);
    }),
    silenced((through, vanish) =>
      transaction(through, async (trx) => {
        await execute(trx, 'DO 1');
        vanish();
      }),
    ),
  ]);
}, 60_000);
