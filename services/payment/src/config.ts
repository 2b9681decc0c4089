import { Type, type Static, type TObject } from '@sinclair/typebox';
import { messagingSettings, readConfig } from '@naru/kernel';

const settings = {
  ...messagingSettings,
  /** How long the simulated provider takes to answer, milliseconds. */
  PROVIDER_DELAY_MS: Type.Integer({ minimum: 0, maximum: 600_000, default: 0 }),
  /** Of a hundred calls so many get no answer from the simulated provider. */
  PROVIDER_FAILURES_PERCENT: Type.Integer({ minimum: 0, maximum: 100, default: 0 }),
  /** Names what is wrong with the provider at the moment; see contracts' faults. */
  PROVIDER_FAULTS_FILE: Type.Optional(Type.String({ minLength: 1 })),
};

export type PaymentConfig = Static<TObject<typeof settings>>;

/** @throws ConfigError naming every setting that is missing or wrong */
export function paymentConfig(): PaymentConfig {
  return readConfig(settings, process.env);
}
