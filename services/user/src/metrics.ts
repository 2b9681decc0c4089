import type { Metrics } from '@naru/kernel';
import { Counter, Gauge } from 'prom-client';

export const userMetricNames = {
  signUpPoints: 'naru_user_sign_up_points_total',
  logins: 'naru_user_logins_total',
  hashes: 'naru_user_password_hashes_total',
  hashesWaiting: 'naru_user_password_hashes_waiting',
  hashesRefused: 'naru_user_password_hashes_refused_total',
} as const;

export type UserMetrics = ReturnType<typeof createUserMetrics>;

export function createUserMetrics({ registry }: Metrics) {
  const registers = [registry];
  return {
    signUpPoints: new Counter({
      name: userMetricNames.signUpPoints,
      help: 'Calls that grant the points of a sign-up, by outcome: granted, failed, skipped',
      labelNames: ['outcome'],
      registers,
    }),
    logins: new Counter({
      name: userMetricNames.logins,
      help: 'Sign-ins by outcome: succeeded, refused, throttled',
      labelNames: ['outcome'],
      registers,
    }),
    hashes: new Counter({
      name: userMetricNames.hashes,
      help: 'Passwords hashed or checked',
      registers,
    }),
    hashesWaiting: new Gauge({
      name: userMetricNames.hashesWaiting,
      help: 'Requests waiting for a password hash',
      registers,
    }),
    hashesRefused: new Counter({
      name: userMetricNames.hashesRefused,
      help: 'Requests refused because too many wait for a password hash',
      registers,
    }),
  };
}
