/** 10 placed, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled. */
export type OrderStatus = 10 | 20 | 25 | 80 | 90;

export type SagaStatus = 'STARTED' | 'PROCESSING' | 'SUCCEEDED' | 'FAILED' | 'COMPENSATING' | 'COMPENSATED';

/** Those of a saga that waits for others; with any other it has come to its end. */
export const openStatuses = [
  'STARTED',
  'PROCESSING',
  'COMPENSATING',
] as const satisfies readonly SagaStatus[];
export const endStatuses = ['SUCCEEDED', 'FAILED', 'COMPENSATED'] as const satisfies readonly SagaStatus[];

/** Where an order stands. */
export interface Progress {
  readonly status: OrderStatus;
  readonly sagaStatus: SagaStatus;
  /** Whether product has answered the cancellation. */
  readonly stockReleased: boolean;
  /** Whether payment has answered it, by refunding or by voiding. */
  readonly paymentReturned: boolean;
  /** Counts the changes, from 1. */
  readonly version: number;
}

/** What may happen to an order that is there. */
export type SagaInput =
  | {
      readonly type:
        | 'stock.reserved'
        | 'stock.released'
        | 'payment.completed'
        | 'payment.refunded'
        | 'payment.voided'
        | 'deadline'
        | 'cancel'
        | 'ship'
        | 'deliver';
    }
  | { readonly type: 'stock.rejected' | 'payment.failed'; readonly reason: string };

/** What others are told of a change. */
export type News =
  | { readonly type: 'order.confirmed' }
  | { readonly type: 'order.cancelled'; readonly reason: string }
  | {
      readonly type: 'order.status-changed';
      readonly previousStatus: OrderStatus;
      readonly currentStatus: OrderStatus;
    };

export interface Change {
  readonly next: Progress;
  readonly news?: News;
}

export const DEADLINE_REASON = 'saga-timeout';
export const CANCEL_REASON = 'cancel-requested';

/** An order as it is created: one without items is settled from the start. */
export function begin(hasItems: boolean): Progress {
  return {
    status: hasItems ? 10 : 20,
    sagaStatus: hasItems ? 'STARTED' : 'SUCCEEDED',
    stockReleased: false,
    paymentReturned: false,
    version: 1,
  };
}

/** The transition table (design, section 4). Undefined where an input changes nothing: it came late, or again. */
export function advance(now: Progress, input: SagaInput): Change | undefined {
  switch (input.type) {
    case 'stock.reserved':
      return now.sagaStatus === 'STARTED' ? { next: change(now, { sagaStatus: 'PROCESSING' }) } : undefined;
    case 'payment.completed':
      return now.status === 10 ? confirm(now) : undefined;
    case 'stock.rejected':
      return now.status === 10 ? giveUp(now, 'FAILED', input.reason) : undefined;
    case 'payment.failed':
      return now.status === 10 ? giveUp(now, 'COMPENSATING', input.reason) : undefined;
    case 'deadline':
      return now.status === 10 ? giveUp(now, 'COMPENSATING', DEADLINE_REASON) : undefined;
    case 'cancel':
      return now.status === 10 || now.status === 20 ? giveUp(now, 'COMPENSATING', CANCEL_REASON) : undefined;
    case 'stock.released':
      return now.stockReleased ? undefined : compensate(now, { stockReleased: true });
    case 'payment.refunded':
    case 'payment.voided':
      return now.paymentReturned ? undefined : compensate(now, { paymentReturned: true });
    case 'ship':
      return now.status === 20 ? move(now, 25) : undefined;
    case 'deliver':
      return now.status === 25 ? move(now, 80) : undefined;
  }
}

function change(now: Progress, changed: Partial<Progress>): Progress {
  return { ...now, ...changed, version: now.version + 1 };
}

function confirm(now: Progress): Change {
  return { next: change(now, { status: 20, sagaStatus: 'SUCCEEDED' }), news: { type: 'order.confirmed' } };
}

function giveUp(now: Progress, sagaStatus: 'FAILED' | 'COMPENSATING', reason: string): Change {
  return { next: change(now, { status: 90, sagaStatus }), news: { type: 'order.cancelled', reason } };
}

/** The saga is compensated by the second of the two answers, whichever comes first. */
function compensate(now: Progress, answer: Partial<Progress>): Change | undefined {
  if (now.sagaStatus !== 'COMPENSATING') return undefined;
  const { stockReleased, paymentReturned } = { ...now, ...answer };
  const sagaStatus = stockReleased && paymentReturned ? 'COMPENSATED' : 'COMPENSATING';
  return { next: change(now, { stockReleased, paymentReturned, sagaStatus }) };
}

function move(now: Progress, status: OrderStatus): Change {
  const news = { type: 'order.status-changed', previousStatus: now.status, currentStatus: status } as const;
  return { next: change(now, { status }), news };
}
