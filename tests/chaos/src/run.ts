import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit, type AuditOptions, type AuditReport } from '@naru/audit';
import { repositoryDirectory } from '@naru/scripts';
import { startChaosNaru, type ChaosNaru } from './chaos-naru';
import { faultEnvironment } from './fault';
import { createLoad } from './load';
import type { ChaosOptions } from './options';
import { createRandom } from './random';
import type { RunResult } from './result';
import { startSampler, wait } from './sampler';
import { storm } from './storm';

const AUTHORS = 12;
/** Of a run of orders: each has at most one order unanswered. */
const ORDER_CLIENTS = 32;
/** Each kill loses something more often than not; that none of so many does is not to be expected. */
const UNSAFE_KILLS_MIN = 3;
const WARM_UP_MS = 5_000;
/** Faults may leave backlogs, and the machine may be slow: waiting longer is not failing. */
const DRAIN_MS = 300_000;
const RECOVERY_MS = 180_000;
const LAST_RECOVERY_ATTEMPTS = 2;

/** Starts a Naru, loads it, hurts it, heals it, stops the load, waits for rest and judges what is left. */
export async function run(
  options: ChaosOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  const directory = mkdtempSync(join(tmpdir(), 'naru-chaos-'));
  const fault = options.unsafe ? faultEnvironment({ mode: 'unsafe-send' }) : {};
  const naru = await startChaosNaru(directory, fault, say, signal);
  if (options.keep) say(`data and logs are in ${directory}`);
  try {
    return await hurt(naru, options, say, signal);
  } finally {
    await naru.stop(options.keep);
  }
}

async function hurt(
  naru: ChaosNaru,
  options: ChaosOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  const { seed, minutes, rate, mix, nemeses, unsafe, orders } = options;
  const authors = orders ? ORDER_CLIENTS : AUTHORS;
  const random = createRandom(seed);
  const beganAt_ms = Date.now();
  const begin_ms = performance.now();
  const sampler = startSampler(naru, begin_ms);
  const load = createLoad({
    gatewayUrl: naru.platform.urls.gateway,
    pointUrl: naru.platform.urls.service('point'),
    productUrl: naru.platform.urls.service('product'),
    random: random.fork('load'),
    label: `chaos-${seed}`,
    mix,
    ...(orders && { inFlightMax: ORDER_CLIENTS }),
    onAnswer: sampler.answered,
  });
  await load.setUp(authors);
  say(`load: ${rate.toFixed(1)} requests a second by ${authors} authors${orders ? '' : ' and new users'}`);
  const loading = new AbortController();
  const requests = load.run(rate, AbortSignal.any([signal, loading.signal]), orders);
  await wait(WARM_UP_MS, signal);
  const faultsMin = unsafe ? UNSAFE_KILLS_MIN : orders ? nemeses.length : 1;
  const more = { naru, nemeses, minutes, faultsMin, begin_ms, signal, say };
  const faults = await storm({ ...more, random: random.fork('faults') });
  if (orders) say('all faults are over; waiting for the rest of the orders');
  else loading.abort();
  const { sent, heldBack } = await requests;
  await healAll(naru);
  say('all is healed and the load has ended; waiting for rest, then judging');
  const report = await judge(naru, { history: load.history, drain_ms: DRAIN_MS });
  await sampler.stop();
  return {
    options,
    commit: commitOf(repositoryDirectory),
    beganAt_ms,
    duration_s: (performance.now() - begin_ms) / 1_000,
    requests: { sent, heldBack },
    history: load.history,
    faults,
    samples: sampler.samples,
    audit: report,
  };
}

/** The audit tells what is wrong with what is not back then. */
async function healAll(naru: ChaosNaru): Promise<void> {
  for (const proxy of Object.values(naru.proxies)) {
    proxy.setLatency(0);
    proxy.loseAnswers(false);
  }
  for (let attempt = 1; attempt <= LAST_RECOVERY_ATTEMPTS; attempt++) {
    try {
      return await naru.recover(RECOVERY_MS);
    } catch (error) {
      if (attempt === LAST_RECOVERY_ATTEMPTS) throw error;
    }
  }
}

function judge(naru: ChaosNaru, options: AuditOptions): Promise<AuditReport> {
  const { kafkaBrokers, mailWeb } = naru.platform.urls;
  const kafka = { brokers: kafkaBrokers.split(',') };
  return audit({ kafka, databaseUrl: naru.databaseUrl, mailWebUrl: mailWeb }, options);
}

function commitOf(repository: string): string {
  const git = (...words: string[]) =>
    execFileSync('git', words, {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const dirty = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes';
    return `${git('rev-parse', '--short=12', 'HEAD')}${dirty}`;
  } catch {
    return 'unknown';
  }
}
