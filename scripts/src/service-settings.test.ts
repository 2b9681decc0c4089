import { UsageError } from './arguments';
import { parseOtlpEndpoint, parseServiceSettings } from './service-settings';

it('is nothing without the flag', () => {
  expect(parseServiceSettings(undefined)).toEqual({});
});

it('takes several variables of several services, empty ones too', () => {
  const text = 'notification.NOTIFICATION_FAIL_PREFIX=,payment.PROVIDER_DELAY_MS=500,payment.LOG_LEVEL=debug';
  expect(parseServiceSettings(text)).toEqual({
    notification: { NOTIFICATION_FAIL_PREFIX: '' },
    payment: { PROVIDER_DELAY_MS: '500', LOG_LEVEL: 'debug' },
  });
});

it.each(['', 'payment', 'payment.delay=1', 'PROVIDER_DELAY_MS=1', 'unknown.LOG_LEVEL=debug', 'toString.A=1'])(
  'refuses "%s"',
  (text) => {
    expect(() => parseServiceSettings(text)).toThrow(UsageError);
  },
);

describe('--otlp', () => {
  it('tells every service where spans go; without it none', () => {
    expect(parseOtlpEndpoint(undefined)).toEqual({});
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
    expect(parseOtlpEndpoint('http://127.0.0.1:4318')).toEqual(endpoint);
    expect(parseOtlpEndpoint('http://127.0.0.1:4318/')).toEqual(endpoint);
    expect(parseOtlpEndpoint('https://traces.example.com/otlp')).toEqual({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://traces.example.com/otlp',
    });
  });

  it.each(['', 'localhost:4318', '127.0.0.1', 'grpc://a:4317', 'http://a:4318/v1/traces', 'http://a?b=c'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseOtlpEndpoint(text)).toThrow(UsageError);
    },
  );
});
