import type { OutgoingRecord } from '@naru/kernel';
import type { TopicMessages } from 'kafkajs';
import { mergedProduce } from './unsafe-send';

const record = (value: string, headers: OutgoingRecord['headers'] = []): OutgoingRecord => ({
  key: Buffer.from('key'),
  value: Buffer.from(value),
  headers,
});

test('calls that come together are one send over several partitions and topics', async () => {
  const sends: TopicMessages[][] = [];
  const produce = mergedProduce(async (topicMessages) => void sends.push(topicMessages));
  await Promise.all([
    produce('a', 0, [record('1'), record('2')]),
    produce('a', 2, [record('3')]),
    produce('b', 1, [record('4')]),
  ]);
  await produce('a', 0, [record('5')]);
  const shape = (send: TopicMessages[]) =>
    send.map(({ topic, messages }) => [
      topic,
      messages.map(({ partition, value }) => `${partition}:${String(value)}`),
    ]);
  expect(sends.map(shape)).toEqual([
    [
      ['a', ['0:1', '0:2', '2:3']],
      ['b', ['1:4']],
    ],
    [['a', ['0:5']]],
  ]);
});

test('a send that fails fails every call in it, as infrastructure', async () => {
  const produce = mergedProduce(async () => {
    throw new Error('no leader');
  });
  const calls = await Promise.allSettled([produce('a', 0, [record('1')]), produce('a', 1, [record('2')])]);
  expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(produce('a', 0, [record('1')])).rejects.toMatchObject({ dependency: 'broker' });
});

test('headers keep every value of a name', async () => {
  let sent: TopicMessages[] = [];
  const produce = mergedProduce(async (topicMessages) => void (sent = topicMessages));
  const headers = ['first', 'second'].map((text) => ['constructor', Buffer.from(text)] as const);
  await produce('a', 0, [record('1', headers)]);
  expect(sent[0]?.messages[0]?.headers).toEqual({ constructor: headers.map(([, value]) => value) });
});
