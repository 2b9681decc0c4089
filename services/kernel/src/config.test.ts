import { Type } from '@sinclair/typebox';
import { ConfigError, kafkaAccess, messagingSettings, readConfig } from './config';

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

describe('how events are written', () => {
  test('as JSON, unless it is said otherwise', () => {
    expect(readConfig(messagingSettings, usable)).toMatchObject({ EVENT_ENCODING: 'json' });
  });

  test('Avro needs a registry, and nothing else is needed for it', () => {
    const avro = { ...usable, EVENT_ENCODING: 'avro' };
    expect(() => readConfig(messagingSettings, avro)).toThrow(
      new ConfigError(['SCHEMA_REGISTRY_URL is missing beside EVENT_ENCODING=avro']),
    );
    const SCHEMA_REGISTRY_URL = 'http://127.0.0.1:18081/apis/ccompat/v7';
    expect(readConfig(messagingSettings, { ...avro, SCHEMA_REGISTRY_URL })).toMatchObject({
      EVENT_ENCODING: 'avro',
      SCHEMA_REGISTRY_URL,
    });
  });

  test.each([
    ['EVENT_ENCODING', 'protobuf'],
    ['SCHEMA_REGISTRY_URL', 'registry:18081'],
  ])('%s is not %s', (name, value) => {
    expect(() => readConfig(messagingSettings, { ...usable, [name]: value })).toThrow(new RegExp(name));
  });
});

describe('how Kafka is reached', () => {
  const certificates = __filename;

  test('plainly, unless more is given', () => {
    const access = kafkaAccess(readConfig(messagingSettings, usable));
    expect(access).toEqual({ brokers: ['127.0.0.1:19092', '127.0.0.1:29092'] });
  });

  test('by TLS and with credentials', () => {
    const given = { KAFKA_CA_FILE: certificates, KAFKA_USERNAME: 'naru-user', KAFKA_PASSWORD: 'secret' };
    const access = kafkaAccess(readConfig(messagingSettings, { ...usable, ...given }));
    expect(access.caFile).toBe(certificates);
    expect(access.credentials).toEqual({ username: 'naru-user', password: 'secret' });
  });

  test.each([
    ['KAFKA_USERNAME', 'KAFKA_PASSWORD'],
    ['KAFKA_PASSWORD', 'KAFKA_USERNAME'],
  ])('%s without %s is refused by name', (given, missing) => {
    const read = () => readConfig(messagingSettings, { ...usable, [given]: 'x' });
    expect(read).toThrow(new ConfigError([`${missing} is missing beside ${given}`]));
  });

  test('certificates that cannot be read are refused at the start', () => {
    const config = readConfig(messagingSettings, { ...usable, KAFKA_CA_FILE: `${certificates}.absent` });
    expect(() => kafkaAccess(config)).toThrow(/KAFKA_CA_FILE cannot be read: .*absent/);
  });
});
