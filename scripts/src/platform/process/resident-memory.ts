import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const KIB = 1024;

/** Resident memory of a process in bytes; 0 when it is not running. */
export function residentBytesOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIB;
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
    return Number((stdout ?? '').trim() || 0) * KIB;
  }
}
