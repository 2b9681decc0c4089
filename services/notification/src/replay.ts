import type { Shadow } from '@naru/kernel';
import type { EventLease } from './event-lease';
import { createSender, SENDER, type NotificationSender } from './sender';

/** The lease of a process that is alone: always to be had. The delivery row tells what was sent. */
export const soleLease: EventLease = {
  take: async () => 'taken',
  release: async () => undefined,
  markDone: async () => undefined,
};

/** Refuses what the way out would refuse, takes everything else, and sends nothing. */
export function createCapturingSender(shadow: Shadow, failPrefix: string): NotificationSender {
  return createSender(failPrefix, ({ orderId, type, recipient, text }) => {
    shadow.capture({ dependency: SENDER, action: 'send', details: { orderId, type, recipient, text } });
  });
}
