import { randomUUID } from 'node:crypto';
import { eventHeaders, topicOf, topics, type EventPayloads, type EventType } from '@naru/contracts';
import { createCodec, naruContracts, partitionOf, type Broker, type OutgoingRecord } from '@naru/kernel';

export interface Published<T extends EventType = EventType> {
  readonly type: T;
  readonly data: EventPayloads[T];
  readonly id?: string;
  /** When it happened (ce_time), milliseconds since the epoch; now by default. */
  readonly at_ms?: number;
}

const codec = createCodec(naruContracts);

/** Writes an event to its topic as its service's relay does. @returns its id */
export async function publish<T extends EventType>(
  broker: Broker,
  type: T,
  data: EventPayloads[T],
  id: string = randomUUID(),
): Promise<string> {
  await publishAll(broker, [{ type, data, id }]);
  return id;
}

/** Writes events, those of one partition in one request. */
export async function publishAll(broker: Broker, events: readonly Published[]): Promise<void> {
  const lanes = new Map<string, { topic: string; partition: number; records: OutgoingRecord[] }>();
  for (const event of events) {
    const topic = topicOf(event.type);
    const record = toRecord(event);
    const partition = partitionOf(topic, record.key, topics[topic].partitions);
    const lane = lanes.get(`${topic}:${partition}`) ?? { topic, partition, records: [] };
    lane.records.push(record);
    lanes.set(`${topic}:${partition}`, lane);
  }
  await Promise.all(
    [...lanes.values()].map((lane) => broker.produce(lane.topic, lane.partition, lane.records)),
  );
}

function toRecord({ type, data, id = randomUUID(), at_ms = Date.now() }: Published): OutgoingRecord {
  const field = topics[topicOf(type)].key;
  const headers = Object.entries({
    [eventHeaders.specVersion]: '1.0',
    [eventHeaders.id]: id,
    [eventHeaders.source]: '/naru/test',
    [eventHeaders.type]: type,
    [eventHeaders.time]: new Date(at_ms).toISOString(),
    [eventHeaders.contentType]: codec.contentType,
    [eventHeaders.traceparent]: `00-${randomUUID().replaceAll('-', '')}-00f067aa0ba902b7-01`,
  }).map(([name, value]) => [name, Buffer.from(value)] as const);
  return {
    key: field === null ? null : Buffer.from(String((data as unknown as Record<string, unknown>)[field])),
    value: codec.encode(type, data),
    headers,
  };
}
