import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A pid is reused sooner or later; together with the time it started it names one process for good. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** The identity of a running process; undefined when there is none (a zombie counts as none). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether exactly this process is still running. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startedAt === identity.startedAt;
}

/** Signals the process group that this process leads, if it is still the same process. Says whether it was. */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(-identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

// Fields of proc(5) /proc/<pid>/stat counted after the command name, which may itself hold blanks and brackets.
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[STATE_FIELD] === 'Z' || fields[STATE_FIELD] === 'X') return undefined;
    return `${bootId()}/${fields[START_TIME_FIELD]}`;
  } catch {
    return undefined;
  }
}

/** Start times count from the boot, so that a pid recorded before a reboot must not match after it. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown-boot';
  }
}

function startByPs(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout, status } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env,
  });
  const [state, ...started] = (stdout ?? '').trim().split(/\s+/);
  return status === 0 && state && !state.startsWith('Z') ? started.join(' ') : undefined;
}
