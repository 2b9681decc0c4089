/** Resolves after a time, or as soon as the signal aborts; never rejects. */
export function pause(duration_ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, duration_ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Exponential backoff with full jitter, in milliseconds, for the nth failure in a row (from 0). */
export function backoff_ms(failure: number, first_ms: number, max_ms: number): number {
  return first_ms / 2 + Math.random() * Math.min(max_ms, first_ms * 2 ** Math.min(failure, 20));
}

/** Runs work, giving up waiting after a deadline; the work's signal aborts then. @throws DeadlineError */
export async function withDeadline<T>(
  deadline_ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  const abort = new AbortController();
  const stop = () => abort.abort(parent?.reason);
  if (parent?.aborted) stop();
  parent?.addEventListener('abort', stop, { once: true });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new DeadlineError(deadline_ms);
      abort.abort(error);
      reject(error);
    }, deadline_ms);
  });
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    clearTimeout(timer);
    parent?.removeEventListener('abort', stop);
  }
}

export class DeadlineError extends Error {
  readonly code = 'deadline';
  constructor(deadline_ms: number) {
    super(`not done within ${deadline_ms} ms`);
    this.name = 'DeadlineError';
  }
}
