import fc from 'fast-check';
import { orderTypes, paymentTypes, stockTypes, type OrderOccurrence } from './occurrence';
import { apply, nothingKnown, shown, type OrderState, type OrderView } from './order-view';

const orderId = 'order';
const status = fc.constantFrom(10, 20, 25, 80, 90);
const sagaStatus = fc.constantFrom('STARTED', 'SUCCEEDED', 'FAILED', 'COMPENSATING');
const items = fc.array(
  fc.record({ productId: fc.constantFrom('a', 'b'), quantity: fc.integer({ min: 1, max: 9 }) }),
  { maxLength: 3 },
);

interface Told {
  readonly type: string;
  readonly data: object;
}

/** What a source tells, with versions that grow and may leave gaps. */
function source(type: fc.Arbitrary<string>, fields: Record<string, fc.Arbitrary<unknown>>, minLength = 0) {
  const one = fc.record({ type, step: fc.integer({ min: 1, max: 3 }), fields: fc.record(fields) });
  return fc.array(one, { minLength, maxLength: 6 }).map((told) => {
    let version = 0;
    return told.map((each): Told => {
      version += each.step;
      return { type: each.type, data: { orderId, ...each.fields, version } };
    });
  });
}

const sources = fc.tuple(
  source(fc.constantFrom(...orderTypes), { userId: fc.constant(1), status, sagaStatus, items }, 1),
  source(fc.constantFrom(...stockTypes), {}),
  source(fc.constantFrom(...paymentTypes), {
    paymentId: fc.constant('payment'),
    amount: fc.nat(),
    currency: fc.constant('KRW'),
  }),
);

/** One history in which each source's own order holds; no two events are of one moment. */
function interleave(told: readonly (readonly Told[])[], picks: readonly number[]): OrderOccurrence[] {
  const rest = told.map((each) => [...each]);
  const history: OrderOccurrence[] = [];
  for (let nth = 0; rest.some((each) => each.length > 0); nth++) {
    const open = rest.filter((each) => each.length > 0);
    const next = open[(picks[nth] ?? 0) % open.length]!.shift()!;
    history.push({ ...next, eventId: `event ${nth}`, at_ms: nth, arrival: nth } as OrderOccurrence);
  }
  return history;
}

const histories = fc
  .tuple(sources, fc.array(fc.nat(2), { maxLength: 20 }))
  .map(([told, picks]) => interleave(told, picks));

/** Every event at least once, in any order, with repeats. */
const arrivals = histories.chain((history) =>
  fc
    .tuple(
      fc.shuffledSubarray(history, { minLength: history.length }),
      fc.array(fc.tuple(fc.constantFrom(...history), fc.nat(history.length)), { maxLength: 10 }),
    )
    .map(([shuffled, repeats]) => {
      const arrived = [...shuffled];
      for (const [occurrence, place] of repeats) arrived.splice(place, 0, occurrence);
      return { history, arrived: arrived.map((each, arrival): OrderOccurrence => ({ ...each, arrival })) };
    }),
);

function read(occurrences: readonly OrderOccurrence[]) {
  const view = occurrences.reduce(apply, nothingKnown) as OrderView & { order: OrderState };
  return { ...shown(view, new Map([['a', 'apple']])), ownerOf: view.order.userId };
}

it('any order of arrival, with repeats, leads to the view that the order of happening leads to', () => {
  fc.assert(
    fc.property(arrivals, ({ history, arrived }) => {
      expect(read(arrived)).toEqual(read(history));
    }),
    { numRuns: 500 },
  );
});

it('the view is that of the newest snapshots, and its timeline is all that happened', () => {
  fc.assert(
    fc.property(arrivals, ({ history, arrived }) => {
      const orders = history.filter(({ type }) => type.startsWith('order.'));
      const payments = history.filter(({ type }) => type.startsWith('payment.'));
      const view = read(arrived);
      const { version, status: newest } = orders.at(-1)!.data as { version: number; status: number };
      expect(view).toMatchObject({ version, status: newest });
      expect(view.payment === null).toBe(payments.length === 0);
      expect(view.timeline.map(({ type }) => type)).toEqual(history.map(({ type }) => type));
    }),
    { numRuns: 500 },
  );
});
