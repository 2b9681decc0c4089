import { consumerGroup } from '@naru/contracts';
import { groups, openConnections, topicNames, type Connections } from '@naru/operations';

import { UsageError } from './arguments';
import type { Sources } from './sources';

/**
 * Connects to a running Naru for a piece of work, as far as the work needs it.
 * @param name tells the brokers whose work it is
 */
export async function withConnections<T>(
  sources: Sources,
  work: (connections: Connections) => Promise<T>,
  name = 'dead-letters',
): Promise<T> {
  const connections = openConnections(sources, name);
  try {
    return await work(connections);
  } finally {
    await connections.close();
  }
}

/** A consumer group by its name, or by its service's. @throws UsageError */
export function parseGroup(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const group = groups.find((known) => known === text || known === consumerGroup(text));
  if (!group) throw new UsageError(`--group is "${text}": one of ${groups.join(', ')}`);
  return group;
}

/** @throws UsageError */
export function parseTopic(text: string | undefined): string | undefined {
  if (text === undefined || topicNames.includes(text)) return text;
  throw new UsageError(`--topic is "${text}": one of ${topicNames.join(', ')}`);
}
