const POLL_MS = 25;
/** The promise gate, whose tests are to fail, waits less long. */
const DEADLINE_MS = Number(process.env['NARU_EVENTUALLY_MS'] ?? 20_000);

/**
 * Polls until the condition gives something other than false, null or undefined, and returns that.
 * @throws Error naming what was awaited, with the last error of the condition, after the deadline
 */
export async function eventually<T>(
  what: string,
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  deadline_ms = DEADLINE_MS,
  poll_ms = POLL_MS,
): Promise<T> {
  const end_ms = performance.now() + deadline_ms;
  let last: unknown;
  for (;;) {
    try {
      const result = await condition();
      if (result !== false && result !== null && result !== undefined) return result;
      last = result;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end_ms)
      throw new Error(`${what}: not within ${deadline_ms} ms; last: ${String(last)}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, poll_ms));
  }
}
