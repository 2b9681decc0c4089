import type { EventPayloads } from '@naru/contracts';

/** What a customer is notified of. */
export const notifiedTypes = [
  'order.created',
  'order.status-changed',
  'order.confirmed',
  'order.cancelled',
] as const;

export type NotifiedType = (typeof notifiedTypes)[number];

const DELIVERED = 80;

/** What the customer is told, in a sentence. */
export function textOf(type: NotifiedType, data: EventPayloads[NotifiedType]): string {
  const order = `Your order ${data.orderId}`;
  switch (type) {
    case 'order.created':
      return `${order} over ${data.totalAmount} ${data.currency} was placed.`;
    case 'order.confirmed':
      return `${order} is paid and confirmed.`;
    case 'order.cancelled':
      return `${order} was cancelled.`;
    case 'order.status-changed':
      return data.status === DELIVERED ? `${order} was delivered.` : `${order} is on its way.`;
  }
}

/** Whether a customer's notifications are made to fail. @param prefix of such customers' ids; empty: nobody's are */
export function isMadeToFail(customerId: string, prefix: string): boolean {
  return prefix !== '' && customerId.startsWith(prefix);
}
