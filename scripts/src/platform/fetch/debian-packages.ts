import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { PlatformError } from '../errors';
import { cacheDirectory } from '../paths';
import { findOnPath, runCommand } from './run-command';

const LIBRARY_ROUNDS_MAX = 6;

/** Libraries whose package is not named after them. */
const libraryPackages: Readonly<Record<string, string>> = {
  'libatk-1.0.so.0': 'libatk1.0-0',
  'libatspi.so.0': 'libatspi2.0-0',
  'libbrotlicommon.so.1': 'libbrotli1',
  'libbrotlidec.so.1': 'libbrotli1',
  'libgio-2.0.so.0': 'libglib2.0-0',
  'libglib-2.0.so.0': 'libglib2.0-0',
  'libgmodule-2.0.so.0': 'libglib2.0-0',
  'libgobject-2.0.so.0': 'libglib2.0-0',
  'libharfbuzz.so.0': 'libharfbuzz0b',
  'libjpeg.so.62': 'libjpeg62-turbo',
  'libnssutil3.so': 'libnss3',
  'libplc4.so': 'libnspr4',
  'libplds4.so': 'libnspr4',
  'libvorbis.so.0': 'libvorbis0a',
  'libz.so.1': 'zlib1g',
};

/**
 * The packages that a library may be in, by Debian's rule for their names (Policy, 8.1). Newer releases renamed
 * some for their 64-bit times; the first that exists is taken.
 */
export function packagesOf(library: string): readonly string[] {
  const [, stem = library, version = ''] = /^(.+?)\.so(?:\.([^.]+))?/.exec(library) ?? [];
  const hyphen = /\d$/.test(stem) && version !== '' ? '-' : '';
  const named = `${stem}${hyphen}${version}`.toLowerCase().replaceAll('_', '-');
  const name = libraryPackages[library] ?? named;
  return name.endsWith('t64') ? [name] : [name, `${name}t64`];
}

/** Whether this system has what unpacking Debian packages takes. */
export function canUnpackDebianPackages(): boolean {
  return ['apt-get', 'dpkg-deb', 'ldd'].every((tool) => findOnPath(tool) !== undefined);
}

/**
 * Unpacks packages of the system's own archive into a directory, with the libraries that `programs` (paths in
 * it) lack here. Nothing is installed and no service is started. The archive decides the patch level: it keeps
 * the newest security fix of its release only, so that an exact version would soon be gone.
 * @param extras packages that are left out where the archive does not have them
 */
export async function unpackDebianPackages(
  target: string,
  packages: string[],
  programs: string[],
  extras: readonly string[] = [],
): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of packages) await unpack(target, [name]);
  for (const name of extras) await unpack(target, [name]).catch(() => {});
  for (let round = 1; ; round += 1) {
    const missing = await missingLibraries(target, programs);
    if (missing.length === 0) return;
    if (round > LIBRARY_ROUNDS_MAX) {
      throw new PlatformError('FETCH_FAILED', `${programs.join(', ')} still lack ${missing.join(', ')}`);
    }
    for (const library of missing) await unpack(target, packagesOf(library));
  }
}

/** The library path with which unpacked programs run. */
export async function libraryPath(target: string): Promise<string> {
  const directories = new Set<string>();
  for (const root of ['usr/lib', 'lib']) {
    if (!existsSync(join(target, root))) continue;
    for (const entry of await readdir(join(target, root), { recursive: true, withFileTypes: true })) {
      if (/^lib.*\.so(\.|$)/.test(entry.name)) directories.add(entry.parentPath);
    }
  }
  return [...directories].sort().join(delimiter);
}

async function missingLibraries(target: string, programs: string[]): Promise<string[]> {
  const environment = { ...process.env, LD_LIBRARY_PATH: await libraryPath(target) };
  const output = await runCommand(
    'ldd',
    programs.map((program) => join(target, program)),
    { environment },
  );
  return [...new Set([...output.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1]!))];
}

async function unpack(target: string, alternatives: readonly string[]): Promise<void> {
  const downloads = `${target}.packages`;
  await mkdir(downloads, { recursive: true });
  try {
    await downloadFirst(alternatives, downloads);
    for (const file of await readdir(downloads))
      await runCommand('dpkg-deb', ['-x', join(downloads, file), target]);
  } finally {
    await rm(downloads, { recursive: true, force: true });
  }
}

async function downloadFirst(alternatives: readonly string[], directory: string): Promise<void> {
  const failures: unknown[] = [];
  for (const withOwnLists of [false, true]) {
    // Only when the system's package lists do not do are lists of our own fetched; the system's stay as they are.
    const options = withOwnLists ? await ownLists() : [];
    for (const name of alternatives) {
      try {
        const sandbox = ['-o', 'APT::Sandbox::User='];
        await runCommand('apt-get', ['-q', ...sandbox, ...options, 'download', name], {
          workingDirectory: directory,
        });
        return;
      } catch (error) {
        failures.push(error);
      }
    }
  }
  throw new PlatformError(
    'FETCH_FAILED',
    `${alternatives.join(' or ')} cannot be downloaded`,
    'check apt-get update',
    {
      cause: failures.at(-1),
    },
  );
}

let listsFetched: Promise<string[]> | undefined;

async function ownLists(): Promise<string[]> {
  listsFetched ??= fetchLists();
  return listsFetched;
}

async function fetchLists(): Promise<string[]> {
  const directory = join(cacheDirectory(), `apt-${process.pid}`);
  await mkdir(join(directory, 'lists', 'partial'), { recursive: true });
  await mkdir(join(directory, 'cache', 'archives', 'partial'), { recursive: true });
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const options = [
    ['-o', `Dir::State::Lists=${join(directory, 'lists')}`],
    ['-o', `Dir::Cache=${join(directory, 'cache')}`],
  ].flat();
  await runCommand('apt-get', ['-q', '-o', 'APT::Sandbox::User=', ...options, 'update']);
  return options;
}
