import { Type } from '@sinclair/typebox';
import { ConfigError, messagingSettings, readConfig } from './config';

const usable = {
  HTTP_PORT: '8084',
  DATABASE_URL: 'mysql://u:p@127.0.0.1:3306/d',
  KAFKA_BROKERS: '127.0.0.1:19092,127.0.0.1:29092',
  HMAC_SECRET: 'ab'.repeat(32),
};

test('numbers and booleans are converted and defaults filled in', () => {
  const config = readConfig(messagingSettings, { ...usable, MIGRATE_ON_START: 'true', UNRELATED: 'x' });
  expect(config).toMatchObject({
    HTTP_PORT: 8084,
    MIGRATE_ON_START: true,
    ROLES: 'api,consumer',
    LOG_LEVEL: 'info',
  });
  expect(config).not.toHaveProperty('UNRELATED');
});

test('every variable that is missing or wrong is named at once', () => {
  const env = { ...usable, HTTP_PORT: 'eighty', ROLES: 'admin', DATABASE_URL: undefined };
  const read = () => readConfig({ ...messagingSettings, EXTRA: Type.String() }, env);
  expect(read).toThrow(ConfigError);
  for (const name of ['HTTP_PORT', 'ROLES', 'DATABASE_URL', 'EXTRA']) expect(read).toThrow(new RegExp(name));
});
