import { eventSchemas, topicSpecifications, type BoardCreated, type Topics } from '@naru/contracts';
import type { Draft, EventContracts, OutgoingRecord } from '@naru/kernel';

/** Aggregates that the events are about; a batch of 500 meets about 300 of a partition's. */
export const USERS = 1_000;
export const PARTITIONS = 3;
/** Makes a record, headers and key included, about 760 bytes. */
const TITLE = 'A crossing is made when what left has arrived, once, and somebody can say so. '
  .repeat(7)
  .slice(0, 486);

export function boardCreated(boardId: number): BoardCreated {
  return { boardId, userId: 1 + (boardId % USERS), title: TITLE, version: 1 };
}

export function boardCreatedDraft(boardId: number): Draft<'board.created'> {
  return { type: 'board.created', subject: String(boardId), data: boardCreated(boardId) };
}

export function userUpdatedDraft(userId: number): Draft<'user.updated'> {
  const data = { userId, name: TITLE, email: `user${userId}@example.com`, version: 1 };
  return { type: 'user.updated', subject: String(userId), data };
}

/** Naru's event types on topics of the benchmark's own. */
export function benchContracts(topic: string, slowTopic = `${topic}.slow`): EventContracts {
  const declaration = {
    partitions: PARTITIONS,
    retentionMs: -1,
    key: 'userId',
    producer: 'board',
    consumers: {},
  } as const;
  const topics: Topics = {
    [topic]: { ...declaration, events: ['board.created'], deadLetterTopic: `${topic}.dlt` },
    [slowTopic]: { ...declaration, events: ['user.updated'], deadLetterTopic: `${slowTopic}.dlt` },
  };
  return { topics, schemas: eventSchemas };
}

export function benchTopics(topic: string) {
  return topicSpecifications(benchContracts(topic).topics);
}

export interface OutboxColumns {
  readonly event_id: string;
  readonly partition_number: number;
  readonly record_key: Buffer;
  readonly payload: Buffer;
  readonly headers: Buffer;
}

/** The record that an outbox row becomes. */
export function recordOf({ record_key, payload, headers }: OutboxColumns): OutgoingRecord {
  const pairs = JSON.parse(headers.toString()) as [string, string][];
  return {
    key: record_key,
    value: payload,
    headers: pairs.map(([name, value]) => [name, Buffer.from(value, 'base64')] as const),
  };
}

export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  const headerBytes = headers.reduce((sum, [name, header]) => sum + name.length + header.length, 0);
  return (key?.length ?? 0) + (value?.length ?? 0) + headerBytes;
}
