import type { WriteStream } from 'node:tty';

import type { Progress } from './platform';

const REMINDER_INTERVAL_MS = 5_000;
const REDRAW_INTERVAL_MS = 250;
const NAMED_MAX = 5;

const lines: Readonly<Partial<Record<Progress['phase'], (progress: Progress) => string>>> = {
  fetching: ({ part }) => `↓ ${part}: fetching what it runs on (once; it is kept in the cache)`,
  fetched: ({ part, elapsedMs }) => `↓ ${part} fetched (${seconds(elapsedMs)})`,
  ready: ({ part, elapsedMs }) => `✓ ${part} ready (${seconds(elapsedMs)})`,
  failed: ({ part, elapsedMs, detail }) => `✗ ${part} failed (${seconds(elapsedMs)}): ${firstLine(detail)}`,
  restarting: ({ part, detail }) => `! ${part} ${detail ?? ''}; restarting it`,
  dead: ({ part, detail }) => `✗ ${part} ${detail ?? ''}`,
  stopped: ({ part, elapsedMs }) => `✓ ${part} stopped (${seconds(elapsedMs)})`,
};

/** Prints what happened as lines, and what is still awaited: in place on a terminal, else every few seconds. */
export class ProgressPrinter {
  private readonly awaited = new Map<string, { readonly since: number; readonly detail: string }>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly stream: WriteStream | NodeJS.WriteStream = process.stdout) {
    this.timer = setInterval(
      () => this.remind(),
      stream.isTTY ? REDRAW_INTERVAL_MS : REMINDER_INTERVAL_MS,
    ).unref();
  }

  readonly print = (progress: Progress): void => {
    if (progress.phase === 'starting' || progress.phase === 'stopping') {
      const detail = progress.detail === undefined ? '' : ` (${progress.detail})`;
      this.awaited.set(progress.part, { since: Date.now(), detail });
    }
    if (['ready', 'failed', 'dead', 'stopped'].includes(progress.phase)) this.awaited.delete(progress.part);
    const line = lines[progress.phase]?.(progress);
    if (line !== undefined) this.stream.write(`${this.clearing()}${line}\n`);
    if (this.stream.isTTY) this.remind();
  };

  close(): void {
    clearInterval(this.timer);
    this.stream.write(this.clearing());
  }

  private remind(): void {
    if (this.awaited.size === 0) return;
    const waits = [...this.awaited].map(
      ([part, { since, detail }]) => `${part} ${seconds(Date.now() - since)}${detail}`,
    );
    const more = waits.length > NAMED_MAX ? ` and ${waits.length - NAMED_MAX} more` : '';
    const line = `… awaiting ${waits.slice(0, NAMED_MAX).join(', ')}${more}`;
    this.stream.write(
      this.stream.isTTY ? `${this.clearing()}${line.slice(0, this.stream.columns - 1)}` : `${line}\n`,
    );
  }

  private clearing(): string {
    return this.stream.isTTY ? '\r\x1b[K' : '';
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The whole story is in the error that ends the start. */
function firstLine(detail: string | undefined): string {
  return detail?.split('\n')[0] ?? '';
}
