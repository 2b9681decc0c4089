import { describe, expect, test } from '@jest/globals';
import { aLog, aRecord, aService, someFacts } from '../../test/some-facts';
import type { Mail } from '../community-facts';
import type { LogRecord } from '../facts';
import { mailCopies, mails } from './mails';

const mail = (eventId: string, status = 'SENT', attempts = 1): Mail => ({
  eventId,
  messageId: `<${eventId}@naru>`,
  status,
  attempts,
});
const origin = { id: 'x', group: 'email-consumer-group', topic: 't', partition: 0, offset: 1 };
const letter = aRecord('b', 2, { letter: origin });
const with_ = (sent: readonly Mail[], records: readonly LogRecord[] = [aRecord('a', 0), aRecord('b', 1)]) =>
  someFacts({ email: { mails: sent }, logs: [aLog(records)], services: [aService('email', [])] });

describe('mails', () => {
  test('one sent for each sign-up, or failed and a dead letter, is fine', () => {
    expect(mails(with_([mail('a'), mail('b')]))).toMatchObject({ checked: 3, violated: 0 });
    const records = [aRecord('a', 0), aRecord('b', 1), letter];
    expect(mails(with_([mail('a'), mail('b', 'FAILED')], records))).toMatchObject({ violated: 0 });
  });

  test.each<[string, Mail[], string]>([
    ['no mail', [mail('a')], 'b: no mail'],
    ['a mail that was never marked', [mail('a'), mail('b', 'SENDING')], 'b: SENDING'],
    ['a failed one without a dead letter', [mail('a'), mail('b', 'FAILED')], 'b: FAILED'],
    ['one of no sign-up', [mail('a'), mail('b'), mail('c')], 'c: a mail without a sign-up'],
    [
      'a Message-ID used twice',
      [mail('a'), { ...mail('b'), messageId: '<a@naru>' }],
      '1 Message-IDs are there twice',
    ],
  ])('%s', (_, sent, violation) => {
    expect(mails(with_(sent)).violations).toEqual([violation]);
  });
});

describe('mail-copies', () => {
  const arrived = (...ids: string[]) => ({
    byMessageId: new Map(ids.map((id) => [`<${id}@naru>`, ids.filter((other) => other === id).length])),
    isFull: false,
  });
  const sent = [mail('a'), mail('b')];
  const facts = (...ids: string[]) => ({ ...with_(sent), mailCopies: arrived(...ids) });

  test('one of each is fine, and as many copies as there were attempts', () => {
    expect(mailCopies(facts('a', 'b'))).toMatchObject({ checked: 6, violated: 0 });
    const twice = { ...with_([mail('a'), mail('b', 'SENT', 2)]), mailCopies: arrived('a', 'b', 'b') };
    expect(mailCopies(twice)).toMatchObject({ violated: 0, notes: ['1 extra copies'] });
  });

  test.each<[string, string[], string]>([
    ['one that did not arrive', ['a'], '<b@naru>: sent, but did not arrive'],
    ['a copy that nothing explains', ['a', 'b', 'b'], '<b@naru>: 2 copies of 1 attempts'],
    ['one that nobody sent', ['a', 'b', 'c'], '<c@naru>: arrived, but the send log does not know it'],
  ])('%s', (_, ids, violation) => {
    expect(mailCopies(facts(...ids)).violations).toEqual([violation]);
  });

  test('a full mail catcher, or none, is noted', () => {
    const full = { ...facts('a'), mailCopies: { ...arrived('a'), isFull: true } };
    expect(mailCopies(full)).toMatchObject({ violated: 0 });
    expect(mailCopies(full).notes[0]).toMatch('full');
    expect(mailCopies(with_([mail('a')]))).toMatchObject({
      checked: 0,
      notes: ['no mail catcher was given'],
    });
  });
});
