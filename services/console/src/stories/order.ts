import { awaited, type EventTrial, type OrderStory } from '@naru/operations';
import { toIso } from '../letters/parked';
import type { Story, StoryStep } from '../views';

/** An order's story as a page shows it: one line of time over all services. */
export function orderStoryView(story: OrderStory): Story {
  const { order, reservation, payment } = story;
  const facts: [string, string | null | undefined][] = [
    ['order', order.orderId],
    ['user', order.userId === null ? 'placed directly' : String(order.userId)],
    ['amount', `${order.totalAmount} ${order.currency}`],
    ['version', String(order.version)],
    ['placed', toIso(order.createdAt)],
    ['saga', order.sagaId],
    ['stock', reservation ? withReason(reservation.status, reservation.reason) : 'no reservation'],
    ['payment', payment ? withReason(payment.status, payment.lastError) : 'no payment'],
  ];
  return {
    kind: 'order',
    id: order.orderId,
    title: `Order …${order.orderId.slice(-8)}`,
    status: `${order.status} ${order.sagaStatus}`,
    traceId: order.traceId,
    facts: facts.flatMap(([name, value]) => (value ? [{ name, value }] : [])),
    steps: stepsOf(story).sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)),
    awaited: awaited(story).map(({ what, from, until, known }) => ({
      ...{ what: known ? `${what} (${known})` : what, from, until: until && toIso(until) },
    })),
    troubles: troublesOf(story),
  };
}

function withReason(status: string, reason: string | null): string {
  return reason ? `${status}: ${reason}` : status;
}

function stepsOf({ steps, payment, notifications, unapplied }: OrderStory): StoryStep[] {
  return [
    ...steps.map(({ at, input, isApplied, from, to, told, reason, eventId }): StoryStep => {
      const led = isApplied ? `${from ?? 'nothing'} → ${to}` : `changed nothing (${to})`;
      const detail = [led, told && `told ${told}`, reason].filter(Boolean).join(', ');
      return {
        ...{ at: toIso(at), service: 'order', what: input, detail, eventId },
        state: isApplied ? 'done' : 'ignored',
      };
    }),
    ...(payment?.operations ?? []).map(({ at, key, calls, declined }): StoryStep => ({
      ...{ at: toIso(at), service: 'payment', what: `provider: ${key.split(':')[0] ?? key}`, eventId: null },
      detail: `${declined ? `declined: ${declined}` : 'done'}, asked ${calls} times`,
      state: declined ? 'failed' : 'done',
    })),
    ...notifications.map((trial) => trialStep(trial, 'notification', 'SENT')),
    ...unapplied.map((trial) => trialStep(trial, 'catalog', 'APPLIED')),
  ];
}

/** Something that a service tried with an event. */
export function trialStep(trial: EventTrial, service: string, done: string): StoryStep {
  const { at, type, status, attempts, error, eventId } = trial;
  const tried = attempts === 1 ? 'once' : `${attempts} times`;
  return {
    ...{ at: toIso(at), service, what: type, eventId, state: status === done ? 'done' : 'failed' },
    detail: `${status.toLowerCase()}, tried ${tried}${error ? `: ${error}` : ''}`,
  };
}

export function troublesOf({
  unpublished,
  deadLetters,
  parked,
}: Pick<OrderStory, 'unpublished' | 'deadLetters' | 'parked'>): string[] {
  return [
    ...unpublished.map((line) => `not published: ${line}`),
    ...deadLetters.map((line) => `dead letter: ${line}`),
    ...parked.map((line) => `parked: ${line}`),
  ];
}
