import type { ChaosNaru } from './chaos-naru';
import type { Random } from './random';

export interface NemesisContext {
  readonly naru: ChaosNaru;
  /** This fault's own choices. */
  readonly random: Random;
  /** Waits, but not longer than the run goes on. */
  readonly pause: (duration_ms: number) => Promise<void>;
}

export interface Injected {
  /** What was hit. */
  readonly target: string;
  /** Undoes the fault, as far as that is not left to recover(). */
  readonly heal: () => Promise<void>;
}

/** One way of hurting Naru. */
export interface Nemesis {
  readonly name: string;
  /** For the report: what it does, in a few words. */
  readonly does: string;
  /** How long the fault stays before it is healed. */
  readonly hold_ms: number;
  readonly inject: (context: NemesisContext) => Promise<Injected>;
}

/** For faults that are over when they are injected. */
export const nothingToHeal = async (): Promise<void> => undefined;
