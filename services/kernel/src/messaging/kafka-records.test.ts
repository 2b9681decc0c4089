import { InfrastructureError } from '../errors';
import {
  brokerError,
  fromKafkaMessage,
  partitionOf,
  RecordRefusedError,
  toKafkaHeaders,
} from './kafka-records';

// murmur2 values of org.apache.kafka.common.utils.UtilsTest, made positive and taken modulo 1000.
test.each([
  ['21', (-973932308 & 0x7fffffff) % 1000],
  ['foobar', (-790332482 & 0x7fffffff) % 1000],
  ['a-little-bit-long-string', (-985981536 & 0x7fffffff) % 1000],
])('the partition of %s is the one that Java clients choose', (key, partition) => {
  expect(partitionOf('t', Buffer.from(key), 1000)).toBe(partition);
});

test('headers survive the way through kafkajs, doubled names and binary values too', () => {
  const headers = [
    ['a', Buffer.from([0xff])],
    ['b', Buffer.from('1')],
    ['b', Buffer.from('2')],
  ] as const;
  const message = {
    key: null,
    value: null,
    timestamp: '5',
    attributes: 0,
    offset: '9',
    headers: toKafkaHeaders(headers),
  };
  expect(fromKafkaMessage('t', 1, message)).toMatchObject({ offset: 9n, timestamp_ms: 5, headers });
});

test('errors of the broker are refusals or infrastructure, also when kafkajs wraps them', () => {
  const wrapped = Object.assign(new Error('x'), { cause: { type: 'MESSAGE_TOO_LARGE' } });
  expect(brokerError(wrapped)).toBeInstanceOf(RecordRefusedError);
  expect(brokerError(Object.assign(new Error('x'), { type: 'NOT_ENOUGH_REPLICAS' }))).toBeInstanceOf(
    InfrastructureError,
  );
});
