import { computed, signal } from '@preact/signals';
import type { GroupView, Topology, TopologyEdge } from '../../../src/views';
import { get } from '../api';
import { overview } from '../stream';

const RETRY_MS = 3_000;

/** What talks to what; asked for once, for it does not change while the console runs. */
export const topology = signal<Topology | null>(null);
export const topologyError = signal<unknown>(null);

let asked = false;

/** Asks for the topology unless it is here or on its way; a console that does not answer is asked again. */
export function loadTopology(): void {
  if (asked) return;
  asked = true;
  get<Topology>('/api/topology').then(
    (found) => {
      topology.value = found;
      topologyError.value = null;
    },
    (error: unknown) => {
      topologyError.value = error;
      asked = false;
      setTimeout(loadTopology, RETRY_MS);
    },
  );
}

export const topicNames = computed(() =>
  (topology.value?.nodes ?? []).filter(({ kind }) => kind === 'topic').map(({ name }) => name),
);

const nodeNames = computed(() => new Map((topology.value?.nodes ?? []).map(({ id, name }) => [id, name])));

export function nameOf(nodeId: string): string {
  return nodeNames.value.get(nodeId) ?? nodeId;
}

export interface Lag {
  readonly records: number;
  readonly seconds: number;
}

const groupOfService = computed(
  () => new Map<string, GroupView>((overview.value?.groups ?? []).map((group) => [group.service, group])),
);

/** What the group at the end of an edge has not consumed of the topic at its beginning; null on other edges. */
export function lagOf(edge: TopologyEdge): Lag | null {
  if (edge.kind !== 'consumes') return null;
  const topic = groupOfService.value
    .get(nameOf(edge.to))
    ?.topics.find(({ topic }) => topic === nameOf(edge.from));
  return topic && topic.lag !== null ? { records: topic.lag, seconds: topic.lag_s } : null;
}

export function rateOf(edgeId: string): number {
  return overview.value?.rates[edgeId] ?? 0;
}

/** Records written a second, to all topics together. */
export const writtenPerSecond = computed(() =>
  (topology.value?.edges ?? [])
    .filter(({ kind }) => kind === 'publishes')
    .reduce((sum, { id }) => sum + rateOf(id), 0),
);
