import { describe, expect, test } from '@jest/globals';
import { decodeCommit } from './committed-offset';

const int16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const string = (text: string) => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
const key = (version: number) =>
  Buffer.concat([int16(version), string('point-consumer-group'), string('user.signed-up'), int32(2)]);
const offset = 5_000_000_000n;

/** As Kafka's OffsetCommitValue.json has them. */
const values: [version: number, value: Buffer][] = [
  [0, Buffer.concat([int16(0), int64(offset), string(''), int64(1n)])],
  [1, Buffer.concat([int16(1), int64(offset), string(''), int64(1n), int64(2n)])],
  [2, Buffer.concat([int16(2), int64(offset), string('m'), int64(1n)])],
  [3, Buffer.concat([int16(3), int64(offset), int32(-1), string(''), int64(1n)])],
  [4, Buffer.concat([int16(4), int64(offset), int32(7), Buffer.from([1]), int64(1n), Buffer.from([0])])],
];

describe('a record of the offsets topic', () => {
  test.each(values)('a commit of version %i', (_, value) => {
    const commit = {
      group: 'point-consumer-group',
      topic: 'user.signed-up',
      partition: 2,
      offset: 5_000_000_000,
    };
    expect(decodeCommit(key(0), value)).toEqual(commit);
    expect(decodeCommit(key(1), value)).toEqual(commit);
  });

  test('without a value the commit was dropped', () => {
    expect(decodeCommit(key(1), null)).toMatchObject({ partition: 2, offset: null });
  });

  test.each([2, 3, 9])('keys of version %i are about groups, not commits', (version) => {
    expect(decodeCommit(Buffer.concat([int16(version), string('group')]), null)).toBeUndefined();
  });

  test('a form that is not known is an error, not a silence', () => {
    expect(() => decodeCommit(key(1), Buffer.concat([int16(5), int64(1n)]))).toThrow('version 5');
    expect(() => decodeCommit(key(1).subarray(0, 12), null)).toThrow('cut short');
  });
});
