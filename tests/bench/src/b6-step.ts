import type { Database } from '@naru/kernel';
import type { Platform } from '@naru/scripts';
import { eventually } from '@naru/testing';
import { mustHold, quantile } from './benchmark';
import { effectsSince, latencyP99_ms, recovery_s } from './b6-effects';
import type { SlowMailServer } from './b6-mail-server';
import { startSignUps, type SignUps } from './b6-sign-ups';

export interface StepPlan {
  readonly base_per_s: number;
  readonly burst_per_s: number;
  readonly mails_per_s: number;
  readonly before_ms: number;
  readonly burst_ms: number;
}

export interface StepResult {
  readonly request: { readonly before_p99_ms: number; readonly burst_p99_ms: number };
  readonly effect: {
    readonly before_p99_ms: number;
    readonly burst_p99_ms: number;
    readonly recovery_s: number;
  };
  readonly mail: { readonly backlog: number; readonly drain_s: number; readonly drained_per_s: number };
  /** The service whose memory grew most. */
  readonly memory: { readonly service: string; readonly steady_mib: number; readonly peak_mib: number };
}

export interface StepScene {
  readonly platform: Platform;
  readonly database: Database;
  readonly mail: SlowMailServer;
  readonly plan: StepPlan;
}

const WARM_UP_MS = 3_000;
/** Effects are as fast again when their p99 is at most this much of what it was, or B4's target for any effect. */
const RECOVERED = 1.5;
const RECOVERED_MS = 100;
const DRAIN_DEADLINE_MS = 300_000;
/** Effects are watched for this long after the burst, should the mails be drained earlier. */
const WATCH_MS = 8_000;
const SAMPLE_MS = 500;
const MIB = 2 ** 20;

const pause = (duration_ms: number) => new Promise((resolve) => setTimeout(resolve, duration_ms));

/** Base rate, ten times as many, base rate again until the mails are drained. */
export async function runStep(scene: StepScene, series: string): Promise<StepResult> {
  const { plan, mail, platform } = scene;
  const mailsBefore = mail.taken();
  const signUps = startSignUps(platform.urls.gateway, series, plan.base_per_s);
  const backlog = () => signUps.accepted() - (mail.taken() - mailsBefore);
  const mailed = () => eventually('a mail for each sign-up', () => backlog() <= 0, DRAIN_DEADLINE_MS);
  const memory = watchMemory(platform);
  try {
    await pause(WARM_UP_MS);
    const before = now();
    await pause(plan.before_ms);
    const burst = now();
    const steady = memory.peaks();
    signUps.setRate(plan.burst_per_s);
    await pause(plan.burst_ms);
    const after = now();
    signUps.setRate(plan.base_per_s);
    const drained = await drain(backlog, plan);
    await pause(Math.max(0, after.at_ms + WATCH_MS - performance.now()));
    const end = now();
    const peak = memory.peaks();
    await mustHaveHappened(plan, signUps, { burst, after });
    await mailed();
    mustHold(mail.distinct() === mail.taken(), `${mail.taken() - mail.distinct()} mails came twice`);

    const effects = await effectsSince(scene.database, before.since1970_ms);
    const p99 = (from: Moment, until: Moment) =>
      latencyP99_ms(effects, from.since1970_ms, until.since1970_ms) ?? Infinity;
    const allowed_ms = Math.max(RECOVERED_MS, RECOVERED * p99(before, burst));
    return {
      request: {
        before_p99_ms: quantile(signUps.latencies_ms(before.at_ms, burst.at_ms), 0.99),
        burst_p99_ms: quantile(signUps.latencies_ms(burst.at_ms, after.at_ms), 0.99),
      },
      effect: {
        before_p99_ms: p99(before, burst),
        burst_p99_ms: p99(burst, after),
        recovery_s: recovery_s(effects, after.since1970_ms, end.since1970_ms, allowed_ms),
      },
      mail: drained,
      memory: grownMost(steady, peak),
    };
  } finally {
    memory.stop();
    await signUps.stop();
    // A round that does not count must leave nothing to the next one either.
    await mailed();
  }
}

interface Moment {
  readonly at_ms: number;
  readonly since1970_ms: number;
}

function now(): Moment {
  return { at_ms: performance.now(), since1970_ms: Date.now() };
}

/** Waits until no more mails are owed than arrive in a second. */
async function drain(backlog: () => number, plan: StepPlan): Promise<StepResult['mail']> {
  const from_ms = performance.now();
  const owed = backlog();
  mustHold(owed > plan.base_per_s, `the burst left only ${owed} mails to send`);
  await eventually('the mails are drained', () => backlog() <= plan.base_per_s, DRAIN_DEADLINE_MS);
  const drain_s = (performance.now() - from_ms) / 1_000;
  return { backlog: owed, drain_s, drained_per_s: (owed - backlog()) / drain_s };
}

/** The load was what it should be. */
async function mustHaveHappened(
  plan: StepPlan,
  signUps: SignUps,
  { burst, after }: { readonly burst: Moment; readonly after: Moment },
): Promise<void> {
  const { failed, heldBack } = await signUps.stop();
  mustHold(failed + heldBack === 0, `${failed} sign-ups failed, ${heldBack} were held back`);
  const due = (plan.burst_per_s * plan.burst_ms) / 1_000;
  // The first of the burst comes when the next at the base rate was due.
  const late = plan.burst_per_s / plan.base_per_s;
  const sent = signUps.latencies_ms(burst.at_ms, after.at_ms).length;
  mustHold(Math.abs(sent - due) <= late + 0.02 * due, `${sent} sign-ups in the burst instead of ${due}`);
}

/** Looks at the resident memory of each service. */
function watchMemory(platform: Platform) {
  let peaks = new Map<string, number>();
  const look = () => {
    for (const [part, bytes] of Object.entries(platform.residentBytes()))
      if (isService(part)) peaks.set(part, Math.max(peaks.get(part) ?? 0, bytes));
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    /** Highest bytes by service since the last call. */
    peaks() {
      look();
      const seen = peaks;
      peaks = new Map();
      return seen;
    },
    stop: () => clearInterval(timer),
  };
}

const isService = (part: string) => /^(gateway|user|board|point|email)-\d+$/.test(part);

function grownMost(
  steady: ReadonlyMap<string, number>,
  peak: ReadonlyMap<string, number>,
): StepResult['memory'] {
  const growth = (service: string) => (peak.get(service) ?? 0) / (steady.get(service) ?? 1);
  const service = [...peak.keys()].sort((a, b) => growth(b) - growth(a))[0] ?? '';
  const mib = (bytes = 0) => bytes / MIB;
  return { service, steady_mib: mib(steady.get(service)), peak_mib: mib(peak.get(service)) };
}
