import { describe, expect, it } from '@jest/globals';
import type { IncomingRecord } from '../messaging/broker';
import { fromRecordLine, toRecordLine } from './lines';

const record: IncomingRecord = {
  topic: 'order.created.v1',
  partition: 2,
  offset: 2n ** 60n,
  timestamp_ms: 1_790_000_000_000,
  key: Buffer.from([0, 255]),
  value: Buffer.alloc(0),
  headers: [
    ['twice', Buffer.from('a')],
    ['twice', Buffer.from([200])],
  ],
};

describe('a record as a line', () => {
  it('comes back as it was, whatever its bytes, offset and headers', () => {
    expect(fromRecordLine(JSON.parse(JSON.stringify(toRecordLine(record))))).toEqual(record);
  });

  it('keeps a key or a value that is not there apart from an empty one', () => {
    const none = { ...record, key: null, value: null };
    expect(fromRecordLine(JSON.parse(JSON.stringify(toRecordLine(none))))).toEqual(none);
  });
});
