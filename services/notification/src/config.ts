import { messagingSettings, readConfig } from '@naru/kernel';
import { Type } from '@sinclair/typebox';

const settings = {
  ...messagingSettings,
  REDIS_URL: Type.String({ pattern: '^rediss?://.+' }),
  /** Notifications of customers whose id begins so fail, to show retries and dead letters; empty: none does. */
  NOTIFICATION_FAIL_PREFIX: Type.String({ default: 'fail-' }),
};

/** @throws ConfigError naming every setting that is missing or wrong */
export function notificationConfig() {
  return readConfig(settings, process.env);
}
