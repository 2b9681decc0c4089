import { createHash } from 'node:crypto';

/**
 * The Message-ID of an event's mail: the same however often it is sent, so that a mailbox can drop copies.
 * An event id that is no plain word (RFC 5322, 3.2.3) is hashed, so that it cannot break out of the header.
 */
export function messageIdOf(eventId: string): string {
  const plain = /^[A-Za-z0-9-]{1,64}$/.test(eventId);
  return `<${plain ? eventId : createHash('sha256').update(eventId).digest('hex')}@naru>`;
}
