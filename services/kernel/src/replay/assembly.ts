import type { EventType } from '@naru/contracts';
import type { Transaction } from '../database/database';
import type { Event } from '../messaging/codec';

/** Something that a service would have done outside its database. */
export interface CapturedEffect {
  /** Who would have been asked: `smtp`, `payment-provider`, … */
  readonly dependency: string;
  /** What would have been asked of it, in a word: `send`, `capture`, … */
  readonly action: string;
  readonly details: Readonly<Record<string, string | number | null>>;
}

/** There only while records are replayed: composition roots then put capturing ports in the place of those that reach out. */
export interface Shadow {
  /** Notes an effect instead of making it. */
  capture(effect: CapturedEffect): void;
  /** Why events were given up then, by event id: a capturing port refuses what was refused outside, and nothing else. */
  readonly givenUp: ReadonlyMap<string, string>;
}

/**
 * Does in the scratch database what a request, or an answer from outside, had done: it is known from the event of the
 * service's own that told of it. `given`: the event is taken as it is. `redone`: the handler decides anew and tells of
 * it again, and what it tells is compared.
 */
export interface Restoration<T extends EventType = EventType> {
  readonly kind: 'given' | 'redone';
  readonly types: readonly T[];
  handle(trx: Transaction, events: readonly Event<T>[]): Promise<void>;
}

export function restoration<T extends EventType>(
  kind: Restoration['kind'],
  types: readonly T[],
  handle: Restoration<T>['handle'],
): Restoration {
  return { kind, types, handle };
}

/** What replaying a service needs besides its handlers. */
export interface ReplayAssembly {
  readonly restorations?: readonly Restoration[];
  /** What the service's parts would have done by now; called after each batch, for parts are not started. */
  settle?(): Promise<void>;
  /** Whether handling one key depends on others, as stock does, so that all earlier records are needed. */
  readonly dependsOnOtherKeys?: boolean;
  /** In what a replay cannot be faithful, a sentence each. */
  readonly caveats?: readonly string[];
}
