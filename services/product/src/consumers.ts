import { transactional, type AnyHandler, type Event, type Outbox } from '@naru/kernel';
import type { Command } from './domain/decide';
import { settle } from './settle';

export function productHandlers(outbox: Outbox): AnyHandler[] {
  return [
    transactional(['order.created'], (trx, events) => settle(trx, outbox, events.map(toReservation))),
    transactional(['order.confirmed', 'order.cancelled'], (trx, events) =>
      settle(trx, outbox, events.map(toConclusion)),
    ),
  ];
}

function toReservation({ data, correlationId, sagaId, traceparent }: Event<'order.created'>): Command {
  return { type: 'reserve', order: data, cause: { correlationId, sagaId, traceparent } };
}

function toConclusion(event: Event<'order.confirmed' | 'order.cancelled'>): Command {
  const { data, correlationId, sagaId, traceparent } = event;
  const cause = { correlationId, sagaId, traceparent };
  return 'reason' in data
    ? { type: 'release', order: data, cause, reason: data.reason }
    : { type: 'sell', order: data, cause };
}
