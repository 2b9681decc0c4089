import { services as declaredServices, topics, type ServiceName, type Topics } from '@naru/contracts';
import type { IncomingRecord } from '@naru/kernel';
import { servicesWithDatabase, storyOf, topicNames } from '@naru/operations';

import { UsageError } from '../arguments';
import type { Window } from './plan';

const ORDER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const all: Topics = topics;

/** An end of the window: an offset of each partition, or a time in milliseconds since the epoch. */
export type Bound = { readonly offset: bigint } | { readonly time_ms: number };

/** What is to be replayed, as it was asked for. */
export interface Selection {
  readonly topic?: string;
  readonly order?: string;
  readonly from?: Bound;
  readonly to?: Bound;
  readonly services: readonly ServiceName[];
}

interface Given {
  readonly topic?: string | undefined;
  readonly order?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly service?: string | undefined;
}

/** @throws UsageError */
export function parseSelection({ topic, order, from, to, service }: Given): Selection {
  if (topic !== undefined && order !== undefined) throw new UsageError('either --topic or --order');
  if (topic !== undefined && !topicNames.includes(topic))
    throw new UsageError(`--topic is "${topic}": one of ${topicNames.join(', ')}`);
  if (order !== undefined && !ORDER_ID.test(order)) throw new UsageError(`"${order}" is no order's id`);
  return {
    ...(topic !== undefined && { topic }),
    ...(order !== undefined && { order }),
    ...(from !== undefined && { from: parseBound('from', from, topic !== undefined) }),
    ...(to !== undefined && { to: parseBound('to', to, topic !== undefined) }),
    services: parseServices(service, concerned(topic, order)),
  };
}

function parseBound(name: string, text: string, hasTopic: boolean): Bound {
  if (/^\d{1,18}$/.test(text)) {
    if (!hasTopic) throw new UsageError(`--${name} is an offset: of which --topic?`);
    return { offset: BigInt(text) };
  }
  const time_ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time_ms))
    throw new UsageError(`--${name} is "${text}": an offset, or a time such as 2026-11-26T10:00:00Z`);
  return { time_ms };
}

/** Services that handle what is asked for. */
function concerned(topic: string | undefined, order: string | undefined): ServiceName[] {
  const handled = Object.entries(all).filter(
    ([name, { events }]) =>
      (topic === undefined || name === topic) &&
      (order === undefined || events.some((type) => /^(order|stock|payment)\./.test(type))),
  );
  const names = new Set(handled.flatMap(([, { consumers }]) => Object.keys(consumers)));
  return servicesWithDatabase.filter((name) => names.has(name));
}

function parseServices(text: string | undefined, known: readonly ServiceName[]): readonly ServiceName[] {
  if (text === undefined) return known;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(known as readonly string[]).includes(name));
  if (unknown.length > 0) {
    const reason = unknown.every((name) => Object.hasOwn(declaredServices, name))
      ? 'handles nothing of what is replayed'
      : 'is no service';
    throw new UsageError(`--service: ${unknown.join(', ')} ${reason}; there are ${known.join(', ')}`);
  }
  return known.filter((name) => names.includes(name));
}

/**
 * The window in time, and whose records are in it.
 * @param records of the topic that was asked for, if one was
 * @param now_ms where the window ends unless it says where
 * @returns undefined when no record of the topic is in it
 */
export function windowOf(
  { topic, order, from, to }: Selection,
  records: readonly IncomingRecord[],
  now_ms: number,
): Window | undefined {
  const to_ms = to && 'time_ms' in to ? Math.min(to.time_ms, now_ms) : now_ms;
  const from_ms = from && 'time_ms' in from ? from.time_ms : 0;
  if (order !== undefined) return { from_ms, to_ms, stories: new Set([order]) };
  if (topic === undefined) return { from_ms, to_ms };
  const within = records.filter(
    ({ offset, timestamp_ms }) =>
      timestamp_ms >= from_ms &&
      timestamp_ms <= to_ms &&
      !(from && 'offset' in from && offset < from.offset) &&
      !(to && 'offset' in to && offset >= to.offset),
  );
  if (within.length === 0) return undefined;
  const times = within.map(({ timestamp_ms }) => timestamp_ms);
  return {
    from_ms: from && 'offset' in from ? times.reduce((one, other) => Math.min(one, other)) : from_ms,
    to_ms: to && 'offset' in to ? times.reduce((one, other) => Math.max(one, other)) : to_ms,
    stories: new Set(within.map(storyOf)),
  };
}
