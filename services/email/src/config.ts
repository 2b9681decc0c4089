import { Type } from '@sinclair/typebox';
import { messagingSettings, readConfig } from '@naru/kernel';

const settings = {
  ...messagingSettings,
  /** smtp://[user:password@]host[:port], or smtps:// for TLS from the first byte. */
  SMTP_URL: Type.String({ pattern: '^smtps?://.+' }),
  MAIL_FROM: Type.String({ pattern: '.@.', default: 'Naru <welcome@naru.example>' }),
};

/** @throws ConfigError naming every setting that is missing or wrong */
export function emailConfig() {
  return readConfig(settings, process.env);
}
