import { randomUUID } from 'node:crypto';
import { PermanentError, type Database, type EffectHandler, type Event } from '@naru/kernel';
import { messageIdOf } from './smtp/message-id';
import { isOneMailbox, NOT_ONE_MAILBOX } from './domain/recipient';
import { welcomeText } from './domain/welcome';
import type { Mailer } from './smtp/mailer';
import { SMTP } from './smtp/failure';
import { sendLog } from './store';

/** After this the connection is cut, so that nothing is under way any more when the claim's lease of 15 s ends. */
const SEND_DEADLINE_MS = 10_000;
const RECIPIENT_LENGTH_MAX = 254;

interface WelcomeParts {
  readonly database: Database;
  readonly mailer: Pick<Mailer, 'send'>;
  /** Names this process in the send log. */
  readonly owner: string;
}

/** Sends the welcome mail of each user who signed up. */
export function welcomeMails({ database, mailer, owner }: WelcomeParts): EffectHandler<'user.signed-up'> {
  const claims = new Map<string, string>();
  return {
    kind: 'effect',
    types: ['user.signed-up'],
    dependency: SMTP,
    deadline_ms: SEND_DEADLINE_MS,

    async claim(connection, event) {
      const claim = `${owner.slice(0, 80)}:${randomUUID()}`;
      const outcome = await sendLog.claim(connection, event, columnsOf(event), claim);
      if (outcome === 'claimed') claims.set(event.id, claim);
      return outcome;
    },

    async call(event, signal) {
      const claim = claims.get(event.id) ?? '';
      claims.delete(event.id);
      const { name, email } = event.data;
      try {
        if (!isOneMailbox(email)) throw new PermanentError('mail-refused', NOT_ONE_MAILBOX);
        const messageId = messageIdOf(event.id);
        await mailer.send(
          { to: { name, address: email }, messageId, at_ms: event.time_ms, ...welcomeText(name) },
          signal,
        );
      } catch (error) {
        // If the database does not answer either, the lease ends by itself.
        await sendLog.giveUp(database, event.id, claim, error).catch(() => undefined);
        throw error;
      }
    },

    mark: (trx, event) => sendLog.markSent(trx, event.id),
    fail: (trx, event, error) => sendLog.markFailed(trx, event.id, error),
  };
}

function columnsOf({ id, data }: Event<'user.signed-up'>) {
  const recipient = data.email.slice(0, RECIPIENT_LENGTH_MAX);
  return { user_id: data.userId, recipient, message_id: messageIdOf(id) };
}
