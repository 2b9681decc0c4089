import { laneOf } from '@naru/kernel';
import { topics, type TopicDeclaration } from '@naru/contracts';
import { edgeId } from '../topology';
import { subscriptions, type KafkaSample } from './sample';

/** A rate over less than this is an accident, over more it is history. */
const SPAN_MS_MIN = 500;
const SPAN_MS_MAX = 15_000;

/** Events a second over each edge between two samples; edges without traffic are left out. */
export function ratesBetween(before: KafkaSample | undefined, now: KafkaSample): Record<string, number> {
  const span_ms = before ? now.at_ms - before.at_ms : 0;
  if (!before || span_ms < SPAN_MS_MIN || span_ms > SPAN_MS_MAX) return {};
  const rates: Record<string, number> = {};
  const count = (edge: string, moved: number) => {
    if (moved > 0) rates[edge] = Math.round((moved / span_ms) * 1_000 * 10) / 10;
  };
  for (const [name, { producer }] of Object.entries<TopicDeclaration>(topics))
    count(edgeId(producer, name), movedOf(name, before.ends, now.ends));
  for (const { service, group, topics: read } of subscriptions)
    for (const topic of read)
      count(edgeId(topic, service), movedOf(topic, before.committed.get(group), now.committed.get(group)));
  return rates;
}

type Offsets = ReadonlyMap<string, bigint> | undefined;

/** How far the offsets of a topic went on, over the partitions that both know. */
function movedOf(topic: string, before: Offsets, now: Offsets): number {
  const { partitions } = (topics as Record<string, TopicDeclaration>)[topic] as TopicDeclaration;
  let moved = 0;
  for (let partition = 0; partition < partitions; partition++) {
    const lane = laneOf({ topic, partition });
    const from = before?.get(lane);
    const to = now?.get(lane);
    if (from !== undefined && to !== undefined && to > from) moved += Number(to - from);
  }
  return moved;
}
