import { problem, type ProblemError, type Transaction } from '@naru/kernel';
import {
  isShipped,
  refusalOf,
  repeatedItem,
  requestedMove,
  type Item,
  type StatusRefusal,
  type StatusRequest,
} from './domain/order';
import type { SagaInput } from './domain/saga';
import type { Sagas } from './sagas';
import { lockOrder, type StoredOrder } from './store';

/** An order, for whom it may be shown to: its owner, or without one anybody. */
export interface OrderOfCaller {
  readonly orderId: string;
  readonly owner: number | undefined;
}

/** @throws ProblemError 400 where a product is named twice */
export function checkItems(items: readonly Item[]): void {
  const position = repeatedItem(items);
  if (position === undefined) return;
  throw problem('invalid-request', 'a product is named twice', {
    errors: [{ field: `items/${position}/productId`, message: 'is named by an earlier item too' }],
  });
}

/** Moves an order from 20 to 25 or from 25 to 80. @throws ProblemError 404, 409 */
export async function changeStatus(
  trx: Transaction,
  sagas: Sagas,
  wanted: OrderOfCaller,
  request: StatusRequest,
): Promise<StoredOrder> {
  const order = await lockWanted(trx, wanted);
  const refusal = refusalOf(order, request);
  const type = requestedMove(request);
  if (refusal || !type) throw refused(refusal ?? 'transition-forbidden', order, request);
  return advanceOne(trx, sagas, order, { type });
}

/** Gives an order up; one that is given up already stays as it is. @throws ProblemError 404, 409 */
export async function cancel(trx: Transaction, sagas: Sagas, wanted: OrderOfCaller): Promise<StoredOrder> {
  const order = await lockWanted(trx, wanted);
  if (isShipped(order)) {
    throw problem('order-shipped', `order ${order.orderId} has status ${order.status}`);
  }
  return advanceOne(trx, sagas, order, { type: 'cancel' });
}

async function lockWanted(trx: Transaction, { orderId, owner }: OrderOfCaller): Promise<StoredOrder> {
  const order = await lockOrder(trx, orderId, owner);
  if (!order) throw orderUnknown(orderId);
  return order;
}

async function advanceOne(trx: Transaction, sagas: Sagas, order: StoredOrder, input: SagaInput) {
  const { orderId } = order;
  const after = await sagas.advance(trx, new Map([[orderId, order]]), [{ orderId, input }]);
  return after.get(orderId) as StoredOrder;
}

export function orderUnknown(orderId: string): ProblemError {
  return problem('order-unknown', `there is no order ${orderId}`);
}

function refused(
  refusal: StatusRefusal,
  order: StoredOrder,
  { previousStatus, currentStatus }: StatusRequest,
) {
  const details: Record<StatusRefusal, string> = {
    'transition-forbidden': `an order does not go from ${previousStatus} to ${currentStatus}`,
    'customer-mismatch': `order ${order.orderId} is another customer's`,
    'previous-status-mismatch': `order ${order.orderId} has status ${order.status}, not ${previousStatus}`,
  };
  return problem(refusal, details[refusal]);
}
