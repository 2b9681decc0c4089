import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { identityOf, isRunning, type ProcessIdentity } from './identity';

interface LockOwner extends ProcessIdentity {
  readonly id: string;
}

export interface Lock {
  release(): void;
}

const ATTEMPTS_MAX = 5;

/**
 * Takes a lock file, also over from a process that no longer runs.
 * Answers the lock, or the process that holds it.
 */
export function takeLock(file: string): Lock | { readonly heldBy: ProcessIdentity } {
  const self: LockOwner = { ...identityOf(process.pid)!, id: randomUUID() };
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    if (writeNew(file, self)) return lockOf(file, self);
    const owner = ownerOf(file);
    if (owner && isRunning(owner)) return { heldBy: owner };
    if (attempt === ATTEMPTS_MAX) throw new Error(`the lock file ${file} is damaged: delete it`);
    if (owner) breakStale(file, owner);
  }
}

/** The running process that holds a lock file, if any. */
export function lockHolder(file: string): ProcessIdentity | undefined {
  const owner = ownerOf(file);
  return owner && isRunning(owner) ? owner : undefined;
}

function lockOf(file: string, self: LockOwner): Lock {
  const release = (): void => {
    process.off('exit', release);
    if (ownerOf(file)?.id === self.id) rmSync(file, { force: true });
  };
  process.on('exit', release);
  return { release };
}

function writeNew(file: string, owner: LockOwner): boolean {
  // Written aside and linked into place, so that nobody ever reads half a lock file.
  const draft = `${file}.${owner.id}`;
  writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function ownerOf(file: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockOwner;
  } catch {
    return undefined;
  }
}

/** Only one process wins the marker of a stale owner, so that a fresh lock is never removed with the stale one. */
function breakStale(file: string, stale: LockOwner): void {
  const marker = `${file}.stale-${stale.id}`;
  try {
    linkSync(file, marker);
  } catch {
    return;
  }
  if (ownerOf(file)?.id === stale.id) rmSync(file, { force: true });
}
