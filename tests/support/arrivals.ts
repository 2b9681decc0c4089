/** An open-loop load: requests start when they are due, whether or not earlier ones were answered. */
export interface Arrivals {
  /** Requests a second; read anew for each request, so that a caller may change it. */
  readonly rate_per_s: () => number;
  /** Beyond this many unanswered requests the rest are not sent but counted as held back. */
  readonly inFlightMax: number;
  /** Ends by itself after so many. */
  readonly sentMax?: number;
  readonly signal: AbortSignal;
  /** Must not throw. `due_ms` is when the request should have begun, on the clock of performance.now. */
  readonly send: (sequence: number, due_ms: number) => Promise<void>;
}

const TICK_MS = 2;

/** Sends until the signal is aborted or all is sent, then waits for the answers. @returns how many were sent and held back */
export async function arrivals({ rate_per_s, inFlightMax, sentMax = Infinity, signal, send }: Arrivals) {
  const inFlight = new Set<Promise<void>>();
  let sent = 0;
  let heldBack = 0;
  let due_ms = performance.now();
  const isOver = () => signal.aborted || sent >= sentMax;
  while (!isOver()) {
    const now_ms = performance.now();
    while (due_ms <= now_ms && !isOver()) {
      const at_ms = due_ms;
      due_ms += 1_000 / Math.max(rate_per_s(), 0.001);
      if (inFlight.size >= inFlightMax) {
        heldBack++;
        continue;
      }
      const request = send(sent++, at_ms).finally(() => inFlight.delete(request));
      inFlight.add(request);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(inFlight);
  return { sent, heldBack };
}
