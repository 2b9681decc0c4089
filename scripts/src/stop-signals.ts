/** npm passes on the Ctrl-C that the terminal has already sent, so that one press arrives twice. */
const ONE_PRESS_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Tells the first request to stop from the impatient second one. */
export class StopSignals {
  private readonly controller = new AbortController();
  private firstAt = 0;
  private second: () => void = () => {};

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.received);
  }

  /** Fires at the first request. */
  get first(): AbortSignal {
    return this.controller.signal;
  }

  async untilFirst(): Promise<void> {
    if (this.first.aborted) return;
    // Signals alone do not keep Node running.
    const alive = setInterval(() => {}, 2 ** 30);
    await new Promise((resolve) => this.first.addEventListener('abort', resolve, { once: true }));
    clearInterval(alive);
  }

  onSecond(action: () => void): void {
    this.second = action;
  }

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.received);
  }

  private readonly received = (): void => {
    if (!this.first.aborted) {
      this.firstAt = performance.now();
      this.controller.abort();
    } else if (performance.now() - this.firstAt > ONE_PRESS_MS) {
      this.second();
    }
  };
}
