import { PassThrough } from 'node:stream';
import { ProblemError, type HttpContext, type Route } from '@naru/kernel';
import type { Watch } from '../watch';

/** What a listener has not taken may pile up to this; then it is let go, and comes back by itself. */
const BEHIND_BYTES_MAX = 4 * 1024 * 1024;
const RETRY_MS = 2_000;

/** `GET /api/stream`, and what ends all streams. */
export function createStream(watch: Watch): { readonly route: Route; close(): void } {
  const streams = new Set<PassThrough>();
  let isClosing = false;

  function serve(context: HttpContext): void {
    const stream = new PassThrough({ highWaterMark: BEHIND_BYTES_MAX });
    const end = isClosing
      ? null
      : watch.listen((overview) => {
          if (!stream.write(`event: overview\ndata: ${JSON.stringify(overview)}\n\n`)) stream.destroy();
        });
    if (!end)
      throw new ProblemError(503, 'too-many-listeners', 'too many pages listen already', {
        headers: { 'Retry-After': '5' },
      });
    streams.add(stream);
    const forget = () => {
      end();
      streams.delete(stream);
      stream.destroy();
    };
    context.res.once('close', forget);
    stream.once('close', forget).on('error', () => undefined);
    stream.write(`retry: ${RETRY_MS}\n\n`);
    context.set({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    context.type = 'text/event-stream; charset=utf-8';
    context.body = stream;
  }

  return {
    route: { method: 'GET', path: '/api/stream', serve },
    close() {
      isClosing = true;
      for (const stream of streams) stream.end();
    },
  };
}
