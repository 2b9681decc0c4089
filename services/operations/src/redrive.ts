import { parseDeadLetterId, redrive, type DeadLetter, type OutOfTurn } from '@naru/kernel';
import { lanes, type Connections } from './connections';

/** Which dead letters: all that fit what is given. */
export interface LetterSelection {
  /** Of a dead letter, or of its event. */
  readonly id?: string | undefined;
  readonly key?: string | undefined;
  readonly topic?: string | undefined;
  readonly group?: string | undefined;
}

export interface RedriveOptions {
  /** Only tells what would be sent. */
  readonly dryRun?: boolean | undefined;
  readonly ratePerSecond?: number | undefined;
  /** How many are sent at most, over all topics and groups. */
  readonly limit?: number | undefined;
}

/** What became of the dead letters of one topic and group. */
export interface LaneReport {
  readonly redriven: readonly DeadLetter[];
  readonly refused: readonly DeadLetter[];
  readonly outOfTurn: readonly OutOfTurn[];
  readonly already: number;
  readonly isCutShort: boolean;
}

/** Redrives the selected dead letters of every topic and group that is meant, one after the other. */
export async function* redriveSelected(
  connections: Connections,
  { id, key, ...selection }: LetterSelection,
  { limit, ...options }: RedriveOptions,
  signal?: AbortSignal,
): AsyncGenerator<LaneReport> {
  const named = parseDeadLetterId(id ?? '');
  const meant = lanes(selection.topic ?? named?.topic, selection.group ?? named?.group);
  let left = limit;
  for (const { topic, groups } of meant) {
    for (const group of groups) {
      if (signal?.aborted || left === 0) return;
      const database = connections.databaseOf(group);
      if (!database) continue;
      const request = { topic, group, id, key, ...options, limit: left };
      const report = await redrive({ ...connections, database }, request, signal);
      if (left !== undefined) left -= report.redriven.length;
      yield report;
    }
  }
}
