import { trace } from '@opentelemetry/api';
import pino, { type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

const STDOUT = 1;
/** Where a process logs whose stdout is for something else. */
export const STDERR = 2;
/** Lines are written together once they are this long or this old, for a write costs more than the line in it. */
const TOGETHER_BYTES = 16_000;
const TOGETHER_MS = 50;

/**
 * JSON lines on stdout; each carries the service, its instance and, inside a span, the trace id. However the process
 * ends, short of SIGKILL, they are written before.
 * @param descriptor counts for the first log of the process, and then for all
 */
export function createLog(service: string, instance: string, level: string, descriptor = STDOUT): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { service, instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['password', '*.password', 'authorization', '*.authorization'], censor: '[redacted]' },
    mixin: () => {
      const context = trace.getActiveSpan()?.spanContext();
      return context ? { traceId: context.traceId, spanId: context.spanId } : {};
    },
  };
  return pino(options, (output ??= open(descriptor)));
}

/** One for all logs of the process, so that their lines stay in order. */
let output: DestinationStream | undefined;

function open(descriptor: number): DestinationStream {
  const opened = pino.destination({
    dest: descriptor,
    sync: true,
    minLength: TOGETHER_BYTES,
    periodicFlush: TOGETHER_MS,
  });
  process.on('exit', () => opened.flushSync());
  return opened;
}
