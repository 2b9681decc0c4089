import { messagingSettings, readConfig, type MessagingConfig } from '@naru/kernel';

/** @throws ConfigError naming every setting that is missing or wrong */
export function boardConfig(): MessagingConfig {
  return readConfig(messagingSettings, process.env);
}
