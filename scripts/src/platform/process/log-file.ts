import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const LOG_BYTES_MAX = 50 * 1024 * 1024;
const TAIL_BYTES_MAX = 16 * 1024;
const TAIL_LINES_MAX = 12;

/** Puts a log aside as `<file>.1` when it has grown too large; called when a platform starts. */
export function rotateLog(file: string): void {
  if (existsSync(file) && statSync(file).size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
}

/** Opens a log for appending; several processes may append to the same file. */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a', 0o640);
}

/** The last lines of a log, to be shown with an error. */
export function tailOfLog(file: string): string {
  if (!existsSync(file)) return '';
  const size = statSync(file).size;
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES_MAX));
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
  } finally {
    closeSync(descriptor);
  }
  return bytes.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES_MAX).join('\n');
}
