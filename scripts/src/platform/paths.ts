import { createHash } from 'node:crypto';
import { homedir, tmpdir, userInfo } from 'node:os';
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
  /** The schema registry's database; there once a platform was started with one. */
  readonly registryData: string;
  readonly secrets: string;
  readonly logs: string;
  readonly stateFile: string;
  readonly lockFile: string;
  /** Names the faults that are on, while some are. */
  readonly faultsFile: string;
  readonly controlSocket: string;
}

/** The files of one platform; the default directory is `.naru` in the repository, its logs in `logs`. */
export function platformPaths(directory?: string, logsDirectory?: string): PlatformPaths {
  const root = resolve(directory ?? join(repositoryDirectory, '.naru'));
  const logs = directory === undefined ? join(repositoryDirectory, 'logs') : join(root, 'logs');
  return {
    directory: root,
    data: join(root, 'data'),
    registryData: join(root, 'data', 'registry'),
    secrets: join(root, 'secrets'),
    logs: resolve(logsDirectory ?? logs),
    stateFile: join(root, 'platform.json'),
    lockFile: join(root, 'platform.lock'),
    faultsFile: join(root, 'faults.json'),
    controlSocket: socketIn(root),
  };
}

/** The name of a socket is cut, or refused, by the system when it is longer than this (sockaddr_un). */
const SOCKET_BYTES_MAX = 100;

/** In the directory itself, unless its path is too long for a socket. */
function socketIn(root: string): string {
  const inside = join(root, 'control.sock');
  if (Buffer.byteLength(inside) <= SOCKET_BYTES_MAX) return inside;
  const digest = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(tmpdir(), `naru-${userInfo().uid}-${digest}.sock`);
}
