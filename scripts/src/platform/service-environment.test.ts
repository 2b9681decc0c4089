import { portsFor } from './ports';
import { serviceEnvironment, type EnvironmentSource } from './service-environment';

const source: EnvironmentSource = {
  ports: portsFor(300),
  brokers: 3,
  secrets: {
    databasePasswords: { root: 'r', naru_user: 'u', naru_email: 'e' },
    hmacSecret: 'h',
    operatorToken: 'o',
  },
  jwtKeysFile: '/keys.json',
};

describe('the environment of a service', () => {
  it('is what its configuration reads', () => {
    expect(serviceEnvironment(source, 'user', 1)).toMatchObject({
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '8384',
      ROLES: 'api,consumer',
      INSTANCE: 'user-1',
      KAFKA_BROKERS: '127.0.0.1:19392,127.0.0.1:29392,127.0.0.1:24392',
      DATABASE_URL: 'mysql://naru_user:u@127.0.0.1:13606/naru_user',
      REDIS_URL: 'redis://127.0.0.1:16679',
      SMTP_URL: 'smtp://127.0.0.1:1325',
      JWT_KEYS_FILE: '/keys.json',
      HMAC_SECRET: 'h',
      MIGRATE_ON_START: 'true',
      USER_SERVICE_URL: 'http://127.0.0.1:8384',
      POINT_SERVICE_URL: 'http://127.0.0.1:8386',
    });
  });

  it('differs between instances in port and name only', () => {
    const first = serviceEnvironment(source, 'email', 1);
    const second = serviceEnvironment(source, 'email', 2);
    const { HTTP_PORT, INSTANCE, ...others } = second;
    expect({ HTTP_PORT, INSTANCE }).toEqual({ HTTP_PORT: '8489', INSTANCE: 'email-2' });
    expect(first).toMatchObject(others);
    expect(first['ROLES']).toBe('consumer');
  });

  it('says how events are written, and where their schemas are if anywhere', () => {
    const plain = serviceEnvironment(source, 'board', 1);
    expect(plain).toMatchObject({ EVENT_ENCODING: 'json' });
    expect(plain).not.toHaveProperty('SCHEMA_REGISTRY_URL');
    const avro = { ...source, encoding: 'avro', schemaRegistryUrl: 'http://127.0.0.1:18381' } as const;
    expect(serviceEnvironment(avro, 'board', 1)).toMatchObject({
      EVENT_ENCODING: 'avro',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:18381',
    });
  });

  it('has no database for a service that owns none', () => {
    expect(serviceEnvironment(source, 'gateway', 1)).not.toHaveProperty('DATABASE_URL');
  });

  it('lets the caller add to all services and to one, the one last', () => {
    const extra = { '*': { LOG_LEVEL: 'warn', A: '1' }, user: { A: '2' } };
    expect(serviceEnvironment({ ...source, extra }, 'user', 1)).toMatchObject({ LOG_LEVEL: 'warn', A: '2' });
    expect(serviceEnvironment({ ...source, extra }, 'board', 1)).toMatchObject({ LOG_LEVEL: 'warn', A: '1' });
  });
});
