import { realpathSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import { PlatformError } from '../errors';
import type { Java } from './java';
import { findOnPath, runCommand } from './run-command';

const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8';
const COPY_DEPENDENCIES_GOAL = `${DEPENDENCY_PLUGIN}:copy-dependencies`;
const COPY_GOAL = `${DEPENDENCY_PLUGIN}:copy`;

/** group:artifact:version */
export type MavenArtifact = `${string}:${string}:${string}`;

/** Fetches artifacts and all that they need at run time into a new directory. */
export async function fetchJars(
  directory: string,
  artifacts: readonly MavenArtifact[],
  java: Java,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'pom.xml'), project(artifacts));
  await runMaven(directory, java, [COPY_DEPENDENCIES_GOAL, '-DoutputDirectory=.', '-DincludeScope=runtime']);
  await rm(join(directory, 'pom.xml'));
}

async function runMaven(directory: string, java: Java, parameters: readonly string[]): Promise<void> {
  const maven = findOnPath('mvn');
  if (!maven)
    throw new PlatformError(
      'TOOL_MISSING',
      'Maven (mvn) fetches Java programs and is missing',
      'install maven',
    );
  // Maven runs on Java as well, which may be one that is not on PATH.
  const environment = { JAVA_HOME: dirname(dirname(realpathSync(java.executable))), ...process.env };
  await runCommand(maven, ['--batch-mode', '--quiet', ...parameters], {
    workingDirectory: directory,
    environment,
  });
}

/**
 * Fetches one archive, without what it needs.
 * @param artifact group:artifact:version:type:classifier
 * @returns its file
 */
export async function fetchArchive(directory: string, artifact: string, java: Java): Promise<string> {
  await runMaven(directory, java, [COPY_GOAL, `-Dartifact=${artifact}`, '-DoutputDirectory=.']);
  const [, name, version, type, classifier] = artifact.split(':');
  return join(directory, `${name}-${version}-${classifier}.${type}`);
}

/** The class path of a directory's jars, always in the same order. */
export async function classPath(directory: string): Promise<string> {
  const jars = (await readdir(directory)).filter((name) => name.endsWith('.jar')).sort();
  return jars.map((name) => join(directory, name)).join(delimiter);
}

function project(artifacts: readonly MavenArtifact[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `    <dependency>
      <groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version>
    </dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>naru</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`;
}
