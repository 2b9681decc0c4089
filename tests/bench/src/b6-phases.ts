import { mustHold, quantile } from './benchmark';
import { latencyP99_ms, recovery_s, type Effect } from './b6-effects';
import type { Requests } from './b6-requests';

/** How many requests when. */
export interface Burst {
  readonly base_per_s: number;
  readonly burst_per_s: number;
  readonly before_ms: number;
  readonly burst_ms: number;
}

/** The same moment by performance.now, for requests, and since 1970, for what databases noted. */
export interface Moment {
  readonly at_ms: number;
  readonly since1970_ms: number;
}

export interface Phases {
  readonly before: Moment;
  readonly burst: Moment;
  readonly after: Moment;
}

const WARM_UP_MS = 3_000;
/** Effects are watched for this long after the burst, should all else be over earlier. */
const WATCH_MS = 8_000;
/** Effects are as fast again when their p99 is at most this much of what it was. */
const RECOVERED = 1.5;

const pause = (duration_ms: number) => new Promise((resolve) => setTimeout(resolve, duration_ms));

/** Base rate, ten times as many, and base rate again from then on. @param onBurst called when the burst begins */
export async function stepUp(requests: Requests, plan: Burst, onBurst: () => void): Promise<Phases> {
  await pause(WARM_UP_MS);
  const before = now();
  await pause(plan.before_ms);
  const burst = now();
  onBurst();
  requests.setRate(plan.burst_per_s);
  await pause(plan.burst_ms);
  const after = now();
  requests.setRate(plan.base_per_s);
  return { before, burst, after };
}

/** Waits until effects have been watched for long enough. @returns the moment until which they were */
export async function watched({ after }: Phases): Promise<Moment> {
  await pause(Math.max(0, after.at_ms + WATCH_MS - performance.now()));
  return now();
}

/** Ends the requests; throws RunDoesNotCountError unless the load was what it should be. */
export async function mustHaveHappened(plan: Burst, requests: Requests, { burst, after }: Phases) {
  const { failed, heldBack } = await requests.stop();
  mustHold(failed + heldBack === 0, `${failed} requests failed, ${heldBack} were held back`);
  const due = (plan.burst_per_s * plan.burst_ms) / 1_000;
  // The first of the burst comes when the next at the base rate was due.
  const late = plan.burst_per_s / plan.base_per_s;
  const sent = requests.latencies_ms(burst.at_ms, after.at_ms).length;
  mustHold(Math.abs(sent - due) <= late + 0.02 * due, `${sent} requests in the burst instead of ${due}`);
}

export interface RequestTimes {
  readonly before_p99_ms: number;
  readonly burst_p99_ms: number;
}

export function requestTimes(requests: Requests, { before, burst, after }: Phases): RequestTimes {
  return {
    before_p99_ms: quantile(requests.latencies_ms(before.at_ms, burst.at_ms), 0.99),
    burst_p99_ms: quantile(requests.latencies_ms(burst.at_ms, after.at_ms), 0.99),
  };
}

export interface EffectTimes extends RequestTimes {
  /** Seconds from the end of the burst until effects were as fast again. */
  readonly recovery_s: number;
}

/** @param fast_ms what counts as fast whatever it was before */
export function effectTimes(
  effects: readonly Effect[],
  { before, burst, after }: Phases,
  end: Moment,
  fast_ms: number,
): EffectTimes {
  const p99 = (from: Moment, until: Moment) =>
    latencyP99_ms(effects, from.since1970_ms, until.since1970_ms) ?? Infinity;
  const allowed_ms = Math.max(fast_ms, RECOVERED * p99(before, burst));
  return {
    before_p99_ms: p99(before, burst),
    burst_p99_ms: p99(burst, after),
    recovery_s: recovery_s(effects, after.since1970_ms, end.since1970_ms, allowed_ms),
  };
}

function now(): Moment {
  return { at_ms: performance.now(), since1970_ms: Date.now() };
}
