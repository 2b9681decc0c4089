import fc from 'fast-check';
import { decide, type Input, type Told } from './decide';
import { isDue, type Payment } from './payment';

const ORDERS = 3;
/** Enough for each of the rules to be met many times in any run. */
const RUNS = { numRuns: 1_000 };
const cause = { correlationId: 'c', sagaId: undefined, traceparent: undefined };

type Answer = Extract<Input, { type: 'captured' | 'declined' | 'refunded' }>;

/** What the service's table, the provider's memory and the calls under way are, in memory. */
interface World {
  readonly payments: Map<string, Payment>;
  /** By key; the first answer stands. */
  readonly provider: Map<string, Answer>;
  /** Answers that the service has not written yet; a crash loses them. */
  answers: { orderId: string; answer: Answer }[];
  readonly told: Told[];
  readonly reserved: Set<string>;
  readonly cancelled: Set<string>;
}

/** `call` reaches the provider and brings an answer, `mark` writes the nth answer, `crash` loses all of them. */
type Act =
  | { readonly do: 'reserve' | 'cancel' | 'call'; readonly orderId: string }
  | { readonly do: 'mark'; readonly nth: number; readonly keep: boolean }
  | { readonly do: 'crash' };

function newWorld(): World {
  const lists = { answers: [], told: [], reserved: new Set<string>(), cancelled: new Set<string>() };
  return { payments: new Map(), provider: new Map(), ...lists };
}

function hear(world: World, orderId: string, input: Input) {
  const before = world.payments.get(orderId);
  const { payment, told } = decide(before, input);
  world.told.push(...told);
  if (!payment) return;
  if (payment !== before) expect(payment.version).toBeGreaterThan(before?.version ?? 0);
  world.payments.set(orderId, payment);
}

function call(world: World, orderId: string, declining: ReadonlySet<string>) {
  const payment = world.payments.get(orderId);
  if (!payment || !isDue(payment)) return;
  const isCapture = payment.status === 'CAPTURING';
  const key = `${isCapture ? 'capture' : 'refund'}:${orderId}`;
  const first: Answer = declining.has(orderId)
    ? { type: 'declined', reason: 'd' }
    : { type: isCapture ? 'captured' : 'refunded' };
  if (!world.provider.has(key)) world.provider.set(key, first);
  world.answers.push({ orderId, answer: world.provider.get(key)! });
}

function act(world: World, action: Act, declining: ReadonlySet<string>) {
  if (action.do === 'crash') {
    world.answers = [];
  } else if (action.do === 'mark') {
    const at = action.nth % Math.max(1, world.answers.length);
    const answered = world.answers[at];
    if (!answered) return;
    // Two workers may both have called, when the first one's lease ran out.
    if (!action.keep) world.answers.splice(at, 1);
    hear(world, answered.orderId, answered.answer);
  } else if (action.do === 'call') {
    call(world, action.orderId, declining);
  } else {
    const { orderId } = action;
    const charge = { orderId, sagaId: 's', userId: 1, customerId: 'c', amount: 1, currency: 'KRW' };
    const paymentId = `p-${orderId}-${world.payments.size}`;
    const cancellation = { reason: 'r', sagaStatus: 'COMPENSATING', cause };
    if (action.do === 'reserve') world.reserved.add(orderId);
    else world.cancelled.add(orderId);
    const asked = { charge, paymentId };
    if (action.do === 'reserve') hear(world, orderId, { type: 'charge', ...asked, cause });
    else hear(world, orderId, { type: 'cancel', ...asked, cancellation });
  }
}

/** Every payment comes to its end: the provider is called, and its answers are written, until nothing is due. */
function drain(world: World, declining: ReadonlySet<string>) {
  for (let round = 0; round < 3; round++) {
    for (const orderId of world.payments.keys()) call(world, orderId, declining);
    // Each answer twice, as when a lease ran out and another worker called as well.
    for (const { orderId, answer } of world.answers.splice(0).flatMap((one) => [one, one]))
      hear(world, orderId, answer);
  }
  expect([...world.payments.values()].filter(isDue)).toEqual([]);
}

const orderIds = Array.from({ length: ORDERS }, (_, nth) => `o${nth}`);
const orderId = fc.constantFrom(...orderIds);
const actions: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constantFrom('reserve', 'cancel', 'call', 'call'), orderId }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('mark'), nth: fc.nat(5), keep: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ do: 'crash' }) },
  ),
  { maxLength: 60 },
);
const decliners = fc.subarray(orderIds, { maxLength: 1 }).map((ids) => new Set(ids));

function play(acts: readonly Act[], declining: ReadonlySet<string>): World {
  const world = newWorld();
  acts.forEach((action) => act(world, action, declining));
  drain(world, declining);
  return world;
}

const toldOf = (world: World, id: string) =>
  world.told.filter(({ payment }) => payment.orderId === id).map(({ type }) => type);
const count = (types: readonly Told['type'][], ...wanted: Told['type'][]) =>
  types.filter((type) => wanted.includes(type)).length;

describe('decide, over any interleaving of events, calls, repeats and crashes', () => {
  it('answers each cancelled order exactly once, and no other', () => {
    fc.assert(
      fc.property(actions, decliners, (acts, declining) => {
        const world = play(acts, declining);
        for (const id of orderIds) {
          const answers = count(toldOf(world, id), 'payment.refunded', 'payment.voided');
          expect(answers).toBe(world.cancelled.has(id) ? 1 : 0);
        }
      }),
      RUNS,
    );
  });

  it('never keeps the money of a cancelled order, nor gives back what another one paid', () => {
    fc.assert(
      fc.property(actions, decliners, (acts, declining) => {
        const world = play(acts, declining);
        for (const id of orderIds) {
          const isCharged = world.provider.get(`capture:${id}`)?.type === 'captured';
          const isRefunded = world.provider.has(`refund:${id}`);
          expect(isRefunded).toBe(isCharged && world.cancelled.has(id));
          const types = toldOf(world, id);
          expect(count(types, 'payment.completed')).toBe(isCharged ? 1 : 0);
          expect(count(types, 'payment.refunded')).toBe(isRefunded ? 1 : 0);
        }
      }),
      RUNS,
    );
  });

  it('tells the verdict on a charge once, before its end, and counts versions up', () => {
    fc.assert(
      fc.property(actions, decliners, (acts, declining) => {
        const world = play(acts, declining);
        for (const id of orderIds) {
          const types = toldOf(world, id);
          expect(count(types, 'payment.completed', 'payment.failed')).toBeLessThanOrEqual(1);
          if (world.reserved.has(id) && !world.cancelled.has(id))
            expect(types).toEqual([declining.has(id) ? 'payment.failed' : 'payment.completed']);
          if (types.length === 2) expect(count(types.slice(1), 'payment.refunded', 'payment.voided')).toBe(1);
          const versions = world.told
            .filter(({ payment }) => payment.orderId === id)
            .map(({ payment }) => payment.version);
          expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
        }
      }),
      RUNS,
    );
  });
});
