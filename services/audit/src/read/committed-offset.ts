import type { Commit } from '../facts';

/**
 * Records of Kafka's `__consumer_offsets` (OffsetCommitKey and OffsetCommitValue in Kafka's group-coordinator
 * messages). Keys of version 0 and 1 are commits; later ones are about groups and members.
 */
const COMMIT_KEY_VERSION_MAX = 1;
/** Up to this version a value begins with the offset. */
const COMMIT_VALUE_VERSION_MAX = 4;

/**
 * The commit that a record of the offsets topic tells of, or undefined when it tells of something else.
 * @throws Error when its form is not known
 */
export function decodeCommit(key: Buffer | null, value: Buffer | null): Commit | undefined {
  if (key === null || key.readInt16BE(0) > COMMIT_KEY_VERSION_MAX) return undefined;
  const group = text(key, 2);
  const topic = text(key, group.end);
  const partition = key.readInt32BE(topic.end);
  return { group: group.value, topic: topic.value, partition, offset: value && offsetIn(value) };
}

function text(bytes: Buffer, at: number): { value: string; end: number } {
  const end = at + 2 + bytes.readInt16BE(at);
  if (end > bytes.length) throw new Error('a key of the offsets topic is cut short');
  return { value: bytes.toString('utf8', at + 2, end), end };
}

function offsetIn(value: Buffer): number {
  const version = value.readInt16BE(0);
  if (version < 0 || version > COMMIT_VALUE_VERSION_MAX)
    throw new Error(`values of version ${version} in the offsets topic are not known`);
  return Number(value.readBigInt64BE(2));
}
