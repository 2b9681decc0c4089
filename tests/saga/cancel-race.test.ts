import { createRandom, type Random } from '../chaos/src/random';
import { createDatabaseServices, type DatabaseServices } from './database-services';
import { cancelledEndings, confirmed, endingsOf } from './endings';
import { brokenAtRest, brokenNow } from './invariants';
import { createRound, newRace, type Race } from './race';

const ROUNDS = 25;
/** Each order of a round is an interleaving of its own; what they share is the products. */
const ORDERS = 20;
/** Another number plays other interleavings. */
const SEED = Number(process.env['SAGA_SEED'] ?? 1);

/** Far above what it takes, for other work may slow the machine several times. */
const TIMEOUT_MS = 180_000;

const PRODUCTS = 3;
const PRICE = 1_000;
/** Not enough for all orders of a round. */
const STOCK = 15;

let services: DatabaseServices;
beforeAll(async () => {
  const random = createRandom(SEED).fork('provider');
  services = await createDatabaseServices(() => random.integer(0, 999) / 1_000);
});
afterAll(() => services?.stop());

async function placeOne(random: Random, productIds: readonly string[]): Promise<Race> {
  const items = random
    .shuffled(productIds)
    .slice(0, random.integer(1, 2))
    .map((productId) => ({ productId, quantity: random.integer(1, 2) }));
  const { orderId } = await services.place({
    userId: null,
    customerId: random.pick(['kim', 'kim', 'kim', 'kim', 'decline-kim']),
    customerEmail: 'kim@naru.example',
    totalAmount: items.reduce((sum, { quantity }) => sum + PRICE * quantity, 0),
    currency: 'KRW',
    items,
  });
  return newRace(orderId, random);
}

/** Steps of an order that are to meet in every order: the one before, with and after the other. */
const rivals: readonly (readonly [string, string])[] = [
  ...['stock.reserved to payment', 'captured to payment', 'payment.completed to order'].flatMap((paying) => [
    ['cancel', paying] as const,
    ['deadline', paying] as const,
  ]),
  ['cancel', 'deadline'],
  ['order.cancelled to product', 'order.created to product'],
  ['order.cancelled to payment', 'stock.reserved to payment'],
  ['order.cancelled to payment', 'captured to payment'],
];

function meetingsOf({ steps }: Race): string[] {
  const tickOf = (what: string) => steps.find((step) => step.what === what)?.tick;
  return rivals.flatMap(([one, other]) => {
    const [at, otherAt] = [tickOf(one), tickOf(other)];
    if (at === undefined || otherAt === undefined) return [];
    return [`${one} ${at < otherAt ? 'before' : at > otherAt ? 'after' : 'with'} ${other}`];
  });
}

const meetings = rivals.flatMap(([one, other]) =>
  ['before', 'with', 'after'].map((when) => `${one} ${when} ${other}`),
);

/** What is needed to understand a failure, and to see it again. */
function storyOf(round: number, broken: readonly string[], races: readonly Race[]): string {
  const concerned = races.filter(({ orderId }) => broken.some((text) => text.includes(orderId)));
  const stories = (concerned.length > 0 ? concerned : races).map(({ orderId, steps }) => {
    return `${orderId}: ${steps.map(({ tick, what }) => `${tick} ${what}`).join(', ')}`;
  });
  return [`SAGA_SEED=${SEED}, round ${round}`, ...broken, ...stories].join('\n');
}

it(
  'an order whose cancellation races with its payment is confirmed and paid for or given up, never both, never neither',
  async () => {
    const met = new Set<string>();
    const endings = new Set<string>();
    for (let nth = 1; nth <= ROUNDS; nth++) {
      const random = createRandom(SEED).fork(`round ${nth}`);
      const productIds = await Promise.all(
        Array.from({ length: PRODUCTS }, () => services.sell(PRICE, STOCK)),
      );
      const races = await Promise.all(
        Array.from({ length: ORDERS }, (_, order) => placeOne(random.fork(`order ${order}`), productIds)),
      );
      const orderIds = races.map(({ orderId }) => orderId);
      const round = createRound(services, races);
      await round.play(random).catch((error: unknown) => {
        throw new Error(storyOf(nth, [String(error)], races), { cause: error });
      });
      const outcome = await services.outcome(orderIds, productIds);
      const whole = { ...outcome, told: round.told };
      const broken = [...brokenNow(whole), ...brokenAtRest(whole)];
      if (broken.length > 0) throw new Error(storyOf(nth, broken, races));
      await round.again();
      expect(await services.news()).toEqual([]);
      expect(await services.outcome(orderIds, productIds)).toEqual(outcome);
      endingsOf(whole).forEach((ending) => endings.add(ending));
      races.flatMap(meetingsOf).forEach((meeting) => met.add(meeting));
    }
    expect([...endings].sort()).toEqual([`20${confirmed}`, ...cancelledEndings].sort());
    expect(meetings.filter((meeting) => !met.has(meeting))).toEqual([]);
  },
  TIMEOUT_MS,
);
