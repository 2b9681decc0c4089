import type { Random } from '../chaos/src/random';
import type { Answer, DatabaseServices, HeardEvent } from './database-services';
import { createLanes, type Lane } from './lanes';

const TICKS_MAX = 500;
const ORDERS_AT_ONCE_MAX = 8;

/** By reader and topic. */
const slowLanes = [
  'product order.created.v1',
  'product order.saga.v1',
  'payment stock.events.v1',
  'payment order.saga.v1',
  'order stock.events.v1',
  'order payment.events.v1',
];

/** An order, and what has been done about it so far. */
export interface Race {
  readonly orderId: string;
  readonly random: Random;
  /** After so many steps it may be cancelled, or its deadline may pass; without it never. */
  readonly after: { cancel?: number; deadline?: number };
  /** What one service hears of a topic, which mostly waits until nothing else is left to do. */
  readonly slow: string;
  readonly steps: { readonly tick: number; readonly what: string }[];
  hasCrashed: boolean;
}

/** Something that may be done next. */
interface Action {
  /** Of one lane there is one action at a time, as of one partition. */
  readonly lane?: Lane<HeardEvent>;
  run(tick: number): Promise<unknown>;
}

/** How an order is going to be raced. */
export function newRace(orderId: string, random: Random): Race {
  const after = {
    ...(random.integer(1, 5) > 1 && { cancel: random.integer(0, 9) }),
    ...(random.integer(1, 3) > 1 && { deadline: random.integer(0, 9) }),
  };
  return { orderId, random, after, slow: random.pick([...slowLanes, '']), steps: [], hasCrashed: false };
}

/** Orders of one round, the events between the services, and the provider's answers that are not written yet. */
export function createRound(services: DatabaseServices, races: readonly Race[]) {
  const lanes = createLanes<HeardEvent>();
  const told: HeardEvent[] = [];
  const answers = new Set<Answer>();
  const byId = new Map(races.map((race) => [race.orderId, race]));
  const note = (orderId: string, tick: number, what: string) => byId.get(orderId)?.steps.push({ tick, what });

  /** The next events of a lane, up to the order's next one, and perhaps one more. */
  function hear({ orderId, random }: Race, lane: Lane<HeardEvent>): Action {
    const next = lane.events.findIndex(({ data }, nth) => nth >= lane.heard && data.orderId === orderId);
    const count = next + 1 - lane.heard + random.integer(0, 1);
    // As when two processes both believe to own the partition.
    const times = random.integer(1, 8) === 1 ? 2 : 1;
    return {
      lane,
      run(tick) {
        const events = lanes.hear(lane, count);
        for (const { type, data } of events) note(data.orderId, tick, `${type} to ${lane.reader}`);
        return Promise.all(Array.from({ length: times }, () => services.handle(lane.reader, events)));
      },
    };
  }

  function hearAgain({ orderId, random }: Race): Action[] {
    const heard = lanes
      .all()
      .flatMap((lane) => lane.events.slice(0, lane.heard).map((event) => ({ reader: lane.reader, event })))
      .filter(({ event }) => event.data.orderId === orderId);
    if (heard.length === 0 || random.integer(1, 6) > 1) return [];
    const { reader, event } = random.pick(heard);
    return [
      {
        run(tick) {
          note(orderId, tick, `${event.type} to ${reader} again`);
          return services.handle(reader, [event]);
        },
      },
    ];
  }

  async function ask(paymentsMax: number) {
    for (const answer of await services.askProvider(paymentsMax)) answers.add(answer);
  }

  /** Written, or lost in a crash, or written by one whose lease has ended, so that another asks as well. */
  function hearAnswer(race: Race, answer: Answer): Action {
    const fates = race.hasCrashed
      ? ['written']
      : ['lost', 'late', 'written', 'written', 'written', 'written'];
    const fate = race.random.pick(fates);
    return {
      async run(tick) {
        if (fate !== 'late') answers.delete(answer);
        if (fate === 'written') {
          note(race.orderId, tick, `${answer.input.type} to payment`);
          return services.hearProvider([answer]);
        }
        race.hasCrashed = true;
        note(race.orderId, tick, `${answer.input.type} ${fate}`);
        return services.endLease(race.orderId);
      },
    };
  }

  /** What a client or the clock does to the order, if its time has come. */
  function intervene(race: Race, isElseDone: boolean): Action[] {
    return (['cancel', 'deadline'] as const).flatMap((what) => {
      const after = race.after[what];
      if (after === undefined || (race.steps.length < after && !isElseDone)) return [];
      const run = (tick: number) => {
        delete race.after[what];
        note(race.orderId, tick, what);
        return what === 'cancel' ? services.cancel(race.orderId) : services.endTime(race.orderId);
      };
      return [{ run }];
    });
  }

  function possible(race: Race, due: ReadonlySet<string>): Action[] {
    const { orderId, random, slow } = race;
    const waiting = lanes
      .waiting()
      .filter(({ events, heard }) => events.slice(heard).some(({ data }) => data.orderId === orderId));
    const held = waiting.filter(
      ({ reader, topic }) => slow === `${reader} ${topic}` && random.integer(1, 4) > 1,
    );
    const actions = [
      ...waiting.filter((lane) => !held.includes(lane)).map((lane) => hear(race, lane)),
      ...[...answers]
        .filter((answer) => answer.orderId === orderId)
        .map((answer) => hearAnswer(race, answer)),
      ...(due.has(orderId) ? [{ run: () => ask(random.integer(1, 3)) }] : []),
    ];
    actions.push(...intervene(race, actions.length === 0));
    if (actions.length === 0) actions.push(...held.map((lane) => hear(race, lane)));
    return actions.length === 0 ? [] : [...actions, ...hearAgain(race)];
  }

  /** Actions of some of the orders, of each of them one to four, to be done at once. */
  function choose(random: Random, due: ReadonlySet<string>): Action[] {
    const taken = new Set<Lane<HeardEvent>>();
    const open = random.shuffled(races).map((race) => ({ race, actions: possible(race, due) }));
    return open
      .filter(({ actions }) => actions.length > 0)
      .slice(0, random.integer(1, ORDERS_AT_ONCE_MAX))
      .flatMap(({ race, actions }) => race.random.shuffled(actions).slice(0, race.random.integer(1, 4)))
      .filter(({ lane }) => !lane || (!taken.has(lane) && taken.add(lane)));
  }

  async function listen() {
    const news = await services.news();
    told.push(...news);
    news.forEach(lanes.tell);
  }

  return {
    told: told as readonly HeardEvent[],

    /** Until there is nothing left to do. */
    async play(random: Random) {
      for (let tick = 0; ; tick++) {
        await listen();
        const actions = choose(random, new Set(await services.due()));
        if (actions.length === 0) return;
        if (tick === TICKS_MAX) throw new Error('it does not come to rest');
        await Promise.all(actions.map(({ run }) => run(tick)));
      }
    },

    /** Everything once more, to each who has heard it, many events at once. */
    async again() {
      const batches = new Map<string, { lane: Lane<HeardEvent>; events: HeardEvent[] }>();
      for (const lane of lanes.all()) {
        const name = `${lane.reader} ${lane.topic}`;
        const batch = batches.get(name) ?? { lane, events: [] };
        batch.events.push(...lane.events);
        batches.set(name, batch);
      }
      await Promise.all(
        [...batches.values()].map(({ lane, events }) => services.handle(lane.reader, events)),
      );
    },
  };
}
