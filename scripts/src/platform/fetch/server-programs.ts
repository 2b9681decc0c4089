import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { PlatformError } from '../errors';
import { cached, cachedPath, isCached } from './cache';
import { canUnpackDebianPackages, libraryPath, unpackDebianPackages } from './debian-packages';
import { findOnPath, runCommand } from './run-command';

export interface ServerProgram {
  readonly executable: string;
  /** The directory above `bin`, `sbin` and `share`. */
  readonly baseDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ServerSource {
  readonly title: string;
  /** Cached under this name; raise the number when the recipe changes. */
  readonly entry: string;
  readonly packages: string[];
  /** Nice to have; one that the archive lacks is left out. */
  readonly extras?: readonly string[];
  readonly executable: string;
  readonly namesOnPath: readonly string[];
  readonly versionPattern: RegExp;
  readonly versionMin: readonly [number, number];
}

const suffix = `1-${process.platform}-${process.arch}`;

export const databaseSource: ServerSource = {
  title: 'MariaDB 10.11',
  entry: `mariadb-debian-${suffix}`,
  packages: ['mariadb-server-core'],
  executable: 'usr/sbin/mariadbd',
  namesOnPath: ['mariadbd'],
  versionPattern: /Ver (\d+)\.(\d+)[\d.]*-MariaDB/,
  versionMin: [10, 11],
};

export const redisSource: ServerSource = {
  title: 'Redis 7',
  entry: `redis-debian-${suffix}`,
  packages: ['redis-tools', 'redis-server'],
  executable: 'usr/bin/redis-server',
  namesOnPath: ['redis-server'],
  versionPattern: /v=(\d+)\.(\d+)/,
  versionMin: [6, 2],
};

export const prometheusSource: ServerSource = {
  title: 'Prometheus 2.42',
  entry: `prometheus-debian-${suffix}`,
  packages: ['prometheus'],
  // What its web page is made of.
  extras: [
    'libjs-bootstrap4',
    'libjs-d3',
    'libjs-eonasdan-bootstrap-datetimepicker',
    'libjs-jquery',
    'libjs-jquery-hotkeys',
    'libjs-moment',
    'libjs-moment-timezone',
    'libjs-mustache',
    'libjs-popper.js',
    'libjs-rickshaw',
  ],
  executable: 'usr/bin/prometheus',
  namesOnPath: ['prometheus'],
  versionPattern: /version (\d+)\.(\d+)/,
  versionMin: [2, 42],
};

/** Whether a server can be had without fetching anything. */
export function hasServer(source: ServerSource): boolean {
  return isCached(source.entry) || (!canUnpackDebianPackages() && onPath(source) !== undefined);
}

/** Whether a server can be fetched here. */
export function canFetchServer(source: ServerSource): boolean {
  return canUnpackDebianPackages() || onPath(source) !== undefined;
}

/** The server from the cache or, fetched now, from Debian's archive; else the one that is installed. */
export async function ensureServer(source: ServerSource): Promise<ServerProgram> {
  const program = (await fetched(source)) ?? installed(source);
  const output = await runCommand(program.executable, ['--version'], {
    environment: { ...process.env, ...program.environment },
  });
  const version = source.versionPattern.exec(output)?.slice(1, 3).map(Number) ?? [0, 0];
  const [major = 0, minor = 0] = version;
  const [majorMin, minorMin] = source.versionMin;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return program;
  const wanted = `${source.title} or newer is needed, ${program.executable} is ${output.trim()}`;
  throw new PlatformError('TOOL_MISSING', wanted, `install ${source.title}`);
}

/** The program that checks rules for alerts, which comes with Prometheus. */
export async function ensurePromtool(): Promise<string> {
  const { executable } = await ensureServer(prometheusSource);
  return join(dirname(executable), 'promtool');
}

async function fetched(source: ServerSource): Promise<ServerProgram | undefined> {
  if (!isCached(source.entry)) {
    if (!canUnpackDebianPackages()) return undefined;
    try {
      await cached(source.entry, (draft) =>
        unpackDebianPackages(draft, source.packages, [source.executable], source.extras),
      );
    } catch (error) {
      if (onPath(source) === undefined) throw error;
      return undefined;
    }
  }
  const root = cachedPath(source.entry);
  return {
    executable: join(root, source.executable),
    baseDirectory: join(root, 'usr'),
    environment: { LD_LIBRARY_PATH: await libraryPath(root) },
  };
}

function installed(source: ServerSource): ServerProgram {
  const file = onPath(source);
  if (!file) {
    const fix = `install ${source.title} so that ${source.namesOnPath.join(' or ')} is on PATH`;
    throw new PlatformError('TOOL_MISSING', `${source.title} can be neither fetched nor found`, fix);
  }
  const executable = realpathSync(file);
  return { executable, baseDirectory: dirname(dirname(executable)), environment: {} };
}

function onPath(source: ServerSource): string | undefined {
  const places = ['/usr/sbin', '/usr/local/sbin'];
  for (const name of source.namesOnPath) {
    // Distributions put servers into sbin directories, which are not on everybody's PATH.
    const found =
      findOnPath(name) ?? places.map((place) => join(place, name)).find((file) => existsSync(file));
    if (found) return found;
  }
  return undefined;
}
