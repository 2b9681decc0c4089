import {
  afterCommit,
  currentTraceparent,
  type Draft,
  type Event,
  type Outbox,
  type Transaction,
} from '@naru/kernel';
import { snapshotOf, type Order, type Terms } from './domain/order';
import { advance, begin, endStatuses, type News, type SagaInput, type SagaStatus } from './domain/saga';
import type { OrderMetrics } from './metrics';
import { insertOrder, insertSteps, saveProgress, type Step, type StoredOrder } from './store';

export interface SagaParts {
  readonly outbox: Outbox;
  readonly metrics: Pick<OrderMetrics, 'sagaSteps' | 'sagaDuration'>;
  /** Makes ids of orders and of sagas. */
  readonly newId: () => string;
  /** How long an order with items may stay open, in seconds. */
  readonly deadline_s: number;
}

type Cause = NonNullable<Draft['causedBy']>;

/** Something that happened to an order. */
export interface Occurrence {
  readonly orderId: string;
  readonly input: SagaInput;
  /** The event that tells of it, if one does. */
  readonly event?: Pick<Event, 'id' | 'correlationId' | 'sagaId' | 'traceparent'>;
}

export interface Sagas {
  /** Places an order and tells of it. */
  place(trx: Transaction, terms: Terms): Promise<StoredOrder>;
  /**
   * Carries out what happened to locked orders, in its order: writes how far they have come, tells of it, and logs it.
   * @param orders all that the occurrences name
   * @returns the same orders as they are now
   */
  advance(
    trx: Transaction,
    orders: ReadonlyMap<string, StoredOrder>,
    occurrences: readonly Occurrence[],
  ): Promise<ReadonlyMap<string, StoredOrder>>;
}

/** A step, and the draft of the event that tells of it. */
interface Taken {
  readonly step: Omit<Step, 'told'> & { readonly to: StoredOrder };
  readonly draft?: Draft;
}

/** Orders and their sagas; pure rules decide (`domain/saga.ts`). */
export function createSagas({ outbox, metrics, newId, deadline_s }: SagaParts): Sagas {
  async function tellAndLog(trx: Transaction, taken: readonly Taken[]): Promise<void> {
    const drafts = taken.flatMap(({ draft }) => draft ?? []);
    const eventIds = await outbox.append(trx, drafts);
    const steps = taken.map(({ step, draft }): Step => {
      const eventId = draft && eventIds[drafts.indexOf(draft)];
      return { ...step, told: draft && eventId ? { type: draft.type, eventId } : null };
    });
    await insertSteps(trx, steps.filter(isLogged));
    afterCommit(trx, () => taken.forEach(({ step }) => count(step)));
  }

  function count({ input, applied, from, to }: Taken['step']): void {
    metrics.sagaSteps.inc({ step: input, outcome: applied ? 'applied' : 'ignored' });
    // An order without items is settled as it is created, and has no saga to speak of.
    if (!from || from.sagaStatus === to.sagaStatus || !isEnd(to.sagaStatus)) return;
    const duration_ms = Math.max(0, Date.now() - Date.parse(to.createdAt));
    metrics.sagaDuration.observe({ saga_status: to.sagaStatus }, duration_ms / 1_000);
  }

  return {
    async place(trx, terms) {
      const hasItems = terms.items.length > 0;
      const order = await insertOrder(
        trx,
        {
          ...terms,
          ...begin(hasItems),
          orderId: newId(),
          sagaId: newId(),
          traceparent: currentTraceparent() ?? null,
        },
        hasItems ? deadline_s : undefined,
      );
      const draft = draftOf('order.created', order, snapshotOf(order), requestCause(order));
      const step = { orderId: order.orderId, input: 'create', eventId: null, from: null, to: order };
      await tellAndLog(trx, [{ step: { ...step, applied: true, reason: null }, draft }]);
      return order;
    },

    async advance(trx, orders, occurrences) {
      const now = new Map(orders);
      const changed = new Set<string>();
      const taken = occurrences.map((occurrence): Taken => {
        const { orderId, input } = occurrence;
        const from = now.get(orderId);
        if (!from) throw new Error(`order ${orderId} is not locked`);
        const change = advance(from, input);
        const to = change ? { ...from, ...change.next } : from;
        if (change) changed.add(orderId);
        now.set(orderId, to);
        const step = stepOf(occurrence, from, to, change !== undefined);
        return change?.news ? { step, draft: newsDraft(change.news, to, causeOf(occurrence, to)) } : { step };
      });
      await saveProgress(
        trx,
        [...changed].map((orderId) => now.get(orderId) as StoredOrder),
      );
      await tellAndLog(trx, taken);
      return now;
    },
  };
}

/** What a caller asks in vain is counted but not logged, for he may ask for ever; events come a few times at most. */
function isLogged({ applied, eventId }: Step): boolean {
  return applied || eventId !== null;
}

function isEnd(status: SagaStatus): boolean {
  return (endStatuses as readonly SagaStatus[]).includes(status);
}

function stepOf({ orderId, input, event }: Occurrence, from: Order, to: StoredOrder, applied: boolean) {
  const reason = 'reason' in input ? input.reason : null;
  return { orderId, input: input.type, eventId: event?.id ?? null, applied, from, to, reason };
}

/** All events of a saga carry its id as correlation id, whoever or whatever led to them. */
function requestCause({ sagaId }: Order): Cause {
  return { correlationId: sagaId, sagaId, traceparent: currentTraceparent() };
}

/** The deadline has no request and no event; it goes on with the trace of the order's creation. */
function causeOf({ input, event }: Occurrence, order: Order): Cause {
  if (event) return event;
  if (input.type !== 'deadline') return requestCause(order);
  return { correlationId: order.sagaId, sagaId: order.sagaId, traceparent: order.traceparent ?? undefined };
}

function newsDraft(news: News, order: Order, cause: Cause): Draft {
  const { type, ...more } = news;
  return draftOf(type, order, { ...snapshotOf(order), ...more }, cause);
}

function draftOf(type: Draft['type'], order: Order, data: Draft['data'], causedBy: Cause): Draft {
  const { orderId, sagaId, sagaStatus } = order;
  return { type, data, subject: orderId, causedBy, sagaId, sagaStatus };
}
