const LOOK_MS = 2;
const DEADLINE_MS = 180_000;

/** When an event's effect was committed; the clock is the same in every process of the machine. */
export interface Arrival {
  readonly boardId: number;
  readonly partition: number;
  readonly at_ms: number;
}

/** The machine's monotonic clock, in milliseconds. */
export function monotonic_ms(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Notes when effects begin and when they are committed. */
export function createArrivalClock() {
  let arrivals: Arrival[] = [];
  let began_ms: number | null = null;
  return {
    reset() {
      arrivals = [];
      began_ms = null;
    },
    /** The first event is in its handler. */
    began() {
      began_ms ??= monotonic_ms();
    },
    /** Counts events once their transaction has committed, and not at all if it does not. */
    commits(committed: Promise<unknown>, events: readonly Omit<Arrival, 'at_ms'>[]) {
      const count = () => {
        const at_ms = monotonic_ms();
        for (const event of events) arrivals.push({ ...event, at_ms });
      };
      committed.then(count, () => undefined);
    },
    /** Waits for so many events. @returns seconds from the first one's beginning to the last one's commit */
    async seconds(events: number): Promise<number> {
      const end_ms = monotonic_ms() + DEADLINE_MS;
      while (arrivals.length < events) {
        if (monotonic_ms() > end_ms)
          throw new Error(`${arrivals.length} of ${events} events had their effect`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return ((arrivals[arrivals.length - 1]?.at_ms ?? 0) - (began_ms ?? 0)) / 1_000;
    },
    /** What arrived since the last call. */
    taken(): Arrival[] {
      const taken = arrivals;
      arrivals = [];
      return taken;
    },
  };
}
