import { randomUUID } from 'node:crypto';
import { transaction, type Database } from '@naru/kernel';
import { testDatabase } from '@naru/testing';
import { migrations } from '../src/migrations';
import { claimMail, giveClaimUp, LEASE_S, mailsOf, markFailed, markSent, type Mail } from '../src/store';

let database: Database;

beforeAll(async () => {
  database = await testDatabase(migrations);
});

afterAll(() => database?.destroy());

function newMail(): Mail {
  const eventId = randomUUID();
  const record = { topic: 'user.signed-up', partition: 0, offset: 2n ** 62n };
  return { eventId, userId: 1, recipient: 'kim@naru.example', messageId: `<${eventId}@naru>`, ...record };
}

const rowOf = ({ eventId }: Mail) => database('emails').where({ event_id: eventId }).first();

/** As when its process has been dead for the length of a lease. */
async function letLeaseEnd({ eventId }: Mail) {
  await database('emails')
    .where({ event_id: eventId })
    .update({ claimed_until: database.raw(`claimed_until - INTERVAL ${LEASE_S} SECOND`) });
}

const mark = (mail: Mail) => transaction(database, (trx) => markSent(trx, mail.eventId));
const fail = (mail: Mail) => transaction(database, (trx) => markFailed(trx, mail.eventId, new Error('550')));

describe('the send log', () => {
  it('lets one of many claim a mail', async () => {
    const mail = newMail();
    const outcomes = await Promise.all([1, 2, 3, 4].map((nth) => claimMail(database, mail, `claim ${nth}`)));
    expect(outcomes.sort()).toEqual(['claimed', 'held', 'held', 'held']);
    expect(await rowOf(mail)).toMatchObject({ attempts: 1, status: 'SENDING', last_error: null });
  });

  it('holds a claim for its lease and no longer', async () => {
    const mail = newMail();
    await claimMail(database, mail, 'dead');
    expect(await claimMail(database, mail, 'successor')).toBe('held');
    await letLeaseEnd(mail);
    expect(await claimMail(database, mail, 'successor')).toBe('claimed');
    expect(await rowOf(mail)).toMatchObject({
      attempts: 2,
      claimed_by: 'successor',
      message_id: mail.messageId,
    });
  });

  it('lets a claim be given up before its time, by its holder only', async () => {
    const mail = newMail();
    await claimMail(database, mail, 'first');
    await letLeaseEnd(mail);
    await claimMail(database, mail, 'second');
    await giveClaimUp(database, mail.eventId, 'first', new Error('late'));
    expect(await claimMail(database, mail, 'third')).toBe('held');
    await giveClaimUp(database, mail.eventId, 'second', new Error('no answer'));
    expect(await rowOf(mail)).toMatchObject({ last_error: 'Error: no answer' });
    expect(await claimMail(database, mail, 'third')).toBe('claimed');
  });

  it('says done of a mail that was sent, also when its claim had run out', async () => {
    const mail = newMail();
    await claimMail(database, mail, 'slow');
    await letLeaseEnd(mail);
    await claimMail(database, mail, 'other');
    await mark(mail);
    expect(await claimMail(database, mail, 'again')).toBe('done');
    await fail(mail);
    expect(await claimMail(database, mail, 'again')).toBe('done');
    expect(await rowOf(mail)).toMatchObject({ status: 'SENT', last_error: null });
  });

  it('lets a mail that failed be claimed again, from where it was sent again', async () => {
    const mail = newMail();
    await claimMail(database, mail, 'first');
    await fail(mail);
    expect(await rowOf(mail)).toMatchObject({ status: 'FAILED', last_error: 'Error: 550' });
    expect(await claimMail(database, { ...mail, partition: 2, offset: 7n }, 'redrive')).toBe('claimed');
    expect(await rowOf(mail)).toMatchObject({
      status: 'SENDING',
      attempts: 2,
      partition_number: 2,
      record_offset: 7,
    });
  });

  it('keeps offsets beyond what a number holds', async () => {
    const mail = { ...newMail(), userId: 2 };
    await claimMail(database, mail, 'claim');
    expect((await mailsOf(database, 2, 10))[0]?.mail).toMatchObject({
      offset: '4611686018427387904',
      sentAt: null,
    });
  });
});
