import { messagingSettings, readConfig } from '@naru/kernel';
import { Type, type Static, type TObject } from '@sinclair/typebox';

const settings = {
  ...messagingSettings,
  /** Heard events are kept this long after they were applied, in seconds. */
  HEARD_RETENTION_S: Type.Integer({ minimum: 0, default: 7 * 24 * 60 * 60 }),
};

export type CatalogConfig = Static<TObject<typeof settings>>;

/** @throws ConfigError naming every setting that is missing or wrong */
export function catalogConfig(): CatalogConfig {
  return readConfig(settings, process.env);
}
