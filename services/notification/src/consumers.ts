import { randomUUID } from 'node:crypto';
import { afterCommit, type Database, type EffectHandler, type Event } from '@naru/kernel';
import { notifiedTypes, textOf, type NotifiedType } from './domain/notification';
import type { EventLease } from './event-lease';
import { SENDER, type Notification, type NotificationSender } from './sender';
import { sendLog } from './store';

/** After this a send is given up, so that nothing is under way any more when its lease of 30 s ends. */
const SEND_DEADLINE_MS = 10_000;
const OWNER_LENGTH_MAX = 80;

interface NotificationParts {
  readonly database: Database;
  readonly lease: EventLease;
  readonly sender: NotificationSender;
  /** Names this process in the leases. */
  readonly owner: string;
}

/**
 * Notifies customers of what happens to their orders, once for each event. Redis says who is at it; the delivery row
 * is written before the send, so that an attempt that did not live to mark it is known.
 */
export function orderNotifications(parts: NotificationParts): EffectHandler<NotifiedType> {
  const { database, lease, sender, owner } = parts;
  const tokens = new Map<string, string>();

  /** With the lease taken: is there anything to send? */
  async function claimTaken(connection: Database, event: Event<NotifiedType>, token: string) {
    const outcome = await sendLog.claim(connection, event, columnsOf(event), token);
    if (outcome === 'claimed') tokens.set(event.id, token);
    // Redis was emptied after the send; it is told again.
    else if (outcome === 'done') await lease.markDone(event.id);
    else await lease.release(event.id, token);
    return outcome;
  }

  return {
    kind: 'effect',
    types: notifiedTypes,
    dependency: SENDER,
    deadline_ms: SEND_DEADLINE_MS,

    async claim(connection, event) {
      const token = `${owner.slice(0, OWNER_LENGTH_MAX)}:${randomUUID()}`;
      const taken = await lease.take(event.id, token);
      if (taken !== 'taken') return taken;
      try {
        return await claimTaken(connection, event, token);
      } catch (error) {
        // If Redis does not answer, the lease ends by itself.
        await lease.release(event.id, token).catch(() => undefined);
        throw error;
      }
    },

    async call(event, signal) {
      const token = tokens.get(event.id) ?? '';
      tokens.delete(event.id);
      try {
        await sender.send(notificationOf(event), signal);
      } catch (error) {
        // If either does not answer, its lease ends by itself.
        await Promise.allSettled([
          sendLog.giveUp(database, event.id, token, error),
          lease.release(event.id, token),
        ]);
        throw error;
      }
    },

    async mark(trx, event) {
      await sendLog.markSent(trx, event.id);
      // The row is what counts: without Redis the event is a duplicate all the same.
      afterCommit(trx, () => void lease.markDone(event.id).catch(() => undefined));
    },

    fail: (trx, event, error) => sendLog.markFailed(trx, event.id, error),
  };
}

function columnsOf({ type, data }: Event<NotifiedType>) {
  const { orderId, customerId, customerEmail } = data;
  return { order_id: orderId, customer_id: customerId, recipient: customerEmail, event_type: type };
}

function notificationOf({ id, type, data, record }: Event<NotifiedType>): Notification {
  return {
    eventId: id,
    type,
    orderId: data.orderId,
    customerId: data.customerId,
    recipient: data.customerEmail,
    text: textOf(type, data),
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
  };
}
