import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { PlatformError } from '../errors';
import { cached, isCached } from './cache';
import { ensureJava, type Java } from './java';
import { fetchArchive } from './maven';
import { runCommand } from './run-command';

const APICURIO_VERSION = '3.3.3';
const APICURIO_ENTRY = `apicurio-registry-${APICURIO_VERSION}`;
/** Its classes are of this version. */
export const APICURIO_JAVA_MIN = 21;
const STARTER = 'quarkus-run.jar';

/** The schema registry that speaks Confluent's API. */
export interface Apicurio {
  readonly java: Java;
  readonly directory: string;
  /** Within the directory. */
  readonly starter: string;
}

/** Whether Apicurio Registry need not be fetched any more. */
export function hasApicurio(): boolean {
  return isCached(APICURIO_ENTRY);
}

/** Fetches Apicurio Registry by Maven, and a Java that is new enough, unless they are there. */
export async function ensureApicurio(): Promise<Apicurio> {
  const java = await ensureJava(APICURIO_JAVA_MIN);
  const directory = await cached(APICURIO_ENTRY, async (draft) => {
    await mkdir(draft, { recursive: true });
    const artifact = `io.apicurio:apicurio-registry-app:${APICURIO_VERSION}:tar.gz:all`;
    const archive = await fetchArchive(draft, artifact, java);
    await runCommand('tar', ['-xzf', archive, '-C', draft]);
    await runCommand('rm', ['-f', archive]);
    if (!(await readdir(draft)).includes(STARTER))
      throw new PlatformError('FETCH_FAILED', `${artifact} holds no ${STARTER}`);
  });
  return { java, directory, starter: join(directory, STARTER) };
}
