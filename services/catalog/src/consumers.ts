import { transactional, type AnyHandler, type Event } from '@naru/kernel';
import { aggregateIdOf, heardTypes, type HeardType } from './domain/occurrence';
import { storeHeard, type Heard } from './heard-store';

/** The listener: only stores what it hears. The scheduler does the rest. */
export function catalogHandlers(): AnyHandler[] {
  return [transactional(heardTypes, (trx, events) => storeHeard(trx, events.map(toHeard)))];
}

function toHeard({ id, type, data, time_ms, record }: Event<HeardType>): Heard {
  return { eventId: id, type, aggregateId: aggregateIdOf(data), occurred_ms: time_ms, record };
}
