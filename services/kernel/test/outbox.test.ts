import { failedRows, retryFailed, skipFailed, transaction } from '@naru/kernel';
import { eventually, recordsOf } from '@naru/testing';
import { kit, signedUp, type Kit } from './harness';

let naru: Kit;
beforeEach(async () => {
  naru = await kit();
});
afterEach(() => naru.close());

const idsOn = async (topic = naru.topic) =>
  (await recordsOf(naru.broker, topic)).map(({ headers }) =>
    headers.find(([name]) => name === 'ce_id')?.[1].toString(),
  );

describe('promise 1: event and state are written in one transaction', () => {
  test('a transaction that rolls back publishes nothing', async () => {
    naru.relay.start();
    const rollback = transaction(naru.database, async (trx) => {
      await naru.outbox.append(trx, [signedUp(1)]);
      await trx('effects').insert({ event_id: 'state', user_id: 1, name: 'state' });
      throw new Error('rolled back');
    });
    await expect(rollback).rejects.toThrow('rolled back');
    const [kept] = await naru.append([signedUp(2)]);
    await naru.drained();
    expect(await idsOn()).toEqual([kept]);
    expect(await naru.effects()).toEqual([]);
  });

  test('a row is published only once a later commit of the relay’s own proves that it is on the disk', async () => {
    const looks = async () => {
      const [row] = await naru.database('outbox_relay').sum({ looks: 'looks' });
      return Number(row?.['looks']);
    };
    const seen: number[] = [];
    const relay = naru.anotherRelay({
      produce: async (topic, partition, records) => {
        seen.push(await looks());
        return naru.broker.produce(topic, partition, records);
      },
    });
    await naru.append([signedUp(1)]);
    expect(await looks()).toBe(0);
    relay.start();
    await naru.drained();
    expect(seen).toEqual([1]);
  });

  test('a row holds what the record will be, byte for byte', async () => {
    naru.relay.start();
    const key = Buffer.from([0xff, 0x00, 0x31]);
    const value = Buffer.from([0x00, 0xfe, 0x0a]);
    const headers = [
      ['b', Buffer.from([0xff])],
      ['a', Buffer.alloc(0)],
      ['b', Buffer.from('second')],
    ] as const;
    const row = { id: 'raw-1', topic: naru.topic, partition: 2, key, value, headers };
    await transaction(naru.database, (trx) => naru.outbox.appendRaw(trx, [row]));
    await naru.drained();
    const [published] = await recordsOf(naru.broker, naru.topic);
    expect(published).toMatchObject({ partition: 2, key, value });
    expect(published?.headers.filter(([name]) => name === 'b').map(([, bytes]) => bytes)).toEqual([
      Buffer.from([0xff]),
      Buffer.from('second'),
    ]);
  });

  test('a row tells its ordering key, its saga and its status', async () => {
    await transaction(naru.database, (trx) =>
      naru.outbox.append(trx, [{ ...signedUp(7), sagaId: 'saga-1', sagaStatus: 'STARTED' }]),
    );
    const [row] = await naru
      .database('outbox')
      .select('ordering_key', 'saga_id', 'saga_status', 'outbox_status', 'attempts', 'last_error');
    expect(row).toEqual({
      ordering_key: Buffer.from('7'),
      saga_id: 'saga-1',
      saga_status: 'STARTED',
      outbox_status: 'PENDING',
      attempts: 0,
      last_error: null,
    });
  });
});

test('promise 2: with the aggregate locked first, published order is commit order for each key', async () => {
  await naru.database('effects').insert({ event_id: 'aggregate', user_id: 7, name: '0' });
  const change = () =>
    transaction(naru.database, async (trx) => {
      const aggregate = await trx('effects').where({ event_id: 'aggregate' }).forUpdate().first('name');
      const version = Number(aggregate?.name) + 1;
      await trx('effects')
        .where({ event_id: 'aggregate' })
        .update({ name: String(version) });
      await naru.outbox.append(trx, [{ ...signedUp(7), data: { ...signedUp(7).data, version } }]);
    });
  // Some wait together when the relay looks for the first time, the others are committed while it works.
  await Promise.all(Array.from({ length: 20 }, change));
  naru.relay.start();
  await Promise.all(Array.from({ length: 20 }, change));
  await naru.drained();
  const versions = (await recordsOf(naru.broker, naru.topic)).map(
    ({ value }) => (JSON.parse(String(value)) as { version: number }).version,
  );
  expect(versions).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
});

