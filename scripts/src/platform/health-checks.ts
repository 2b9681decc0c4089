import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';

import { APICURIO_JAVA_MIN, hasApicurio } from './fetch/apicurio';
import { findJava, JAVA_MAJOR_MIN } from './fetch/java';
import { hasKafkaJars } from './fetch/kafka-jars';
import { findOnPath } from './fetch/run-command';
import {
  canFetchServer,
  databaseSource,
  hasServer,
  prometheusSource,
  redisSource,
} from './fetch/server-programs';
import { cacheDirectory, repositoryDirectory } from './paths';
import { portConflicts, type Plan } from './planned-ports';

export interface Finding {
  readonly subject: string;
  /** A problem keeps a platform from starting; a warning may. */
  readonly level: 'fine' | 'warning' | 'problem';
  readonly found: string;
  readonly fix?: string;
}

const NODE_MIN = [20, 15] as const;
const DISK_MB_MIN = 1_000;
const DISK_MB_FETCH = 500;
const MEMORY_MB_ADVISED = 2_500;
const MEMORY_MB_MIN = 1_000;
const MIB = 1024 * 1024;

/** Looks at everything that a start of this plan depends on, without starting or fetching anything. */
export async function checkHealth(plan: Plan, directory: string): Promise<Finding[]> {
  const needs = (part: Plan['parts'][number]): boolean => plan.parts.includes(part);
  return [
    checkSystem(),
    checkNode(),
    checkPackages(),
    ...(needs('kafka') ? [await checkJava(), checkFromMaven('kafka', hasKafkaJars())] : []),
    ...(needs('database') ? [checkServer(databaseSource)] : []),
    ...(needs('redis') ? [checkServer(redisSource)] : []),
    ...(needs('prometheus') ? [checkServer(prometheusSource)] : []),
    ...(needs('registry')
      ? [
          await checkJava(APICURIO_JAVA_MIN, 'java of the registry'),
          checkFromMaven('registry', hasApicurio()),
        ]
      : []),
    ...(plan.services.length > 0 ? [checkServices(plan)] : []),
    await checkPorts(plan),
    await checkDisk('disk for data', directory, DISK_MB_MIN),
    await checkDisk('disk for the cache', cacheDirectory(), DISK_MB_FETCH),
    await checkMemory(),
  ];
}

function checkSystem(): Finding {
  const subject = 'system';
  const found = `${process.platform} ${process.arch}`;
  if (process.platform !== 'win32') return { subject, level: 'fine', found };
  return { subject, level: 'problem', found, fix: 'use Linux, macOS, or Linux inside Windows (WSL)' };
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const finding = { subject: 'node', found: process.versions.node };
  if (enough) return { ...finding, level: 'fine' };
  return { ...finding, level: 'problem', fix: `install Node ${NODE_MIN.join('.')} or newer` };
}

function checkPackages(): Finding {
  const needed = ['kafkajs', 'maildev', 'mysql2', 'typescript'];
  const missing = needed.filter((name) => !existsSync(join(repositoryDirectory, 'node_modules', name)));
  const subject = 'npm packages';
  if (missing.length === 0) return { subject, level: 'fine', found: 'installed' };
  return { subject, level: 'problem', found: `missing: ${missing.join(', ')}`, fix: 'npm ci' };
}

async function checkJava(majorMin = JAVA_MAJOR_MIN, subject = 'java'): Promise<Finding> {
  const java = await findJava(majorMin);
  if (java) return { subject, level: 'fine', found: `${java.version.split('\n')[0]} at ${java.executable}` };
  if (findOnPath('python3'))
    return { subject, level: 'fine', found: 'none yet; it will be fetched from PyPI' };
  const fix = `install Java ${majorMin} or newer (or python3 with pip, to have one fetched)`;
  return {
    subject,
    level: 'problem',
    found: `no Java ${majorMin} or newer on PATH or in JAVA_HOME`,
    fix,
  };
}

function checkFromMaven(subject: string, isCached: boolean): Finding {
  if (isCached) return { subject, level: 'fine', found: 'cached' };
  if (findOnPath('mvn')) return { subject, level: 'fine', found: 'none yet; it will be fetched by Maven' };
  return {
    subject,
    level: 'problem',
    found: 'not cached, and no Maven to fetch it',
    fix: 'install maven (mvn)',
  };
}

function checkServer(source: typeof databaseSource): Finding {
  const subject = source.title;
  if (hasServer(source)) return { subject, level: 'fine', found: 'present' };
  if (canFetchServer(source))
    return { subject, level: 'fine', found: 'none yet; it will be fetched by apt-get' };
  const fix = `install ${source.title} (${source.namesOnPath.join(' or ')} on PATH)`;
  return { subject, level: 'problem', found: 'not installed, and apt-get, dpkg-deb or ldd is missing', fix };
}

function checkServices({ services }: Plan): Finding {
  const subject = 'services';
  const missing = services.filter(
    (name) => !existsSync(join(repositoryDirectory, 'services', name, 'dist', 'main.js')),
  );
  if (missing.length === 0) return { subject, level: 'fine', found: `compiled: ${services.join(', ')}` };
  return { subject, level: 'problem', found: `not compiled: ${missing.join(', ')}`, fix: 'npx tsc -b' };
}

async function checkPorts(plan: Plan): Promise<Finding> {
  const subject = 'ports';
  const conflicts = await portConflicts(plan);
  if (conflicts.length === 0) return { subject, level: 'fine', found: 'all free' };
  const fix = 'end that process, or give --port-offset 300';
  return { subject, level: 'problem', found: conflicts.join('\n'), fix };
}

async function checkDisk(subject: string, directory: string, neededMb: number): Promise<Finding> {
  const { bavail, bsize } = await statfs(existingParent(directory));
  const freeMb = Math.floor((bavail * bsize) / MIB);
  const found = `${freeMb} MB free in ${directory}`;
  if (freeMb >= neededMb) return { subject, level: 'fine', found };
  return { subject, level: 'problem', found, fix: `free ${neededMb} MB, or choose another place` };
}

function existingParent(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingParent(dirname(path));
}

async function checkMemory(): Promise<Finding> {
  const subject = 'memory';
  const availableMb = Math.floor((await availableBytes()) / MIB);
  const found = `${availableMb} MB available`;
  if (availableMb >= MEMORY_MB_ADVISED) return { subject, level: 'fine', found };
  const level = availableMb < MEMORY_MB_MIN ? 'problem' : 'warning';
  return {
    subject,
    level,
    found,
    fix: `close other programs; all of Naru takes about ${MEMORY_MB_ADVISED} MB`,
  };
}

/** Free memory leaves out what the system gives up on demand, which Linux counts as available. */
async function availableBytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib ? Number(kib) * 1024 : freemem();
}
