/** What the services know of an order. Times are UTC, as their databases write them. */
export interface Story {
  readonly order: StoredOrder;
  readonly steps: readonly Step[];
  readonly reservation: { readonly status: string; readonly reason: string | null } | undefined;
  readonly payment: PaymentState | undefined;
  readonly notifications: readonly Line[];
  /** Events that the catalogue heard and has not applied, or could not. */
  readonly unapplied: readonly Line[];
  /** Events that wait in an outbox, or cannot leave it. */
  readonly unpublished: readonly Line[];
  readonly deadLetters: readonly Line[];
  readonly parked: readonly Line[];
}

export interface StoredOrder {
  readonly orderId: string;
  readonly userId: number | null;
  readonly customerId: string;
  readonly totalAmount: number;
  readonly currency: string;
  readonly status: number;
  readonly sagaId: string;
  readonly sagaStatus: string;
  readonly version: number;
  readonly traceId: string | null;
  readonly createdAt: string;
  readonly deadlineAt: string | null;
  readonly isStockReleased: boolean;
  readonly isPaymentReturned: boolean;
}

export interface Step {
  readonly at: string;
  readonly input: string;
  readonly isApplied: boolean;
  readonly from: string | null;
  readonly to: string;
  readonly told: string | null;
  readonly reason: string | null;
  readonly eventId: string | null;
}

export interface PaymentState {
  readonly status: string;
  readonly attempts: number;
  readonly dueAt: string | null;
  readonly lastError: string | null;
  /** What the provider was asked and did, by its own books. */
  readonly operations: readonly string[];
}

/** One thing to tell of, in words. */
export type Line = string;

/** What the order's SAGA waits for, from whom and until when; empty when it has ended. */
export function awaited({ order, reservation, payment }: Story): Line[] {
  const { status, sagaStatus, deadlineAt, isStockReleased, isPaymentReturned } = order;
  const until = deadlineAt ? `, until ${deadlineAt}` : '';
  if (status === 10) {
    const known = payment
      ? `payment is ${payment.status}`
      : reservation
        ? `stock is ${reservation.status}`
        : '';
    const from =
      sagaStatus === 'STARTED' && !reservation
        ? 'stock.reserved from product'
        : 'payment.completed from payment';
    return [`${from}${until}${known ? ` (${known})` : ''}`];
  }
  if (sagaStatus !== 'COMPENSATING') return [];
  return [
    ...(isStockReleased
      ? []
      : [`stock.released from product (stock is ${reservation?.status ?? 'not known there'})`]),
    ...(isPaymentReturned
      ? []
      : [
          `payment.refunded or payment.voided from payment (payment is ${payment?.status ?? 'not known there'})`,
        ]),
  ];
}

/** The story as lines of text. */
export function tell(story: Story): string {
  const { order, reservation, payment } = story;
  const waits = awaited(story);
  return [
    `order ${order.orderId}: ${order.status} ${order.sagaStatus}, version ${order.version}`,
    `  ${order.totalAmount} ${order.currency} for ${order.customerId}, ${by(order.userId)}, placed ${order.createdAt}`,
    `  saga ${order.sagaId}, trace ${order.traceId ?? 'not known'}`,
    ...section('steps', story.steps.map(stepLine)),
    ...section('waits for', waits.length > 0 ? waits : ['nothing: the saga has ended']),
    ...section('stock', [
      reservation ? withReason(reservation.status, reservation.reason) : 'no reservation',
    ]),
    ...section('payment', paymentLines(payment)),
    ...section('notifications', story.notifications),
    ...section('heard by the catalogue, not applied', story.unapplied),
    ...section('not published', story.unpublished),
    ...section('dead letters', story.deadLetters),
    ...section('parked', story.parked),
  ].join('\n');
}

function section(title: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function by(userId: number | null): string {
  return userId === null ? 'placed directly' : `by user ${userId}`;
}

function stepLine({ at, input, isApplied, from, to, told, reason, eventId }: Step): Line {
  const led = isApplied ? `${from ?? 'nothing'} → ${to}` : `changed nothing (${to})`;
  const more = [told && `told ${told}`, reason, eventId && `event ${eventId}`].filter(Boolean);
  return `${at}  ${input.padEnd(18)} ${led}${more.length > 0 ? `  (${more.join(', ')})` : ''}`;
}

function withReason(status: string, reason: string | null): Line {
  return reason ? `${status}: ${reason}` : status;
}

function paymentLines(payment: PaymentState | undefined): Line[] {
  if (!payment) return ['no payment'];
  const { status, attempts, dueAt, lastError, operations } = payment;
  const next = dueAt ? `, ${attempts} calls so far, the next ${dueAt}` : '';
  return [`${status}${next}`, ...(lastError ? [`last failure: ${lastError}`] : []), ...operations];
}
