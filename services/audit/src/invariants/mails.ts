import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { eventsOf, setAsideBy } from '../views';

/** Each sign-up has one mail in the send log: sent, or failed and a dead letter. */
export function mails(facts: Facts): Finding {
  const found = tally('mails', 'Each sign-up has one mail, sent or dead-lettered');
  const { email } = facts;
  if (!email) return found.finding();
  const byEvent = new Map(email.mails.map((mail) => [mail.eventId, mail]));
  const aside = setAsideBy(facts, 'email', ['user.signed-up'], ({ eventId }) => eventId);
  for (const { eventId = '' } of eventsOf(facts, 'user.signed-up')) {
    const status = byEvent.get(eventId)?.status;
    byEvent.delete(eventId);
    const isRight =
      status === 'SENT' || ((status === 'FAILED' || status === undefined) && aside.has(eventId));
    found.check(
      isRight,
      () => `${eventId}: ${status ?? 'no mail'}${aside.has(eventId) ? ', dead-lettered' : ''}`,
    );
  }
  for (const eventId of byEvent.keys()) found.check(false, () => `${eventId}: a mail without a sign-up`);
  const ids = new Set(email.mails.map(({ messageId }) => messageId));
  found.check(
    ids.size === email.mails.length,
    () => `${email.mails.length - ids.size} Message-IDs are there twice`,
  );
  return found.finding();
}

/**
 * What the mail catcher has is what the send log knows. A mail is sent again, under the same Message-ID, when the
 * sender was killed between the server's 250 and the commit, or never heard the 250; each attempt is counted before
 * it is made, so that copies beyond the attempts can only come from a fault.
 */
export function mailCopies(facts: Facts): Finding {
  const found = tally('mail-copies', 'Each mail sent arrived, with no more copies than there were attempts');
  const { email, mailCopies: copies } = facts;
  if (!email) return found.finding();
  if (!copies) {
    found.note('no mail catcher was given');
    return found.finding();
  }
  let extra = 0;
  for (const { messageId, status, attempts } of email.mails) {
    const count = copies.byMessageId.get(messageId) ?? 0;
    extra += Math.max(0, count - 1);
    if (status === 'SENT' && !copies.isFull)
      found.check(count >= 1, () => `${messageId}: sent, but did not arrive`);
    found.check(count <= attempts, () => `${messageId}: ${count} copies of ${attempts} attempts`);
  }
  if (copies.isFull)
    found.note('the mail catcher is full: mails may be gone from it, and were not looked for');
  const known = new Set(email.mails.map(({ messageId }) => messageId));
  for (const messageId of copies.byMessageId.keys())
    found.check(known.has(messageId), () => `${messageId}: arrived, but the send log does not know it`);
  found.noteCount(extra, 'extra copies');
  return found.finding();
}
