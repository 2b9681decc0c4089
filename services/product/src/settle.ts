import { PermanentError, type Draft, type Outbox, type Transaction } from '@naru/kernel';
import { concernsStock, decide, type Answer, type Command } from './domain/decide';
import { lockReservations, lockStocks, saveReservations, saveStocks } from './store';

/**
 * Carries out commands in one transaction: locks reservations, then products, both in order of their ids, decides,
 * writes, and tells what became of each order.
 * @throws PermanentError when an order is confirmed that nothing is held for
 */
export async function settle(trx: Transaction, outbox: Outbox, received: readonly Command[]): Promise<void> {
  const commands = received.filter(concernsStock);
  if (commands.length === 0) return;
  const reservations = await lockReservations(
    trx,
    commands.map(({ order }) => order.orderId),
  );
  const items = [...commands.map(({ order }) => order), ...reservations.values()].flatMap((one) => one.items);
  const stocks = await lockStocks(
    trx,
    items.map(({ productId }) => productId),
  );
  const changes = decide({ stocks, reservations }, commands);
  if (changes.unheld.length > 0) {
    throw new PermanentError('reservation-unknown', `nothing is held for ${changes.unheld.join(', ')}`);
  }
  await saveStocks(trx, changes.stocks);
  await saveReservations(trx, changes.reservations);
  await outbox.append(trx, changes.answers.map(toDraft));
}

function toDraft({ type, order, cause, items, reason, sagaStatus, version }: Answer): Draft {
  const { orderId, sagaId, userId, customerId, totalAmount: amount, currency } = order;
  const data = {
    orderId,
    sagaId,
    userId,
    customerId,
    items: [...items],
    amount,
    currency,
    ...(reason !== undefined && { reason }),
    version,
  };
  return { type, data, subject: orderId, causedBy: cause, sagaId, sagaStatus };
}
