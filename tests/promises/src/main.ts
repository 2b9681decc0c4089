import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startInfrastructure, type StartedInfrastructure } from '@naru/testing/start-infrastructure';
import { baseline, checkEdits, tryMutations, type Trial } from './gate';
import type { Mutation } from './mutation';
import { mutations } from './mutations';
import { columns, countedReport, heading, row, summary } from './report';

const usage = `Usage: npm run test:promises -- [flags]

Breaks each promise of the kernel by a mutation of its source, in memory, and expects the named test to fail.

  --only 3,9         mutations of these promises only
  --why              tells what each test said when it failed
  --list             tells the mutations, and runs nothing
  --outputFile FILE  writes the counts there, in the form of jest's --json report
  --help             shows this`;

const options = {
  only: { type: 'string' },
  why: { type: 'boolean' },
  list: { type: 'boolean' },
  outputFile: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) return say(usage);
  const chosen = choose(values.only);
  if (values.list) return say(chosen.map(columns).join('\n'));
  const done: Trial[] = [];
  let finished = false;
  try {
    await tryAll(chosen, (trial) => {
      done.push(trial);
      console.log(row(trial, values.why));
    });
    finished = true;
  } finally {
    const report = JSON.stringify(countedReport(done, !finished));
    if (values.outputFile) writeFileSync(values.outputFile, report);
  }
  console.log(`\n${summary(done)}`);
  return done.every(({ killed }) => killed) ? 0 : 1;
}

function say(text: string): number {
  console.log(text);
  return 0;
}

/** @throws Error when a promise is asked for that has no mutation */
function choose(only: string | undefined): readonly Mutation[] {
  if (only === undefined) return mutations;
  const promises = only.split(',').map(Number);
  const without = promises.filter((number) => !mutations.some(({ promise }) => promise === number));
  if (without.length > 0) throw new Error(`--only: there is no promise ${without.join(', ')}`);
  return mutations.filter(({ promise }) => promises.includes(promise));
}

async function tryAll(chosen: readonly Mutation[], tell: (trial: Trial) => void): Promise<void> {
  checkEdits(chosen);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { infrastructure, stop: stopInfrastructure } = await infrastructureOf(process.env);
  try {
    const environment = { ...process.env, NARU_TEST_INFRASTRUCTURE: JSON.stringify(infrastructure) };
    const gate = { mutations: chosen, environment, signal: stopping.signal };
    const durations_ms = await baseline(gate);
    console.log(`${durations_ms.size} tests are green without a mutation\n\n${heading}`);
    await tryMutations(gate, durations_ms, tell);
  } finally {
    await stopInfrastructure();
  }
}

/** What is up already when the environment names it, else brokers and databases of this run's own. */
async function infrastructureOf(env: NodeJS.ProcessEnv): Promise<StartedInfrastructure> {
  const given = env['NARU_TEST_INFRASTRUCTURE'];
  if (given) return { infrastructure: JSON.parse(given), stop: async () => undefined };
  return startInfrastructure();
}

main().then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
