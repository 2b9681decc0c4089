import { describe, expect, it } from '@jest/globals';
import type { CapturedEffect } from '@naru/kernel';
import { NOT_ONE_MAILBOX } from './domain/recipient';
import { createCapturingMailer } from './replay';
import { messageIdOf } from './smtp/message-id';

const signal = new AbortController().signal;
const mailOf = (eventId: string) => ({
  to: { name: 'Hana', address: 'hana@example.com' },
  messageId: messageIdOf(eventId),
  at_ms: 0,
  subject: 'Welcome',
  text: 'Welcome, Hana.',
  html: '<p>Welcome, Hana.</p>',
});

function mailer(givenUp: readonly (readonly [eventId: string, reason: string])[]) {
  const captured: CapturedEffect[] = [];
  const capture = (effect: CapturedEffect) => void captured.push(effect);
  return { captured, mailer: createCapturingMailer({ capture, givenUp: new Map(givenUp) }) };
}

describe('a mail that is replayed', () => {
  it('is noted instead of sent', async () => {
    const { captured, mailer: replayed } = mailer([]);
    await replayed.send(mailOf('one'), signal);
    const details = { to: 'hana@example.com', subject: 'Welcome', text: 'Welcome, Hana.' };
    expect(captured).toEqual([{ dependency: 'smtp', action: 'send', details }]);
  });

  it('is refused as the server refused it then, and no other is', async () => {
    const { captured, mailer: replayed } = mailer([['one', '550 no such mailbox']]);
    await expect(replayed.send(mailOf('one'), signal)).rejects.toMatchObject({
      code: 'mail-refused',
      message: '550 no such mailbox',
    });
    await replayed.send(mailOf('two'), signal);
    expect(captured).toHaveLength(2);
  });

  it('is taken where it was this service that had refused it', async () => {
    const { mailer: replayed } = mailer([['one', NOT_ONE_MAILBOX]]);
    await expect(replayed.send(mailOf('one'), signal)).resolves.toBeUndefined();
  });
});
