import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicSpecifications } from '@naru/contracts';
import { createDatabase } from '@naru/kernel';
import { startPlatform, type Platform } from '@naru/scripts';
import { discardedNotes, interleaved, quantile, type Bench, type Benchmark, type Measure } from './benchmark';
import { startSlowMailServer } from './b6-mail-server';
import { memoryMeasure, recoveryMeasure, requestMeasure } from './b6-measures';
import { runStep, type StepPlan, type StepResult } from './b6-step';

const plan: StepPlan = {
  base_per_s: 3,
  burst_per_s: 30,
  mails_per_s: 15,
  before_ms: 30_000,
  burst_ms: 20_000,
};
const quickPlan: StepPlan = {
  base_per_s: 3,
  burst_per_s: 30,
  mails_per_s: 12,
  before_ms: 3_000,
  burst_ms: 3_000,
};

export const burstBenchmark: Benchmark = {
  id: 'B6',
  title: 'Ten times the load for 20 s, with a slow mail server',
  method:
    `Sign-ups through the gateway, ${plan.base_per_s}/s, then ${plan.burst_per_s}/s for 20 s, then ` +
    `${plan.base_per_s}/s again, sent when they are due and timed from then. Passwords are hashed at the lowest cost ` +
    `(8 KiB, one pass), for it is not hashing that is measured. The mail server takes ${plan.mails_per_s} mails/s, so ` +
    'that mails fall behind and everything else must not notice. Recovered are the effects in the board and point ' +
    'services (from the event’s id to the inbox) when the p99 of two seconds is at most 1.5 times what it was before, or ' +
    '100 ms. Drained per second is what the backlog of mails shrinks by until it is one second’s arrivals. Memory is ' +
    'the highest of the burst and the drain against the highest before, of the service that grew most. One burst ' +
    'that does not count comes first, and every sign-up must have its one mail.',
  platform: 'own',
  async run(bench) {
    const directory = mkdtempSync(join(tmpdir(), 'naru-bench-b6-'));
    const { mails_per_s } = bench.quick ? quickPlan : plan;
    const mail = await startSlowMailServer(mails_per_s);
    let platform: Platform | undefined;
    try {
      platform = await startPlatform({
        directory,
        portOffset: 'free',
        parts: ['kafka', 'database', 'redis'],
        topics: topicSpecifications(),
        services: ['gateway', 'user', 'board', 'point', 'email'],
        serviceEnv: {
          user: { PASSWORD_MEMORY_KIB: '8', PASSWORD_PASSES: '1' },
          email: { SMTP_URL: mail.url },
        },
        signal: bench.signal,
      });
      return await measures(bench, platform, mail);
    } finally {
      await platform?.stop();
      await mail.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function measures(
  bench: Bench,
  platform: Platform,
  mail: Awaited<ReturnType<typeof startSlowMailServer>>,
): Promise<Measure[]> {
  const root = new URL(platform.urls.databaseRoot);
  root.pathname = '/mysql';
  const database = createDatabase(root.toString(), 2);
  const scene = { platform, database, mail, plan: bench.quick ? quickPlan : plan };
  try {
    await runStep({ ...scene, plan: { ...scene.plan, before_ms: quickPlan.before_ms } }, 'rehearsal');
    let round = 0;
    const { counted, discarded } = await interleaved(bench, {
      step: () => runStep(scene, `round-${++round}`),
    });
    return toMeasures(
      counted.map(({ step }) => step),
      scene.plan,
      discardedNotes({ discarded }),
    );
  } finally {
    await database.destroy();
  }
}

function toMeasures(
  steps: readonly StepResult[],
  { mails_per_s, base_per_s }: StepPlan,
  notes: string[],
): Measure[] {
  const median = (value: (step: StepResult) => number) => quantile(steps.map(value), 0.5).toFixed(0);
  const effects = steps.map(({ effect }) => effect);
  const requests = steps.map(({ request }) => request);
  const growths = steps.map(({ memory }) => memory);
  return [
    requestMeasure('p99 of sign-up, burst ÷ before', requests, notes),
    recoveryMeasure('effects are fast again after', 'effects', effects),
    {
      name: 'mails drained ÷ (capacity − arrival)',
      target: { kind: 'at least', value: 0.8 },
      unit: 'mails/s',
      pairs: steps.map((step) => ({ ours: step.mail.drained_per_s, other: mails_per_s - base_per_s })),
      notes: [
        `the backlog was ${median((step) => step.mail.backlog)} mails, drained in ${median((step) => step.mail.drain_s)} s`,
      ],
    },
    memoryMeasure('memory, peak ÷ steady', growths),
  ];
}
