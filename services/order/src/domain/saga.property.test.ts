import fc from 'fast-check';
import { advance, begin, type Progress, type SagaInput } from './saga';

/** What a world of product, payment, clock and client does next; what is not possible then does nothing. */
const moves = [
  'product hears of the order',
  'payment hears of the stock',
  'product hears of the cancellation',
  'payment hears of the cancellation',
  'product is heard',
  'payment is heard',
  'product is heard again',
  'payment is heard again',
  'deadline',
  'cancel',
  'ship',
  'deliver',
] as const;

type Move = (typeof moves)[number];

interface World {
  readonly hasStock: boolean;
  readonly hasFunds: boolean;
  order: Progress;
  readonly told: string[];
  stock: 'none' | 'held' | 'rejected' | 'released';
  payment: 'none' | 'charged' | 'declined' | 'refunded' | 'voided';
  /** Written in order, and heard in order by each reader; `heard` counts those of them that order has heard. */
  readonly stockEvents: SagaInput[];
  readonly paymentEvents: SagaInput[];
  stockHeard: number;
  paymentHeard: number;
}

function newWorld(hasStock: boolean, hasFunds: boolean): World {
  return {
    hasStock,
    hasFunds,
    order: begin(true),
    told: ['order.created'],
    stock: 'none',
    payment: 'none',
    stockEvents: [],
    paymentEvents: [],
    stockHeard: 0,
    paymentHeard: 0,
  };
}

function happen(world: World, input: SagaInput | undefined): void {
  if (!input) return;
  const before = world.order;
  const change = advance(before, input);
  if (!change) return;
  expect(change.next.version).toBe(before.version + 1);
  world.order = change.next;
  if (change.news) world.told.push(change.news.type);
}

function reserve(world: World): void {
  if (world.stock !== 'none') return;
  world.stock = world.hasStock ? 'held' : 'rejected';
  world.stockEvents.push(
    world.hasStock ? { type: 'stock.reserved' } : { type: 'stock.rejected', reason: 'out-of-stock' },
  );
}

function charge(world: World): void {
  if (world.payment !== 'none' || !world.stockEvents.some(({ type }) => type === 'stock.reserved')) return;
  world.payment = world.hasFunds ? 'charged' : 'declined';
  world.paymentEvents.push(
    world.hasFunds ? { type: 'payment.completed' } : { type: 'payment.failed', reason: 'declined' },
  );
}

function release(world: World): void {
  if (!world.told.includes('order.cancelled') || world.stock === 'released') return;
  world.stock = 'released';
  world.stockEvents.push({ type: 'stock.released' });
}

function giveBack(world: World): void {
  const isAnswered = world.payment === 'refunded' || world.payment === 'voided';
  if (!world.told.includes('order.cancelled') || isAnswered) return;
  world.payment = world.payment === 'charged' ? 'refunded' : 'voided';
  world.paymentEvents.push({ type: `payment.${world.payment}` });
}

/** @param pick which of the events that were heard before comes again */
function play(world: World, move: Move, pick: number): void {
  const again = (events: readonly SagaInput[], heard: number) =>
    heard === 0 ? undefined : events[pick % heard];
  switch (move) {
    case 'product hears of the order':
      return reserve(world);
    case 'payment hears of the stock':
      return charge(world);
    case 'product hears of the cancellation':
      return release(world);
    case 'payment hears of the cancellation':
      return giveBack(world);
    case 'product is heard':
      if (world.stockHeard === world.stockEvents.length) return;
      return happen(world, world.stockEvents[world.stockHeard++]);
    case 'payment is heard':
      if (world.paymentHeard === world.paymentEvents.length) return;
      return happen(world, world.paymentEvents[world.paymentHeard++]);
    case 'product is heard again':
      return happen(world, again(world.stockEvents, world.stockHeard));
    case 'payment is heard again':
      return happen(world, again(world.paymentEvents, world.paymentHeard));
    default:
      return happen(world, { type: move });
  }
}

/** Lets everybody hear everything: what is late comes now. */
function drain(world: World): void {
  for (let round = 0; round < 4; round++) {
    reserve(world);
    charge(world);
    release(world);
    giveBack(world);
    while (world.stockHeard < world.stockEvents.length) play(world, 'product is heard', 0);
    while (world.paymentHeard < world.paymentEvents.length) play(world, 'payment is heard', 0);
  }
}

const history = fc.array(fc.tuple(fc.constantFrom(...moves), fc.nat(20)), { maxLength: 40 });

function worldAfter(
  hasStock: boolean,
  hasFunds: boolean,
  played: readonly (readonly [Move, number])[],
): World {
  const world = newWorld(hasStock, hasFunds);
  for (const [move, pick] of played) play(world, move, pick);
  drain(world);
  return world;
}

/** Any inputs at all, also those that no world would bring. */
const anyInput = fc.constantFrom<SagaInput>(
  { type: 'stock.reserved' },
  { type: 'stock.rejected', reason: 'r' },
  { type: 'stock.released' },
  { type: 'payment.completed' },
  { type: 'payment.failed', reason: 'r' },
  { type: 'payment.refunded' },
  { type: 'payment.voided' },
  { type: 'deadline' },
  { type: 'cancel' },
  { type: 'ship' },
  { type: 'deliver' },
);

describe('a saga, over any history of what product, payment, clock and client do', () => {
  const runs = { numRuns: 2_000 };

  it('comes to an end once everything is heard', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), history, (hasStock, hasFunds, played) => {
        const { order } = worldAfter(hasStock, hasFunds, played);
        expect(['SUCCEEDED', 'FAILED', 'COMPENSATED']).toContain(order.sagaStatus);
      }),
      runs,
    );
  });

  it('leaves a charge if and only if the order stands', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), history, (hasStock, hasFunds, played) => {
        const { order, payment, stock } = worldAfter(hasStock, hasFunds, played);
        expect(payment === 'charged').toBe(order.status !== 90);
        expect(stock === 'held').toBe(order.status !== 90);
      }),
      runs,
    );
  });

  it('tells of confirmation and of cancellation once at most, and of both only for a confirmed order that is cancelled', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), history, (hasStock, hasFunds, played) => {
        const { told, order } = worldAfter(hasStock, hasFunds, played);
        const times = (type: string) => told.filter((one) => one === type).length;
        expect(times('order.confirmed')).toBeLessThanOrEqual(1);
        expect(times('order.cancelled')).toBe(order.status === 90 ? 1 : 0);
        if (times('order.confirmed') === 1 && times('order.cancelled') === 1) {
          expect(told.indexOf('order.confirmed')).toBeLessThan(told.indexOf('order.cancelled'));
          expect(played.map(([move]) => move)).toContain('cancel');
        }
      }),
      runs,
    );
  });

  it('comes to the same end however often everything is heard again', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        history,
        fc.array(fc.nat(20)),
        (hasStock, hasFunds, played, picks) => {
          const world = worldAfter(hasStock, hasFunds, played);
          const end = world.order;
          for (const pick of picks) {
            play(world, 'product is heard again', pick);
            play(world, 'payment is heard again', pick);
          }
          expect(world.order).toEqual(end);
        },
      ),
      runs,
    );
  });

  it('is left unchanged by any input that changed it once', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(anyInput, { maxLength: 30 }), (hasItems, inputs) => {
        let now = begin(hasItems);
        const used = new Set<string>();
        for (const input of inputs) {
          const change = advance(now, input);
          if (!change) continue;
          expect(used).not.toContain(input.type);
          used.add(input.type);
          now = change.next;
        }
        expect(now.version).toBe(1 + used.size);
      }),
      runs,
    );
  });
});
