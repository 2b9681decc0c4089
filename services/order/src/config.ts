import { messagingSettings, readConfig } from '@naru/kernel';
import { Type, type Static, type TObject } from '@sinclair/typebox';

const settings = {
  ...messagingSettings,
  /** An order with items that is neither confirmed nor rejected by then is given up. */
  SAGA_DEADLINE_S: Type.Integer({ minimum: 1, maximum: 24 * 60 * 60, default: 60 }),
};

export type OrderConfig = Static<TObject<typeof settings>>;

/** @throws ConfigError naming every setting that is missing or wrong */
export function orderConfig(): OrderConfig {
  return readConfig(settings, process.env);
}
