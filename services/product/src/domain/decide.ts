import { refusalOf, type Item, type Order } from './order';
import { move, type Place, type Stock } from './stock';

/** What an event hands on to those that it leads to. */
export interface Cause {
  readonly correlationId: string;
  readonly sagaId: string | undefined;
  readonly traceparent: string | undefined;
}

/** What became of an order's items. RELEASED is final, and stands for one cancellation that was answered. */
export interface Reservation {
  readonly orderId: string;
  readonly status: 'HELD' | 'SOLD' | 'RELEASED' | 'REJECTED';
  readonly items: readonly Item[];
  /** Why it was rejected, or else released. */
  readonly reason: string | null;
  readonly version: number;
}

interface About {
  readonly order: Order;
  readonly cause: Cause;
}

export type Command =
  | (About & { readonly type: 'reserve' })
  | (About & { readonly type: 'sell' })
  | (About & { readonly type: 'release'; readonly reason: string });

/** An event to tell. */
export interface Answer extends About {
  readonly type: 'stock.reserved' | 'stock.rejected' | 'stock.released';
  /** Those that moved, or that could not. */
  readonly items: readonly Item[];
  readonly reason?: string;
  /** Where the order's SAGA stands with this event. */
  readonly sagaStatus: string;
  readonly version: number;
}

/** All that the commands of a batch touch, as it is stored and locked. */
export interface Storeroom {
  readonly stocks: ReadonlyMap<string, Stock>;
  readonly reservations: ReadonlyMap<string, Reservation>;
}

/** What is to be written, each row at most once, and what is to be told, in order. */
export interface Changes {
  readonly stocks: readonly Stock[];
  readonly reservations: readonly Reservation[];
  readonly answers: readonly Answer[];
  /** Orders that were confirmed although nothing was ever held for them. */
  readonly unheld: readonly string[];
}

/**
 * Decides a batch of commands in order; one that was decided before changes nothing. A release that comes before its
 * reservation leaves a RELEASED one, so that the reservation changes nothing when it comes.
 */
export function decide(storeroom: Storeroom, commands: readonly Command[]): Changes {
  const stocks = new Map<string, Stock>();
  const reservations = new Map<string, Reservation>();
  const answers: Answer[] = [];
  const unheld: string[] = [];

  const stockOf = (productId: string) => stocks.get(productId) ?? storeroom.stocks.get(productId);
  const reservationOf = ({ orderId }: Order) =>
    reservations.get(orderId) ?? storeroom.reservations.get(orderId);

  function moveAll(items: readonly Item[], from: Place, to: Place) {
    for (const { productId, quantity } of items) {
      const stock = stockOf(productId);
      if (!stock) throw new Error(`product ${productId} is not locked`);
      stocks.set(productId, move(stock, quantity, from, to));
    }
  }

  function reserve({ order, cause }: About) {
    const { orderId, items } = order;
    if (reservationOf(order)) return;
    const version = 1;
    const reason = refusalOf(order, stockOf);
    if (reason === undefined) {
      moveAll(items, 'free', 'held');
      reservations.set(orderId, { orderId, status: 'HELD', items, reason: null, version });
      answers.push({ type: 'stock.reserved', order, cause, items, sagaStatus: 'PROCESSING', version });
    } else {
      reservations.set(orderId, { orderId, status: 'REJECTED', items, reason, version });
      answers.push({ type: 'stock.rejected', order, cause, items, reason, sagaStatus: 'FAILED', version });
    }
  }

  function sell({ order }: About) {
    const reservation = reservationOf(order);
    if (!reservation) unheld.push(order.orderId);
    if (reservation?.status !== 'HELD') return;
    moveAll(reservation.items, 'held', 'sold');
    reservations.set(order.orderId, { ...reservation, status: 'SOLD', version: reservation.version + 1 });
  }

  function release({ order, cause, reason }: Extract<Command, { type: 'release' }>) {
    const { orderId, sagaStatus } = order;
    const reservation = reservationOf(order);
    if (reservation?.status === 'RELEASED') return;
    const place = reservation && placeOf(reservation);
    const returned = reservation && place ? reservation.items : [];
    if (place) moveAll(returned, place, 'free');
    const version = (reservation?.version ?? 0) + 1;
    const known = reservation ?? { orderId, items: order.items, reason: null };
    reservations.set(orderId, { ...known, status: 'RELEASED', reason: known.reason ?? reason, version });
    answers.push({ type: 'stock.released', order, cause, items: returned, reason, sagaStatus, version });
  }

  for (const command of commands.filter(concernsStock)) {
    if (command.type === 'reserve') reserve(command);
    else if (command.type === 'sell') sell(command);
    else release(command);
  }
  return { stocks: [...stocks.values()], reservations: [...reservations.values()], answers, unheld };
}

/** An order without items has no stock to hold or sell; its cancellation is answered like any other. */
export function concernsStock({ type, order }: Command): boolean {
  return type === 'release' || order.items.length > 0;
}

/** Where a reservation's items are, if it keeps any. */
function placeOf({ status }: Reservation): Place | undefined {
  if (status === 'HELD') return 'held';
  return status === 'SOLD' ? 'sold' : undefined;
}
