import { existsSync, readFileSync, rmSync } from 'node:fs';

import { PlatformError } from './errors';
import type { PlatformPaths } from './paths';
import { identityOf, signalGroup, type ProcessIdentity } from './process/identity';
import { lockHolder, takeLock, type Lock } from './process/lock-file';
import { writePrivate } from './secrets';

export interface RecordedPart {
  readonly name: string;
  readonly port: number;
  readonly logFile: string;
  /** Missing while the part does not run. */
  readonly process?: ProcessIdentity;
}

/** What a running platform tells other processes about itself. */
export interface PlatformState {
  readonly owner: ProcessIdentity;
  readonly portOffset: number;
  readonly logsDirectory: string;
  readonly parts: readonly RecordedPart[];
}

/** The state of the platform that runs on a directory; undefined when none does. */
export function runningPlatform(paths: PlatformPaths): PlatformState | undefined {
  const owner = lockHolder(paths.lockFile);
  if (!owner) return undefined;
  const state = readState(paths.stateFile);
  if (state && state.owner.pid === owner.pid && state.owner.startedAt === owner.startedAt) return state;
  return { owner, portOffset: 0, logsDirectory: paths.logs, parts: [] };
}

/**
 * Makes this process the one that runs a platform on a directory, and kills what a former one left behind.
 * Throws ALREADY_RUNNING when another process does.
 */
export function claimDirectory(paths: PlatformPaths): Lock {
  const lock = takeLock(paths.lockFile);
  if ('heldBy' in lock) {
    const message = `a platform is already running on ${paths.directory} (pid ${lock.heldBy.pid})`;
    throw new PlatformError(
      'ALREADY_RUNNING',
      message,
      'npm run stop, or give another --directory and --port-offset',
    );
  }
  killLeftovers(paths.stateFile);
  return lock;
}

/** Keeps the state file of a platform in step with its processes. */
export class StateRecorder {
  private readonly parts = new Map<string, RecordedPart>();

  constructor(
    private readonly paths: PlatformPaths,
    private readonly portOffset: number,
  ) {
    this.write();
  }

  set(part: RecordedPart): void {
    this.parts.set(part.name, part);
    this.write();
  }

  close(): void {
    rmSync(this.paths.stateFile, { force: true });
  }

  private write(): void {
    const state: PlatformState = {
      owner: identityOf(process.pid)!,
      portOffset: this.portOffset,
      logsDirectory: this.paths.logs,
      parts: [...this.parts.values()],
    };
    writePrivate(this.paths.stateFile, JSON.stringify(state, null, 2));
  }
}

/** The warden kills them as a rule; this is for the case that it was killed as well. */
function killLeftovers(stateFile: string): void {
  for (const part of readState(stateFile)?.parts ?? []) {
    if (part.process) signalGroup(part.process, 'SIGKILL');
  }
  rmSync(stateFile, { force: true });
}

function readState(file: string): PlatformState | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PlatformState;
  } catch {
    return undefined;
  }
}
