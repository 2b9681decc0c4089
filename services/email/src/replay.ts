import { PermanentError, type Shadow } from '@naru/kernel';
import { NOT_ONE_MAILBOX } from './domain/recipient';
import { SMTP } from './smtp/failure';
import type { Mailer } from './smtp/mailer';
import { messageIdOf } from './smtp/message-id';

/** Hands no mail in. It refuses those that the mail server refused then, and takes every other. */
export function createCapturingMailer({ capture, givenUp }: Shadow): Mailer {
  return {
    async send({ to, subject, text, messageId }) {
      capture({ dependency: SMTP, action: 'send', details: { to: to.address, subject, text } });
      const [, reason] = [...givenUp].find(([eventId]) => messageIdOf(eventId) === messageId) ?? [];
      // What this service itself refuses did not come to the server then, and is not to be refused for that now.
      if (reason !== undefined && reason !== NOT_ONE_MAILBOX)
        throw new PermanentError('mail-refused', reason);
    },
    stop: async () => undefined,
  };
}
