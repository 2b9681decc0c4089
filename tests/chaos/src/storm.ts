import { reasonOf } from '@naru/scripts';
import type { ChaosNaru } from './chaos-naru';
import type { Injected, Nemesis } from './nemesis';
import type { Random } from './random';
import { wait } from './sampler';
import { rounds } from './schedule';

const RECOVERY_MS = 90_000;
const BETWEEN_FAULTS_MS = 1_500;
/** When Naru does not recover from this many faults, there is nothing more to be learnt. */
const TROUBLES_MAX = 3;
const OVERDRAFT = 3;

/** A fault that was injected. Times are seconds since the run began. */
export interface Fault {
  readonly nemesis: Nemesis;
  readonly isInjected: boolean;
  /** What was hit, and what was in the way. */
  readonly target: string;
  readonly from_s: number;
  readonly healed_s: number;
  readonly recovered_s: number;
  /** What did not recover, though all was healed and there was time. */
  readonly trouble?: string;
}

export interface StormOptions {
  readonly naru: ChaosNaru;
  readonly nemeses: readonly Nemesis[];
  readonly random: Random;
  readonly minutes: number;
  /** On a slow machine the time is overdrawn, to at most three times as much, until so many faults were injected. */
  readonly faultsMin: number;
  readonly begin_ms: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** One fault after the other until the time is up: inject, hold, heal, and wait until all is well again. */
export async function storm(options: StormOptions): Promise<Fault[]> {
  const { naru, nemeses, random, minutes, faultsMin, begin_ms, signal, say } = options;
  const now_s = () => (performance.now() - begin_ms) / 1_000;
  const pause = (duration_ms: number) => wait(duration_ms, signal);
  const schedule = rounds(nemeses, random.fork('schedule'));
  const storm_s = minutes * 60;
  const start_s = now_s();
  const faults: Fault[] = [];

  async function inflict(nemesis: Nemesis, index: number): Promise<Fault> {
    const from_s = now_s();
    let injected: Injected | undefined;
    let hitch: string | undefined;
    try {
      injected = await nemesis.inject({ naru, random: random.fork(`fault ${index}`), pause });
      await pause(nemesis.hold_ms);
      await injected.heal();
    } catch (error) {
      // On a slow machine something may come back later than its handle waits; recover() waits longer.
      hitch = reasonOf(error);
    }
    const healed_s = now_s();
    const trouble = await naru.recover(RECOVERY_MS).then(() => undefined, reasonOf);
    return {
      nemesis,
      isInjected: injected !== undefined,
      target: [injected?.target ?? 'not injected', hitch].filter(Boolean).join('; '),
      from_s,
      healed_s,
      recovered_s: now_s(),
      ...(trouble !== undefined && { trouble }),
    };
  }

  const isOver = () => {
    const injected = faults.filter(({ isInjected }) => isInjected).length;
    return now_s() - start_s > storm_s * (injected < faultsMin ? OVERDRAFT : 1);
  };

  while (!isOver() && !signal.aborted) {
    const fault = await inflict(schedule.next().value, faults.length);
    faults.push(fault);
    const { nemesis, target, from_s, recovered_s, trouble } = fault;
    const took = `${(recovered_s - from_s).toFixed(1)} s`;
    say(`${nemesis.name}: ${target}; well again after ${took}${trouble ? `; TROUBLE: ${trouble}` : ''}`);
    if (faults.filter((one) => one.trouble !== undefined).length >= TROUBLES_MAX) break;
    await pause(BETWEEN_FAULTS_MS);
  }
  return faults;
}
