import { decide, type Command, type Reservation, type Storeroom } from './decide';
import type { Item, Order } from './order';
import type { Stock } from './stock';

const cause = { correlationId: 'c', sagaId: undefined, traceparent: undefined };
const items: readonly Item[] = [
  { productId: 'a', quantity: 2 },
  { productId: 'b', quantity: 1 },
];
const order: Order = {
  orderId: 'o',
  sagaId: 's',
  sagaStatus: 'STARTED',
  userId: 1,
  customerId: 'kim',
  items,
  totalAmount: 205,
  currency: 'KRW',
};
const cancelled: Order = { ...order, sagaStatus: 'COMPENSATING' };

const reserve: Command = { type: 'reserve', order, cause };
const sell: Command = { type: 'sell', order: { ...order, sagaStatus: 'SUCCEEDED' }, cause };
const release: Command = { type: 'release', order: cancelled, cause, reason: 'deadline' };

const stock = (productId: string, price: number, free: number, held = 0, sold = 0): Stock => {
  return { productId, price, currency: 'KRW', free, held, sold, version: 1 };
};
const reservation = (status: Reservation['status'], version = 1): Reservation => {
  return { orderId: 'o', status, items, reason: null, version };
};

function storeroom(stocks: readonly Stock[], ...reservations: Reservation[]): Storeroom {
  return {
    stocks: new Map(stocks.map((one) => [one.productId, one])),
    reservations: new Map(reservations.map((one) => [one.orderId, one])),
  };
}

const full = [stock('a', 100, 5), stock('b', 5, 5)];
const held = [stock('a', 100, 3, 2), stock('b', 5, 4, 1)];
const sold = [stock('a', 100, 3, 0, 2), stock('b', 5, 4, 0, 1)];
const nothing = { stocks: [], reservations: [], answers: [], unheld: [] };
const places = (stocks: readonly Stock[]) => stocks.map(({ free, held: h, sold: s }) => [free, h, s]);

describe('an order with items', () => {
  it('given enough of all, is held and told of', () => {
    const { stocks, reservations, answers } = decide(storeroom(full), [reserve]);
    expect(places(stocks)).toEqual([
      [3, 2, 0],
      [4, 1, 0],
    ]);
    expect(reservations).toEqual([reservation('HELD')]);
    expect(answers).toEqual([
      { type: 'stock.reserved', order, cause, items, sagaStatus: 'PROCESSING', version: 1 },
    ]);
  });

  it('given too little of one, is rejected and nothing is held', () => {
    const { stocks, reservations, answers } = decide(storeroom([stock('a', 100, 5), stock('b', 5, 0)]), [
      reserve,
    ]);
    expect(stocks).toEqual([]);
    const reason = 'stock-too-small';
    expect(reservations).toEqual([{ ...reservation('REJECTED'), reason }]);
    expect(answers).toEqual([
      { type: 'stock.rejected', order, cause, items, reason, sagaStatus: 'FAILED', version: 1 },
    ]);
  });

  it('given the last ones, goes to the first of two orders', () => {
    const other = { ...order, orderId: 'p' };
    const few = storeroom([stock('a', 100, 3), stock('b', 5, 3)]);
    const { answers } = decide(few, [reserve, { ...reserve, order: other }]);
    expect(answers.map(({ type, order: { orderId } }) => [orderId, type])).toEqual([
      ['o', 'stock.reserved'],
      ['p', 'stock.rejected'],
    ]);
  });

  it.each(['HELD', 'SOLD', 'RELEASED', 'REJECTED'] as const)('given %s, is not taken again', (status) => {
    expect(decide(storeroom(full, reservation(status)), [reserve])).toEqual(nothing);
  });
});

describe('a confirmed order', () => {
  it('given HELD, is sold, silently', () => {
    const { stocks, reservations, answers } = decide(storeroom(held, reservation('HELD')), [sell, sell]);
    expect(places(stocks)).toEqual([
      [3, 0, 2],
      [4, 0, 1],
    ]);
    expect(reservations).toEqual([reservation('SOLD', 2)]);
    expect(answers).toEqual([]);
  });

  it.each(['SOLD', 'RELEASED', 'REJECTED'] as const)('given %s, changes nothing', (status) => {
    expect(decide(storeroom(held, reservation(status)), [sell])).toEqual(nothing);
  });

  it('given nothing, is named', () => {
    expect(decide(storeroom(full), [sell])).toEqual({ ...nothing, unheld: ['o'] });
  });
});

describe('a cancelled order', () => {
  it.each([
    ['HELD', held],
    ['SOLD', sold],
  ] as const)('given %s, gives its stock back and is answered once', (status, stocks) => {
    const changes = decide(storeroom(stocks, reservation(status, 2)), [release, release]);
    expect(places(changes.stocks)).toEqual([
      [5, 0, 0],
      [5, 0, 0],
    ]);
    expect(changes.reservations).toEqual([{ ...reservation('RELEASED', 3), reason: 'deadline' }]);
    const { sagaStatus } = cancelled;
    expect(changes.answers).toEqual([
      { type: 'stock.released', order: cancelled, cause, items, reason: 'deadline', sagaStatus, version: 3 },
    ]);
  });

  it('given nothing, leaves a tombstone and is answered, and its reservation comes too late', () => {
    const changes = decide(storeroom(full), [release, reserve]);
    expect(changes.stocks).toEqual([]);
    expect(changes.reservations).toEqual([{ ...reservation('RELEASED'), reason: 'deadline' }]);
    expect(changes.answers).toMatchObject([{ type: 'stock.released', items: [], version: 1 }]);
  });

  it('given REJECTED, is answered and keeps why', () => {
    const rejected = { ...reservation('REJECTED'), reason: 'stock-too-small' };
    const changes = decide(storeroom(full, rejected), [release]);
    expect(changes.stocks).toEqual([]);
    expect(changes.reservations).toEqual([{ ...rejected, status: 'RELEASED', version: 2 }]);
    expect(changes.answers).toMatchObject([{ type: 'stock.released', items: [], version: 2 }]);
  });

  it('given RELEASED, is not answered again', () => {
    expect(decide(storeroom(full, reservation('RELEASED')), [release])).toEqual(nothing);
  });
});

describe('an order without items', () => {
  it('is passed over until it is cancelled, which is answered', () => {
    const empty = (command: Command): Command => ({ ...command, order: { ...command.order, items: [] } });
    expect(decide(storeroom([]), [empty(reserve), empty(sell)])).toEqual(nothing);
    const changes = decide(storeroom([]), [empty(release), empty(reserve)]);
    expect(changes.reservations).toMatchObject([{ status: 'RELEASED', items: [] }]);
    expect(changes.answers).toMatchObject([{ type: 'stock.released', items: [] }]);
  });
});
