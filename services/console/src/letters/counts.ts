import type { TopicDeclaration } from '@naru/contracts';
import { topics } from '@naru/contracts';
import { laneOf, listDeadLetters, type DeadLetterState } from '@naru/kernel';
import type { Connections } from '@naru/operations';
import type { KafkaSample } from '../kafka/sample';
import type { StoresState } from '../stores';

const PAGE = 1_000;
/** Of one topic; beyond, there are "at least" so many, which is as alarming. */
const PAGES_MAX = 10;

/** How many dead letters of a group on a topic have not been sent on. */
export interface LetterCount {
  readonly topic: string;
  readonly group: string;
  readonly state: Exclude<DeadLetterState, 'redriven'>;
  readonly count: number;
}

/** Counts dead letters; a topic is read again only when something was dead-lettered, redriven or deleted since. */
export interface LetterCounts {
  /** The last that is known. */
  known(): readonly LetterCount[];
  /** Begins counting what has changed, unless that is under way. */
  refresh(sample: KafkaSample, stores: StoresState): void;
}

export function createLetterCounts(connections: Connections): LetterCounts {
  const counted = new Map<string, { readonly version: string; readonly counts: readonly LetterCount[] }>();
  let running = false;

  async function refresh(sample: KafkaSample, redriven: number): Promise<void> {
    for (const [topic, { deadLetterTopic, partitions }] of Object.entries<TopicDeclaration>(topics)) {
      const lanes = Array.from({ length: partitions }, (_, partition) =>
        laneOf({ topic: deadLetterTopic, partition }),
      );
      // What did not answer is not known to be empty.
      if (lanes.some((lane) => !sample.ends.has(lane) || !sample.starts.has(lane))) continue;
      const offsets = lanes.map((lane) => `${sample.starts.get(lane)}-${sample.ends.get(lane)}`);
      const version = `${offsets.join(' ')} ${redriven}`;
      if (counted.get(topic)?.version === version) continue;
      const isEmpty = lanes.every((lane) => sample.starts.get(lane) === sample.ends.get(lane));
      counted.set(topic, { version, counts: isEmpty ? [] : await count(connections, topic) });
    }
  }

  return {
    known: () => [...counted.values()].flatMap(({ counts }) => counts),
    refresh(sample, { states }) {
      if (running) return;
      running = true;
      const redriven = [...states.values()].reduce((sum, state) => sum + state.redriven, 0);
      // What cannot be read now is read at the next refresh, for its version is not noted.
      refresh(sample, redriven)
        .catch(() => undefined)
        .finally(() => (running = false));
    },
  };
}

async function count(connections: Connections, topic: string): Promise<LetterCount[]> {
  const counts = new Map<string, LetterCount>();
  let after: string | null | undefined;
  for (let pages = 0; pages < PAGES_MAX && after !== null; pages++) {
    const page = await listDeadLetters(connections, { topic, limit: PAGE, after });
    for (const { group, state } of page.letters) {
      if (state === 'redriven') continue;
      const before = counts.get(`${group} ${state}`)?.count ?? 0;
      counts.set(`${group} ${state}`, { topic, group, state, count: before + 1 });
    }
    after = page.next;
  }
  return [...counts.values()];
}
