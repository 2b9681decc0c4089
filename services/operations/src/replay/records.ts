import { eventHeaders, topicSpecifications } from '@naru/contracts';
import { headerText, laneOf, type IncomingRecord, type KafkaObserver } from '@naru/kernel';

const partitionsOf = new Map(topicSpecifications().map(({ name, partitions }) => [name, partitions]));

/** What a topic holds, each partition's records in their order. */
export interface TopicReading {
  /** By `laneOf`. */
  readonly lanes: ReadonlyMap<string, readonly IncomingRecord[]>;
  /** Older records that were left out, for there were more than the limit. */
  readonly leftOut: number;
  /** Records before the beginning of the log. */
  readonly gone: number;
}

/**
 * Reads a topic from its beginning to its present end, without a group.
 * @param limit of records of one partition; the newest are read
 * @throws InfrastructureError when no broker answers
 */
export async function readTopic(
  broker: Pick<KafkaObserver, 'read' | 'offsetRange'>,
  topic: string,
  limit: number,
): Promise<TopicReading> {
  const lanes = new Map<string, IncomingRecord[]>();
  let leftOut = 0;
  let gone = 0;
  for (let number = 0; number < (partitionsOf.get(topic) ?? 0); number++) {
    const partition = { topic, partition: number };
    const { low, high } = await broker.offsetRange(partition);
    const from = high - low > BigInt(limit) ? high - BigInt(limit) : low;
    leftOut += Number(from - low);
    gone += Number(low);
    const records: IncomingRecord[] = [];
    for await (const record of broker.read(partition, from, high)) records.push(record);
    lanes.set(laneOf(partition), records);
  }
  return { lanes, leftOut, gone };
}

/** Whose story a record is a part of: its key, or where there is none its subject; else it stands for itself. */
export function storyOf({ key, headers, topic, partition, offset }: IncomingRecord): string {
  const told = key?.toString('utf8') ?? headerText(headers, eventHeaders.subject);
  return told === undefined || told === '' ? `${laneOf({ topic, partition })}@${offset}` : told;
}
