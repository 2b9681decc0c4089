import type { OrderCreated } from '@naru/contracts';
import type { Progress } from './saga';

export interface Item {
  readonly productId: string;
  readonly quantity: number;
}

/** What a client orders. */
export interface Terms {
  /** Null when a trusted service orders. */
  readonly userId: number | null;
  /** The client's own label of its customer. */
  readonly customerId: string;
  readonly customerEmail: string;
  /** In the currency's minor unit. */
  readonly totalAmount: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly Item[];
}

export interface Order extends Terms, Progress {
  readonly orderId: string;
  readonly sagaId: string;
  /** W3C trace context of the request that placed the order, if there was one. */
  readonly traceparent: string | null;
}

/** The whole of an order, as its events tell it. */
export function snapshotOf(order: Order): OrderCreated {
  return {
    orderId: order.orderId,
    userId: order.userId,
    customerId: order.customerId,
    customerEmail: order.customerEmail,
    totalAmount: order.totalAmount,
    currency: order.currency,
    items: order.items,
    status: order.status,
    sagaId: order.sagaId,
    sagaStatus: order.sagaStatus,
    version: order.version,
  };
}

/** The position of the first item whose product an earlier one has too; undefined when there is none. */
export function repeatedItem(items: readonly Item[]): number | undefined {
  const productIds = items.map(({ productId }) => productId);
  const position = productIds.findIndex((productId, at) => productIds.indexOf(productId) < at);
  return position < 0 ? undefined : position;
}

/** A client's wish to move an order on, with what it believes of the order. */
export interface StatusRequest {
  readonly customerId: string;
  readonly customerEmail: string;
  readonly previousStatus: number;
  readonly currentStatus: number;
}

export type StatusRefusal = 'transition-forbidden' | 'customer-mismatch' | 'previous-status-mismatch';

/** What a status request asks for; undefined for any other than 20 to 25 and 25 to 80. */
export function requestedMove({
  previousStatus,
  currentStatus,
}: StatusRequest): 'ship' | 'deliver' | undefined {
  if (previousStatus === 20 && currentStatus === 25) return 'ship';
  if (previousStatus === 25 && currentStatus === 80) return 'deliver';
  return undefined;
}

/** Why an order does not follow a status request; undefined when it does. */
export function refusalOf(order: Order, request: StatusRequest): StatusRefusal | undefined {
  if (!requestedMove(request)) return 'transition-forbidden';
  if (order.customerId !== request.customerId || order.customerEmail !== request.customerEmail) {
    return 'customer-mismatch';
  }
  return order.status === request.previousStatus ? undefined : 'previous-status-mismatch';
}

/** Once it is being shipped an order can no longer be cancelled. */
export function isShipped({ status }: Pick<Order, 'status'>): boolean {
  return status === 25 || status === 80;
}
