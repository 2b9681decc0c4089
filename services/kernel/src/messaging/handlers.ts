import type { EventType } from '@naru/contracts';
import type { Database, Transaction } from '../database/database';
import type { Event } from './codec';

/**
 * What becomes of a record that fails for good. `dead-letter`: it goes to the dead-letter topic and its key goes on.
 * `park`: its key stops; later records of the key wait behind it in the service's database, in order, until it is
 * released or discarded. A record without a key, or with one of more than 1,024 bytes, is always a dead letter.
 */
export type OnFailure = 'dead-letter' | 'park';

/**
 * Effects that live in the service's own database. Handles a batch of events, none of which this group has handled
 * before, in one transaction that also holds inbox, progress and outbox. Lock all aggregates once, in sorted order.
 */
export interface TransactionalHandler<T extends EventType = EventType> {
  readonly kind: 'transactional';
  readonly types: readonly T[];
  /** `dead-letter` by default. A record that cannot be read is parked if any handler of its topic parks. */
  readonly onFailure?: OnFailure;
  /** @throws PermanentError when a business rule refuses an event; the batch is then taken event by event */
  handle(trx: Transaction, events: readonly Event<T>[]): Promise<void>;
}

/**
 * An effect outside the database (a mail, a call). Each event is claimed, called and marked on its own; events of
 * one key in order, several keys at once. After a crash between call and mark the call is made again.
 */
export interface EffectHandler<T extends EventType = EventType> {
  readonly kind: 'effect';
  readonly types: readonly T[];
  /** What the effect depends on, for the infrastructure failure that a missed deadline is. */
  readonly dependency: string;
  readonly deadline_ms: number;
  /**
   * Claims the event under a lease longer than the deadline.
   * @returns `done` when its effect is there already, `held` while another process is at it
   */
  claim(database: Database, event: Event<T>): Promise<'claimed' | 'done' | 'held'>;
  /** @throws InfrastructureError to be tried again for ever, PermanentError to be tried as the policy says */
  call(event: Event<T>, signal: AbortSignal): Promise<void>;
  mark(trx: Transaction, event: Event<T>): Promise<void>;
  /** Notes that the event has become a dead letter, in the transaction that writes it. */
  fail(trx: Transaction, event: Event<T>, error: unknown): Promise<void>;
}

export type AnyHandler = TransactionalHandler | EffectHandler;

export function transactional<T extends EventType>(
  types: readonly T[],
  handle: TransactionalHandler<T>['handle'],
  options: { readonly onFailure?: OnFailure } = {},
): TransactionalHandler<T> {
  return { kind: 'transactional', types, handle, ...options };
}
