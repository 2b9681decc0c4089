import { UsageError } from './arguments';
import { parseServiceSettings } from './service-settings';

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
