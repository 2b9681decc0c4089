import { UsageError } from './arguments';
import { sourcesOf } from './sources';

const elsewhere = { brokers: 'kafka:9093', database: 'mysql://operator:secret@mysql:3306' };

test('flags name another Naru', () => {
  const sources = sourcesOf({ ...elsewhere, mail: 'http://mail:8025' }, {});
  expect(sources.kafka().brokers).toEqual(['kafka:9093']);
  expect(sources.databaseUrl('order')).toBe('mysql://operator:secret@mysql:3306/naru_order');
  expect(sources.mailWebUrl()).toBe('http://mail:8025');
});

test('so does the environment, with credentials for Kafka', () => {
  const sources = sourcesOf(
    {},
    {
      KAFKA_BROKERS: 'kafka:9093',
      KAFKA_CA_FILE: __filename,
      KAFKA_USERNAME: 'naru-operator',
      KAFKA_PASSWORD: 'secret',
      DATABASE_URL: 'mysql://operator:secret@mysql:3306/',
    },
  );
  expect(sources.kafka()).toMatchObject({
    brokers: ['kafka:9093'],
    caFile: __filename,
    credentials: { username: 'naru-operator', password: 'secret' },
  });
  expect(sources.databaseUrl('user')).toBe('mysql://operator:secret@mysql:3306/naru_user');
});

test('the name of a service may be in the host of its database', () => {
  const database = 'mysql://operator:secret@mysql-{service}:3306';
  expect(sourcesOf({ database }, {}).databaseUrl('point')).toBe(
    'mysql://operator:secret@mysql-point:3306/naru_point',
  );
});

test('a flag wins over the environment', () => {
  const environment = { KAFKA_BROKERS: 'other:9092', DATABASE_URL: 'mysql://u:p@other:3306' };
  const sources = sourcesOf(elsewhere, environment);
  expect(sources.kafka().brokers).toEqual(['kafka:9093']);
  expect(sources.databaseUrl('board')).toContain('@mysql:3306/');
});

test('what is missing or wrong is said, and no password with it', () => {
  expect(() => sourcesOf({ directory: 'd', brokers: 'kafka:9093' }, {})).toThrow(UsageError);
  expect(() => sourcesOf({ brokers: 'kafka:9093' }, {}).databaseUrl('user')).toThrow(/which database/);
  expect(() => sourcesOf({ database: elsewhere.database }, {}).kafka()).toThrow(/which Kafka/);
  expect(() => sourcesOf(elsewhere, {}).databaseUrl('gateway')).toThrow(/--service is one of/);
  const wrong = () => sourcesOf({ database: 'http://u:secret@mysql' }, {}).databaseUrl('user');
  expect(wrong).toThrow(/^(?!.*secret).*mysql:\/\//);
});

test('a directory means the local platform, whatever the environment says', () => {
  const environment = { DATABASE_URL: 'mysql://u:p@other:3306' };
  expect(() => sourcesOf({ directory: '/nowhere' }, environment).databaseUrl('user')).toThrow(
    /no platform is running on/,
  );
});
