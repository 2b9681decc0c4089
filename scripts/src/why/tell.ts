import {
  awaited,
  brief,
  type Awaited,
  type EventTrial,
  type OrderStory,
  type PaymentState,
  type ProviderOperation,
  type Step,
} from '@naru/operations';

const REASON_LENGTH = 100;

/** One thing to tell of, in words. */
type Line = string;

/** The story as lines of text. */
export function tell(story: OrderStory): string {
  const { order, reservation, payment } = story;
  const waits = awaited(story);
  return [
    `order ${order.orderId}: ${order.status} ${order.sagaStatus}, version ${order.version}`,
    `  ${order.totalAmount} ${order.currency} for ${order.customerId}, ${by(order.userId)}, placed ${order.createdAt}`,
    `  saga ${order.sagaId}, trace ${order.traceId ?? 'not known'}`,
    ...section('steps', story.steps.map(stepLine)),
    ...section('waits for', waits.length > 0 ? waits.map(awaitedLine) : ['nothing: the saga has ended']),
    ...section('stock', [
      reservation ? withReason(reservation.status, reservation.reason) : 'no reservation',
    ]),
    ...section('payment', paymentLines(payment)),
    ...section('notifications', story.notifications.map(trialLine)),
    ...section('heard by the catalogue, not applied', story.unapplied.map(trialLine)),
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
  return [
    `${status}${next}`,
    ...(lastError ? [`last failure: ${lastError}`] : []),
    ...operations.map(operationLine),
  ];
}

export function awaitedLine({ what, from, until, known }: Awaited): Line {
  return `${what} from ${from}${until ? `, until ${until}` : ''}${known ? ` (${known})` : ''}`;
}

function operationLine({ at, key, calls, declined }: ProviderOperation): Line {
  return `${at}  provider: ${key}, ${declined ? `declined: ${declined}` : 'done'}, asked ${calls} times`;
}

/** A line for each event that a service tried something with. */
function trialLine({ type, status, attempts, at, error }: EventTrial): Line {
  const trouble = error ? `: ${brief(error, REASON_LENGTH)}` : '';
  return `${at}  ${type.padEnd(22)} ${status}, ${attempts} attempts${trouble}`;
}
