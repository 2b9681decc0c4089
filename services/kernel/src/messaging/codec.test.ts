import { eventSchemas, topics } from '@naru/contracts';
import { createCodec, EVENT_BYTES_MAX } from './codec';

const codec = createCodec({ topics, schemas: eventSchemas });
const user = { userId: 1, name: '나루 🛶', email: 'a@example.com', version: 1 };

function incoming(value: Buffer, more: [string, string][] = []) {
  const headers = [['ce_id', 'e-1'], ['ce_type', 'user.signed-up'], ...more] as const;
  return {
    topic: 'user.signed-up',
    partition: 0,
    offset: 3n,
    timestamp_ms: 1_000,
    key: Buffer.from('1'),
    value,
    headers: headers.map(([name, text]) => [name, Buffer.from(text)] as const),
  };
}

test('what is encoded is decoded again', () => {
  const event = codec.decode(incoming(codec.encode('user.signed-up', user)));
  expect(event).toMatchObject({
    id: 'e-1',
    type: 'user.signed-up',
    data: user,
    correlationId: 'e-1',
    time_ms: 1_000,
  });
});

test.each([
  ['a missing field', { userId: 1, name: 'n', email: 'e' }],
  ['a wrong type', { ...user, userId: '1' }],
  ['a fraction', { ...user, userId: 1.5 }],
  ['a field that is not declared', { ...user, password: 'secret' }],
])('%s is not written', (_, data) => {
  expect(() => codec.encode('user.signed-up', data)).toThrow(/does not fit its schema/);
});

test('too large a payload is not written', () => {
  expect(() => codec.encode('user.signed-up', { ...user, name: 'x'.repeat(EVENT_BYTES_MAX) })).toThrow(
    /bytes/,
  );
});

test('a field that a newer writer added is passed over when read', () => {
  const newer = Buffer.from(JSON.stringify({ ...user, nickname: 'n' }));
  expect(codec.decode(incoming(newer)).data).toMatchObject(user);
});

test('an id that is not UTF-8 is poison, for replacement characters would make it equal to others', () => {
  const record = incoming(codec.encode('user.signed-up', user));
  const headers = record.headers.map(([name, value]) =>
    name === 'ce_id' ? ([name, Buffer.from([0xff])] as const) : ([name, value] as const),
  );
  expect(() => codec.decode({ ...record, headers })).toThrow(/not UTF-8/);
});

test('content-type with a parameter is JSON all the same; another is poison', () => {
  const value = codec.encode('user.signed-up', user);
  expect(codec.decode(incoming(value, [['content-type', 'application/json; charset=utf-8']])).id).toBe('e-1');
  expect(() => codec.decode(incoming(value, [['content-type', 'avro/binary']]))).toThrow(/not known/);
});

test('ce_time is when it happened; one that is no time gives way to the record’s', () => {
  const value = codec.encode('user.signed-up', user);
  const time = '2026-11-20T10:00:00.250Z';
  expect(codec.decode(incoming(value, [['ce_time', time]])).time_ms).toBe(Date.parse(time));
  expect(codec.decode(incoming(value, [['ce_time', 'yesterday']])).time_ms).toBe(1_000);
});
