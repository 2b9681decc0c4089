import { randomUUID } from 'node:crypto';
import { createSendLog, transaction, type Database } from '@naru/kernel';
import { testDatabase } from '@naru/testing';

const LEASE_S = 15;
const log = createSendLog('sent', LEASE_S);
const table = {
  name: 'sent',
  up: async (database: Database) => {
    await database.raw(`CREATE TABLE sent (event_id VARCHAR(255) NOT NULL PRIMARY KEY, recipient VARCHAR(254) NOT NULL,
      status ENUM('SENDING', 'SENT', 'FAILED') NOT NULL DEFAULT 'SENDING', attempts INT NOT NULL DEFAULT 1,
      topic VARCHAR(249) NOT NULL, partition_number INT NOT NULL, record_offset BIGINT NOT NULL,
      claimed_by VARCHAR(128) NULL, claimed_until DATETIME(6) NULL, sent_at DATETIME(6) NULL,
      last_error VARCHAR(500) NULL)`);
  },
};

let database: Database;
let eventId: string;

beforeAll(async () => {
  database = await testDatabase([table]);
});
beforeEach(() => {
  eventId = randomUUID();
});
afterAll(() => database?.destroy());

const claim = (name: string, position = { topic: 'a', partition: 0, offset: 2n ** 62n }) => {
  const record = { ...position, key: null, value: null, headers: [], timestamp_ms: 0 };
  return log.claim(database, { id: eventId, record }, { recipient: 'kim@naru.example' }, name);
};
const row = () => database('sent').where({ event_id: eventId }).first();
const mark = () => transaction(database, (trx) => log.markSent(trx, eventId));
const fail = () => transaction(database, (trx) => log.markFailed(trx, eventId, new Error('550')));

/** As when its process has been dead for the length of a lease. */
async function letLeaseEnd() {
  await database('sent')
    .where({ event_id: eventId })
    .update({ claimed_until: database.raw(`claimed_until - INTERVAL ${LEASE_S} SECOND`) });
}

describe('the send log', () => {
  it('lets one of many claim an event, and keeps what the service says of it', async () => {
    const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((name) => claim(name)));
    expect(outcomes.sort()).toEqual(['claimed', 'held', 'held', 'held']);
    expect(await row()).toMatchObject({
      recipient: 'kim@naru.example',
      attempts: 1,
      status: 'SENDING',
      record_offset: '4611686018427387904',
      last_error: null,
    });
  });

  it('holds a claim for its lease and no longer, and counts the attempt of a process that died', async () => {
    await claim('dead');
    expect(await claim('successor')).toBe('held');
    await letLeaseEnd();
    expect(await claim('successor')).toBe('claimed');
    expect(await row()).toMatchObject({ attempts: 2, claimed_by: 'successor' });
  });

  it('lets a claim be given up before its time, by its holder only', async () => {
    await claim('first');
    await letLeaseEnd();
    await claim('second');
    await log.giveUp(database, eventId, 'first', new Error('late'));
    expect(await claim('third')).toBe('held');
    await log.giveUp(database, eventId, 'second', new Error('no answer'));
    expect(await row()).toMatchObject({ last_error: 'Error: no answer' });
    expect(await claim('third')).toBe('claimed');
  });

  it('says done of what was sent, for ever, also when its claim had run out', async () => {
    await claim('slow');
    await letLeaseEnd();
    await claim('other');
    await mark();
    expect(await claim('again')).toBe('done');
    await fail();
    expect(await claim('again')).toBe('done');
    expect(await row()).toMatchObject({ status: 'SENT', last_error: null });
  });

  it('lets what failed be claimed again, from where it was sent again', async () => {
    await claim('first');
    await fail();
    expect(await row()).toMatchObject({ status: 'FAILED', last_error: 'Error: 550' });
    expect(await claim('redrive', { topic: 'a', partition: 2, offset: 7n })).toBe('claimed');
    expect(await row()).toMatchObject({
      status: 'SENDING',
      attempts: 2,
      partition_number: 2,
      record_offset: 7,
    });
  });
});
