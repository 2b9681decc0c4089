import { effect, signal } from '@preact/signals';
import { overview } from '../stream';
import { writtenPerSecond } from './topology';

/** How far back the chart goes. */
export const SECONDS_MAX = 300;

/** One second of the chart: unix time in seconds, events written a second, records not yet consumed if all groups tell. */
export interface Moment {
  readonly at_s: number;
  readonly rate: number;
  readonly lag: number | null;
}

/** The last five minutes, as far as this page has seen them. */
export const history = signal<readonly Moment[]>([]);

/** Notes each overview, whichever view is open. */
export function keepHistory(): void {
  effect(() => {
    if (!overview.value) return;
    const { at, groups } = overview.value;
    const moment = {
      at_s: Date.parse(at) / 1_000,
      rate: writtenPerSecond.value,
      lag: groups.reduce<number | null>(
        (sum, { lag }) => (sum === null || lag === null ? null : sum + lag),
        0,
      ),
    };
    history.value = withMoment(history.peek(), moment);
  });
}

/** Adds a moment, in place of one of the same second or later, and forgets what is too old for the chart. */
export function withMoment(before: readonly Moment[], moment: Moment): readonly Moment[] {
  const kept = before.filter(({ at_s }) => at_s < moment.at_s && at_s > moment.at_s - SECONDS_MAX);
  return [...kept, moment];
}
