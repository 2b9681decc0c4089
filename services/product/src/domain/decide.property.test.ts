import fc from 'fast-check';
import { decide, type Answer, type Command, type Reservation } from './decide';
import type { Item, Order } from './order';
import type { Stock } from './stock';

const INITIAL = [4, 6, 9];
const ORDERS = 6;
/** Enough for each of the rules to be met many times in any run. */
const RUNS = { numRuns: 300 };
const cause = { correlationId: 'c', sagaId: undefined, traceparent: undefined };

/** The tables, in memory. */
interface Tables {
  readonly stocks: Map<string, Stock>;
  readonly reservations: Map<string, Reservation>;
  readonly answers: Answer[];
  /** Events that were handled, by type and order. */
  readonly handled: Set<string>;
}

function emptyTables(): Tables {
  const stocks = INITIAL.map((free, nth): Stock => {
    return { productId: `p${nth}`, price: nth + 1, currency: 'KRW', free, held: 0, sold: 0, version: 1 };
  });
  const byId = new Map(stocks.map((stock) => [stock.productId, stock]));
  return { stocks: byId, reservations: new Map(), answers: [], handled: new Set() };
}

/** Runs batches as the service does: one that confirms what is not held is rolled back and taken one by one. */
function run(batches: readonly (readonly Command[])[]): Tables {
  const tables = emptyTables();
  const late: Command[] = [];
  for (const batch of batches) {
    if (!apply(tables, batch)) late.push(...batch.filter((command) => !apply(tables, [command])));
  }
  // Dead letters are sent again when all else is done.
  late.forEach((command) => apply(tables, [command]));
  return tables;
}

function apply(tables: Tables, batch: readonly Command[]): boolean {
  const changes = decide(tables, batch);
  if (changes.unheld.length > 0) return false;
  for (const stock of changes.stocks) {
    expect(stock.version).toBeGreaterThan(tables.stocks.get(stock.productId)!.version);
    tables.stocks.set(stock.productId, stock);
  }
  for (const reservation of changes.reservations) {
    expect(reservation.version).toBeGreaterThan(tables.reservations.get(reservation.orderId)?.version ?? 0);
    tables.reservations.set(reservation.orderId, reservation);
  }
  tables.answers.push(...changes.answers);
  batch.forEach(({ type, order }) => tables.handled.add(`${type} ${order.orderId}`));
  checkStock(tables);
  return true;
}

function checkStock({ stocks, reservations }: Tables) {
  INITIAL.forEach((initial, nth) => {
    const { productId, free, held, sold } = stocks.get(`p${nth}`)!;
    expect(free + held + sold).toBe(initial);
    expect(Math.min(free, held, sold)).toBeGreaterThanOrEqual(0);
    const reserved = (status: Reservation['status']) =>
      [...reservations.values()]
        .filter((reservation) => reservation.status === status)
        .flatMap(({ items }) => items)
        .reduce((sum, item) => sum + (item.productId === productId ? item.quantity : 0), 0);
    expect([held, sold]).toEqual([reserved('HELD'), reserved('SOLD')]);
  });
}

const items = fc.array(
  fc.record({
    productId: fc.nat(INITIAL.length).map((nth) => `p${nth}`),
    quantity: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 3 },
);

const priceOf = ({ productId, quantity }: Item) => (Number(productId.slice(1)) + 1) * quantity;

const orders: fc.Arbitrary<Order[]> = fc.tuple(
  ...Array.from({ length: ORDERS }, (_, nth) =>
    fc.tuple(items, fc.constantFrom<number[]>(0, 0, 0, 0, 1)).map(([its, excess]): Order => {
      return {
        orderId: `o${nth}`,
        sagaId: `s${nth}`,
        sagaStatus: 'STARTED',
        userId: nth,
        customerId: 'c',
        items: its,
        totalAmount: its.reduce((sum, item) => sum + priceOf(item), excess),
        currency: 'KRW',
      };
    }),
  ),
);

/** Events of any orders in any order, any number of times. */
const histories: fc.Arbitrary<Command[]> = orders.chain((all) =>
  fc.array(
    fc
      .tuple(fc.constantFrom(...all), fc.constantFrom('reserve', 'sell', 'release'))
      .map(([order, type]): Command =>
        type === 'release' ? { type, order, cause, reason: 'r' } : { type, order, cause },
      ),
    { maxLength: 50 },
  ),
);
const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 10 });

function inBatches(commands: readonly Command[], lengths: readonly number[]): Command[][] {
  const batches: Command[][] = [];
  for (let from = 0, nth = 0; from < commands.length; nth++) {
    const length = lengths[nth % lengths.length] as number;
    batches.push(commands.slice(from, from + length));
    from += length;
  }
  return batches;
}

const answersOf = ({ answers }: Tables, orderId: string) =>
  answers.filter(({ order }) => order.orderId === orderId).map(({ type }) => type);
const isReleased = (type: Answer['type']) => type === 'stock.released';

describe('decide, over any interleaving, repetition and reordering of the events', () => {
  it('keeps free + held + sold at what was there, never negative, and equal to the reservations', () => {
    fc.assert(
      fc.property(histories, sizes, (commands, lengths) => void run(inBatches(commands, lengths))),
      RUNS,
    );
  });

  it('answers each cancelled order exactly once, and each other one at most with one verdict', () => {
    fc.assert(
      fc.property(histories, sizes, (commands, lengths) => {
        const tables = run(inBatches(commands, lengths));
        for (const { order } of commands) {
          const answers = answersOf(tables, order.orderId);
          const isCancelled = tables.handled.has(`release ${order.orderId}`);
          expect(answers.filter(isReleased)).toHaveLength(isCancelled ? 1 : 0);
          const verdicts = answers.filter((type) => !isReleased(type));
          expect(verdicts.length).toBeLessThanOrEqual(1);
          if (isCancelled) expect(answers.at(-1)).toBe('stock.released');
          else if (order.items.length > 0 && tables.handled.has(`reserve ${order.orderId}`))
            expect(verdicts).toHaveLength(1);
        }
      }),
      RUNS,
    );
  });

  it('keeps nothing for a cancelled order, however late its other events come', () => {
    fc.assert(
      fc.property(histories, sizes, (commands, lengths) => {
        const { reservations, handled } = run(inBatches(commands, lengths));
        for (const { order } of commands) {
          if (!handled.has(`release ${order.orderId}`)) continue;
          expect(reservations.get(order.orderId)?.status).toBe('RELEASED');
        }
      }),
      RUNS,
    );
  });

  it('comes to the same whatever the batches, and however often all of it is delivered again', () => {
    fc.assert(
      fc.property(histories, sizes, (commands, lengths) => {
        const lead = commands.filter(({ type }) => type !== 'sell');
        const once = run(inBatches(lead, [1]));
        const twice = run([...inBatches(lead, lengths), ...inBatches(lead, [3])]);
        expect([...twice.stocks.values()]).toEqual([...once.stocks.values()]);
        expect(twice.answers).toEqual(once.answers);
      }),
      RUNS,
    );
  });
});
