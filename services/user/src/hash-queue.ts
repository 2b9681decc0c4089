import { problem } from '@naru/kernel';

export interface HashQueue {
  /**
   * Runs work as soon as fewer than the allowed number run.
   * @throws ProblemError 503 when too many wait; the signal's reason when that aborted while waiting
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface HashQueueOptions {
  readonly runningMax: number;
  readonly waitingMax: number;
  /** Work begins. */
  onRunning(): void;
  onWaiting(count: number): void;
  onRefused(): void;
}

/** First come, first served; sign-ups and sign-ins share it, so that a burst costs memory and CPU up to a known bound. */
export function createHashQueue({
  runningMax,
  waitingMax,
  onRunning,
  onWaiting,
  onRefused,
}: HashQueueOptions): HashQueue {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function enter(): Promise<void> {
    if (running < runningMax) {
      running++;
      return;
    }
    if (waiting.length >= waitingMax) {
      onRefused();
      const headers = { 'Retry-After': '1' };
      throw problem('too-many-passwords', 'too many passwords are being checked', { headers });
    }
    await new Promise<void>((resolve) => onWaiting(waiting.push(resolve)));
  }

  /** Hands the place on, so that nobody who came later can take it in between. */
  function leave(): void {
    const next = waiting.shift();
    onWaiting(waiting.length);
    if (next) next();
    else running--;
  }

  return {
    async run(work, signal) {
      await enter();
      try {
        signal.throwIfAborted();
        onRunning();
        return await work();
      } finally {
        leave();
      }
    },
  };
}
