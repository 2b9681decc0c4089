import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The workspace `scripts`, whether this runs compiled from dist or directly from src. */
const scriptsDirectory = resolve(__dirname, '../..');

/** The root of the repository. */
export const repositoryDirectory = resolve(scriptsDirectory, '..');

/** A compiled file of this workspace, for processes that run it on their own. */
export function compiledFile(...path: string[]): string {
  return join(scriptsDirectory, 'dist', ...path);
}

/** Where fetched programs are kept, shared by all checkouts of a user. */
export function cacheDirectory(): string {
  const { NARU_CACHE, XDG_CACHE_HOME } = process.env;
  if (NARU_CACHE) return resolve(NARU_CACHE);
  return join(XDG_CACHE_HOME ? resolve(XDG_CACHE_HOME) : join(homedir(), '.cache'), 'naru');
}

export interface PlatformPaths {
  readonly directory: string;
  readonly data: string;
  readonly secrets: string;
  readonly logs: string;
  readonly stateFile: string;
  readonly lockFile: string;
}

/** The files of one platform; the default directory is `.naru` in the repository, its logs in `logs`. */
export function platformPaths(directory?: string, logsDirectory?: string): PlatformPaths {
  const root = resolve(directory ?? join(repositoryDirectory, '.naru'));
  const logs = directory === undefined ? join(repositoryDirectory, 'logs') : join(root, 'logs');
  return {
    directory: root,
    data: join(root, 'data'),
    secrets: join(root, 'secrets'),
    logs: resolve(logsDirectory ?? logs),
    stateFile: join(root, 'platform.json'),
    lockFile: join(root, 'platform.lock'),
  };
}
