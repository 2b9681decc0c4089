import { snapshotOf, type Order } from '../../services/order/src/domain/order';
import { advance, begin, type SagaInput } from '../../services/order/src/domain/saga';
import { declineReason } from '../../services/payment/src/provider/decline';
import { captureKey, refundKey } from '../../services/payment/src/provider/port';
import { decide as decidePayment, type Input } from '../../services/payment/src/domain/decide';
import { isDue, type Payment } from '../../services/payment/src/domain/payment';
import {
  decide as decideStock,
  type Command,
  type Reservation,
} from '../../services/product/src/domain/decide';
import type { Stock } from '../../services/product/src/domain/stock';
import type { Operation, Outcome, ProductOutcome } from './invariants';
import type { Player, SagaEvent } from './lanes';

/** How the provider answers, and what for. */
export interface ProviderAnswer {
  readonly orderId: string;
  readonly input: Extract<Input, { type: 'captured' | 'declined' | 'refunded' }>;
}

export type NewOrder = Pick<Order, 'orderId' | 'customerId' | 'totalAmount' | 'items'>;

const cause = { correlationId: 'c', sagaId: undefined, traceparent: undefined };

/**
 * The order, product and payment services and the payment provider, of which only the rules are real: their tables are
 * maps, and there is no inbox. What they tell goes to `tell`.
 */
export function createPureServices(initial: readonly Stock[], tell: (event: SagaEvent) => void) {
  const orders = new Map<string, Order>();
  const stocks = new Map(initial.map((stock) => [stock.productId, stock]));
  const reservations = new Map<string, Reservation>();
  const payments = new Map<string, Payment>();
  const operations = new Map<string, Operation & Pick<ProviderAnswer, 'input'>>();

  function place(order: NewOrder) {
    const { orderId, items } = order;
    const about = { userId: 1, customerEmail: 'kim@naru.example', currency: 'KRW', traceparent: null };
    const placed: Order = { ...order, ...about, ...begin(items.length > 0), sagaId: `saga-of-${orderId}` };
    orders.set(orderId, placed);
    tell({ type: 'order.created', data: snapshotOf(placed) });
  }

  function happen(orderId: string, input: SagaInput) {
    const before = row(orders, orderId);
    const change = advance(before, input);
    if (!change) return;
    const after = { ...before, ...change.next };
    grows(before, after);
    orders.set(orderId, after);
    if (change.news) tell({ ...change.news, data: { ...snapshotOf(after), ...change.news } } as SagaEvent);
  }

  function settleStock(command: Command) {
    const changes = decideStock({ stocks, reservations }, [command]);
    if (changes.unheld.length > 0) throw new Error(`held: nothing for ${changes.unheld.join(', ')}`);
    for (const stock of changes.stocks) {
      grows(row(stocks, stock.productId), stock);
      stocks.set(stock.productId, stock);
    }
    for (const reservation of changes.reservations) {
      grows(reservations.get(reservation.orderId), reservation);
      reservations.set(reservation.orderId, reservation);
    }
    for (const { type, order, items, reason, version } of changes.answers) {
      const { orderId, sagaId, userId, customerId, totalAmount: amount, currency } = order;
      const data = { orderId, sagaId, userId, customerId, items, amount, currency, reason, version };
      tell({ type, data } as SagaEvent);
    }
  }

  function settlePayment(orderId: string, input: Input) {
    const before = payments.get(orderId);
    const { payment, told } = decidePayment(before, input);
    if (payment && payment !== before) {
      grows(before, payment);
      payments.set(orderId, payment);
    }
    for (const { type, payment: paid, reason } of told)
      tell({ type, data: { ...paid, reason } } as SagaEvent);
  }

  function handle(reader: Player, event: SagaEvent) {
    switch (event.type) {
      case 'order.created':
        return settleStock({ type: 'reserve', order: event.data, cause });
      case 'order.confirmed':
        return settleStock({ type: 'sell', order: event.data, cause });
      case 'order.cancelled':
        if (reader === 'payment') return settlePayment(event.data.orderId, toCancel(event.data));
        return settleStock({ type: 'release', order: event.data, cause, reason: event.data.reason });
      case 'stock.reserved':
        if (reader === 'payment') return settlePayment(event.data.orderId, toCharge(event.data));
        return happen(event.data.orderId, { type: event.type });
      case 'stock.rejected':
      case 'payment.failed':
        return happen(event.data.orderId, { type: event.type, reason: event.data.reason });
      case 'order.status-changed':
        throw new Error('none of the three handles it');
      default:
        return happen(event.data.orderId, { type: event.type });
    }
  }

  /** The provider does what it is asked for, once a key. @returns its answer, which the service has not heard yet */
  function askProvider({ orderId, status, customerId, amount }: Payment): ProviderAnswer {
    const isCapture = status === 'CAPTURING';
    const reason = isCapture ? declineReason({ amount, customerId }) : undefined;
    const key = isCapture ? captureKey(orderId) : refundKey(orderId);
    const first = operations.get(key) ?? {
      ...({ orderId, kind: isCapture ? 'CAPTURE' : 'REFUND', isDeclined: reason !== undefined } as const),
      input:
        reason === undefined ? { type: isCapture ? 'captured' : 'refunded' } : { type: 'declined', reason },
    };
    operations.set(key, first);
    return { orderId, input: first.input };
  }

  return {
    place,
    happen,
    handle,
    askProvider,
    hearProvider: ({ orderId, input }: ProviderAnswer) => settlePayment(orderId, input),
    /** Payments that wait for the provider. */
    due: () => [...payments.values()].filter(isDue),
    /** All tables, to be compared. */
    tables: () => JSON.stringify([orders, stocks, reservations, payments, operations].map((map) => [...map])),
    outcome: (told: Outcome['told']): Outcome => ({
      orders: [...orders.values()],
      products: initial.map(({ productId, free }): ProductOutcome => {
        return { ...row(stocks, productId), initial: free };
      }),
      operations: [...operations.values()],
      told,
    }),
  };
}

type DataOf<T extends SagaEvent['type']> = Extract<SagaEvent, { type: T }>['data'];

function toCharge({
  orderId,
  sagaId,
  userId,
  customerId,
  amount,
  currency,
}: DataOf<'stock.reserved'>): Input {
  const charge = { orderId, sagaId, userId, customerId, amount, currency };
  return { type: 'charge', charge, paymentId: `payment-of-${orderId}`, cause };
}

function toCancel({ totalAmount: amount, reason, sagaStatus, ...order }: DataOf<'order.cancelled'>): Input {
  const { orderId, sagaId, userId, customerId, currency } = order;
  const charge = { orderId, sagaId, userId, customerId, amount, currency };
  const cancellation = { reason, sagaStatus, cause };
  return { type: 'cancel', charge, paymentId: `payment-of-${orderId}`, cancellation };
}

function row<T>(table: ReadonlyMap<string, T>, id: string): T {
  const found = table.get(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
}

function grows(before: { readonly version: number } | undefined, after: { readonly version: number }) {
  if (after.version <= (before?.version ?? 0)) throw new Error(`version: ${after.version} does not grow`);
}
