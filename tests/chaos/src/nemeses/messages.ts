import { randomBytes, randomUUID } from 'node:crypto';
import { eventHeaders, topics, type TopicName } from '@naru/contracts';
import type { IncomingRecord, OutgoingRecord, RecordHeaders } from '@naru/kernel';
import { nothingToHeal, type Nemesis, type NemesisContext } from '../nemesis';

const DUPLICATES_MAX = 200n;
const POISON_A_PARTITION = 10;

interface Lane {
  readonly topic: TopicName;
  readonly partition: number;
}

const lanes: readonly Lane[] = (Object.keys(topics) as TopicName[]).flatMap((topic) =>
  Array.from({ length: topics[topic].partitions }, (_, partition) => ({ topic, partition })),
);

/** Not acknowledged is not sent again here: what is in the topic is what the audit judges. */
async function produce({ naru: { broker } }: NemesisContext, lane: Lane, records: readonly OutgoingRecord[]) {
  if (records.length > 0) await broker.produce(lane.topic, lane.partition, records);
  return records.length;
}

const duplicates: Nemesis = {
  name: 'duplicates',
  does: 'the newest records of every partition are written to it once more',
  hold_ms: 0,
  async inject(context) {
    let count = 0;
    for (const lane of lanes) count += await produce(context, lane, await newest(context, lane));
    return { target: `${count} records`, heal: nothingToHeal };
  },
};

async function newest({ naru: { broker } }: NemesisContext, lane: Lane): Promise<IncomingRecord[]> {
  const { low, high } = await broker.offsetRange(lane);
  const from = high - low > DUPLICATES_MAX ? high - DUPLICATES_MAX : low;
  const records: IncomingRecord[] = [];
  for await (const record of broker.read(lane, from, high)) records.push(record);
  return records;
}

const poisonFlood: Nemesis = {
  name: 'poison-flood',
  does: 'records that no consumer can read, among the others of every partition',
  hold_ms: 0,
  async inject(context) {
    let count = 0;
    for (const lane of lanes) {
      const records = Array.from({ length: POISON_A_PARTITION }, () => poison(context, lane.topic));
      count += await produce(context, lane, records);
    }
    return { target: `${count} records`, heal: nothingToHeal };
  },
};

function poison({ random }: NemesisContext, topic: TopicName): OutgoingRecord {
  const key = Buffer.from(String(random.integer(1, 50)));
  const type = topics[topic].events[0];
  const makers: readonly (() => OutgoingRecord)[] = [
    () => ({ key, value: null, headers: envelope(type) }),
    () => ({ key, value: randomBytes(random.integer(1, 500)), headers: envelope(type) }),
    () => ({ key, value: Buffer.from('{"userId":'), headers: envelope(type) }),
    () => ({ key, value: Buffer.from('{"userId":"one"}'), headers: envelope(type) }),
    () => ({ key, value: Buffer.from('{}'), headers: envelope('naru.undeclared') }),
    () => ({ key: null, value: Buffer.from('{"userId":1}'), headers: [] }),
  ];
  return random.pick(makers)();
}

function envelope(type: string): RecordHeaders {
  const headers = {
    [eventHeaders.specVersion]: '1.0',
    [eventHeaders.id]: randomUUID(),
    [eventHeaders.source]: '/naru/chaos',
    [eventHeaders.type]: type,
    [eventHeaders.contentType]: 'application/json',
  };
  return Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const);
}

export const messageNemeses: readonly Nemesis[] = [duplicates, poisonFlood];
