import type { Nemesis } from '../nemesis';
import { belowMinIsrForAMinute, brokerNemeses, hangingLeaderKill, leaderKill } from './brokers';
import { messageNemeses } from './messages';
import { networkNemeses } from './network';
import { eachServiceKill, serviceNemeses } from './services';
import { databaseRestarts, storeNemeses } from './stores';

/**
 * What a run draws from unless it is told otherwise. Kafka is hurt by killing and pausing brokers, not through a
 * proxy: a broker tells its clients its own address.
 */
export const nemeses: readonly Nemesis[] = [
  ...brokerNemeses,
  ...serviceNemeses,
  ...storeNemeses,
  ...networkNemeses,
  ...messageNemeses,
];

/** Long ones, for runs of their own: `--only below-min-isr`, `--only database-restarts`. */
export const scenarios: readonly Nemesis[] = [belowMinIsrForAMinute, databaseRestarts];

/** With the unsafe way of sending. */
export const unsafeNemeses: readonly Nemesis[] = [hangingLeaderKill];

/** For a run of orders: a broker, and each service in turn. */
export const orderNemeses: readonly Nemesis[] = [leaderKill, ...eachServiceKill];

/** A few that together touch every part, for CI. */
export const shortNames: readonly string[] = [
  'leader-kill',
  'two-brokers',
  'service-kill',
  'database-kill',
  'crash-after-commit-before-publish',
  'duplicates',
  'poison-flood',
];
