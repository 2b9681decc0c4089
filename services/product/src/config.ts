import { messagingSettings, readConfig, type MessagingConfig } from '@naru/kernel';

/** @throws ConfigError naming every setting that is missing or wrong */
export function productConfig(): MessagingConfig {
  return readConfig(messagingSettings, process.env);
}
