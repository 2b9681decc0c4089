import type { Database } from '@naru/kernel';
import type { Platform } from '@naru/scripts';
import { eventually } from '@naru/testing';
import { mustHold } from './benchmark';
import { effectsSince } from './b6-effects';
import type { SlowMailServer } from './b6-mail-server';
import { grownMost, watchMemory, type Growth } from './b6-memory';
import {
  effectTimes,
  mustHaveHappened,
  requestTimes,
  stepUp,
  watched,
  type Burst,
  type EffectTimes,
  type RequestTimes,
} from './b6-phases';
import { startRequests } from './b6-requests';

export interface StepPlan extends Burst {
  readonly mails_per_s: number;
}

export interface StepResult {
  readonly request: RequestTimes;
  readonly effect: EffectTimes;
  readonly mail: { readonly backlog: number; readonly drain_s: number; readonly drained_per_s: number };
  readonly memory: Growth;
}

export interface StepScene {
  readonly platform: Platform;
  readonly database: Database;
  readonly mail: SlowMailServer;
  readonly plan: StepPlan;
}

/** B4's target for any effect. */
const FAST_MS = 100;
const DRAIN_DEADLINE_MS = 300_000;

/** Base rate, ten times as many, base rate again until the mails are drained. */
export async function runStep(scene: StepScene, series: string): Promise<StepResult> {
  const { plan, mail, platform } = scene;
  const mailsBefore = mail.taken();
  const signUps = startRequests(signUpsOf(platform, series), plan.base_per_s);
  const backlog = () => signUps.accepted() - (mail.taken() - mailsBefore);
  const mailed = () => eventually('a mail for each sign-up', () => backlog() <= 0, DRAIN_DEADLINE_MS);
  const memory = watchMemory(platform);
  try {
    let steady: ReadonlyMap<string, number> = new Map();
    const phases = await stepUp(signUps, plan, () => (steady = memory.peaks()));
    const drained = await drain(backlog, plan);
    const end = await watched(phases);
    const peak = memory.peaks();
    await mustHaveHappened(plan, signUps, phases);
    await mailed();
    mustHold(mail.distinct() === mail.taken(), `${mail.taken() - mail.distinct()} mails came twice`);
    const effects = await effectsSince(scene.database, phases.before.since1970_ms);
    return {
      request: requestTimes(signUps, phases),
      effect: effectTimes(effects, phases, end, FAST_MS),
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

const signUpsOf = ({ urls }: Platform, series: string) => ({
  url: `${urls.gateway}/api/users/sign-up`,
  accepted: 204,
  body: (sequence: number) => {
    const name = `${series}-${sequence}`;
    return { email: `${name}@example.com`, name, password: 'crossing-the-river' };
  },
});

/** Waits until no more mails are owed than arrive in a second. */
async function drain(backlog: () => number, plan: StepPlan): Promise<StepResult['mail']> {
  const from_ms = performance.now();
  const owed = backlog();
  mustHold(owed > plan.base_per_s, `the burst left only ${owed} mails to send`);
  await eventually('the mails are drained', () => backlog() <= plan.base_per_s, DRAIN_DEADLINE_MS);
  const drain_s = (performance.now() - from_ms) / 1_000;
  return { backlog: owed, drain_s, drained_per_s: (owed - backlog()) / drain_s };
}
