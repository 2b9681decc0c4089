import { setTimeout as delay } from 'node:timers/promises';

import { reasonOf } from './errors';
import type { ProcessPart } from './process/process-part';
import type { ProgressPhase } from './types';

const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 8_000;

export type Report = (part: string, phase: ProgressPhase, elapsedMs: number, detail?: string) => void;

/** Restarts parts that died on their own, until one dies too often. */
export class Supervisor {
  private readonly restarts = new Map<string, number[]>();
  private readonly stopping = new AbortController();

  constructor(private readonly report: Report) {}

  stop(): void {
    this.stopping.abort();
  }

  /** To be called when a part has died; its restart goes on in the background. */
  died(part: ProcessPart): void {
    if (this.stopping.signal.aborted) return;
    const now = Date.now();
    const recent = (this.restarts.get(part.name) ?? []).filter((at) => now - at < RESTART_WINDOW_MS);
    if (recent.length >= RESTARTS_MAX) {
      const advice = `died ${RESTARTS_MAX + 1} times within ${RESTART_WINDOW_MS / 1000} s and is left dead; read ${part.logFile}, then npm run stop && npm start`;
      this.report(part.name, 'dead', 0, advice);
      return;
    }
    this.restarts.set(part.name, [...recent, now]);
    void this.restart(part, Math.min(BACKOFF_FIRST_MS * 2 ** recent.length, BACKOFF_MAX_MS));
  }

  private async restart(part: ProcessPart, afterMs: number): Promise<void> {
    this.report(part.name, 'restarting', 0, `died on its own (log: ${part.logFile})`);
    const since = performance.now();
    try {
      await delay(afterMs, undefined, { signal: this.stopping.signal });
      if (part.state !== 'dead') return;
      await part.start();
      this.report(part.name, 'ready', performance.now() - since);
    } catch (error) {
      if (!this.stopping.signal.aborted)
        this.report(part.name, 'failed', performance.now() - since, reasonOf(error));
    }
  }
}