describe('promise 3: there is no cursor', () => {
  test('a row that becomes visible after a later one is not passed over', async () => {
    naru.relay.start();
    const late = await naru.database.transaction();
    const [lateId] = await naru.outbox.append(late, [signedUp(1)]);
    const [earlyId] = await naru.append([signedUp(2)]);
    // Marked too: a cursor would be past the earlier row only then.
    await naru.drained();
    expect(await idsOn()).toEqual([earlyId]);
    await late.commit();
    await eventually('the earlier row is published', async () => (await idsOn()).includes(lateId));
  });

  test('a row that is not committed is not published', async () => {
    naru.relay.start();
    const open = await naru.database.transaction();
    await naru.outbox.append(open, [signedUp(1)]);
    // Of the same key, and so not sent before the other row if that was read.
    const [committed] = await naru.append([signedUp(1)]);
    await eventually('the committed row is published', async () => (await idsOn()).includes(committed));
    await open.rollback();
    expect(await idsOn()).toEqual([committed]);
  });
});

describe('promise 5: a row that cannot be published', () => {
  const tooLarge = Buffer.alloc(1_500_000, 'x');

  async function appendRefused() {
    const refused = {
      id: 'refused',
      topic: naru.topic,
      partition: 0,
      key: Buffer.from('1'),
      value: tooLarge,
      headers: [],
    };
    await transaction(naru.database, (trx) => naru.outbox.appendRaw(trx, [refused]));
  }

  test('stops its key and no other, however many rows wait behind it', async () => {
    await appendRefused();
    await naru.append(Array.from({ length: 1_500 }, () => signedUp(1)));
    // 5 shares its partition with 1: what waits behind the failed row would be sent before it.
    const otherKeys = [2, 3, 4, 5].map((userId) => signedUp(userId));
    const others = await naru.append(otherKeys);
    naru.relay.start();
    await eventually(
      'a failed row is reported',
      async () => (await naru.metrics.outboxFailed.get()).values[0]?.value === 1,
    );
    others.push(...(await naru.append(otherKeys)));
    await eventually('the other keys are published', async () => {
      const marked = { outbox_status: 'PUBLISHED' };
      return (
        (await naru.database('outbox').where(marked).whereIn('event_id', others)).length === others.length
      );
    });
    expect(await naru.database('outbox').where({ outbox_status: 'PENDING' })).toHaveLength(1_500);
    expect(await idsOn()).toEqual(expect.arrayContaining(others));
    expect(await failedRows(naru.database, 10)).toMatchObject([{ eventId: 'refused', orderingKey: '1' }]);
    expect((await failedRows(naru.database, 10))[0]?.lastError).toMatch(/message-too-large/);
  });

  test('is skipped or tried again by decision, and its key goes on', async () => {
    naru.relay.start();
    await appendRefused();
    const [behind] = await naru.append([signedUp(1)]);
    await eventually('the row has failed', async () => (await failedRows(naru.database, 1)).length === 1);
    expect(await retryFailed(naru.database, 'refused')).toBe(1);
    await eventually('it has failed again', async () => {
      const row = await naru
        .database('outbox')
        .where({ event_id: 'refused' })
        .first('attempts', 'outbox_status');
      return row?.attempts === 2 && row.outbox_status === 'FAILED';
    });
    expect(await skipFailed(naru.database, 'refused')).toBe(1);
    naru.relay.wake();
    await eventually('its key goes on', async () => (await idsOn()).includes(behind));
  });
});
