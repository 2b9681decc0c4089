import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheDirectory } from '../paths';
import { takeLock, type Lock } from '../process/lock-file';
import { waitUntil } from '../wait-until';

const OTHER_FETCH_TIMEOUT_MS = 15 * 60_000;

/** The place of a cached entry, whether it is there yet or not. */
export function cachedPath(entry: string): string {
  return join(cacheDirectory(), entry);
}

/** Whether an entry has been fetched; entries appear whole, by rename. */
export function isCached(entry: string): boolean {
  return existsSync(cachedPath(entry));
}

/**
 * Answers the path of a cache entry, making it first if it is missing: `make` writes to a path beside it, which
 * is renamed when complete. Two processes never make the same entry at once; the second waits for the first.
 */
export async function cached(entry: string, make: (draft: string) => Promise<void>): Promise<string> {
  const path = cachedPath(entry);
  if (existsSync(path)) return path;
  const lock = await lockEntry(path);
  const draft = `${path}.draft-${randomUUID()}`;
  try {
    if (existsSync(path)) return path;
    await mkdir(cacheDirectory(), { recursive: true });
    await make(draft);
    await rename(draft, path);
    return path;
  } finally {
    await rm(draft, { recursive: true, force: true });
    lock.release();
  }
}

async function lockEntry(path: string): Promise<Lock> {
  let lock: Lock | undefined;
  await waitUntil({ what: `another process fetching ${path}`, timeoutMs: OTHER_FETCH_TIMEOUT_MS }, () => {
    const answer = takeLock(`${path}.lock`);
    if ('release' in answer) lock = answer;
    return lock !== undefined;
  });
  return lock!;
}
