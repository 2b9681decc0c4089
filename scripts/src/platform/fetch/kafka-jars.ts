import { realpathSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import { PlatformError } from '../errors';
import { cached, isCached } from './cache';
import type { Java } from './java';
import { findOnPath, runCommand } from './run-command';

export const KAFKA_VERSION = '4.3.1';
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies';
export const KAFKA_JARS_ENTRY = `kafka-${KAFKA_VERSION}`;

// Kafka's own pom names no logging backend; without one the broker says nothing.
const PROJECT = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>naru</groupId>
  <artifactId>kafka-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.4</version>
    </dependency>
  </dependencies>
</project>
`;

/** Whether Kafka's jars need not be fetched any more. */
export function hasKafkaJars(): boolean {
  return isCached(KAFKA_JARS_ENTRY);
}

/** Fetches Kafka by Maven unless it is cached; answers the class path, always in the same order. */
export async function ensureKafkaJars(java: Java): Promise<string> {
  const directory = await cached(KAFKA_JARS_ENTRY, async (draft) => {
    const maven = findOnPath('mvn');
    if (!maven)
      throw new PlatformError('TOOL_MISSING', 'Maven (mvn) fetches Kafka and is missing', 'install maven');
    await mkdir(draft, { recursive: true });
    await writeFile(join(draft, 'pom.xml'), PROJECT);
    const parameters = [
      '--batch-mode',
      '--quiet',
      DEPENDENCY_PLUGIN,
      '-DoutputDirectory=.',
      '-DincludeScope=runtime',
    ];
    // Maven runs on Java as well, which may be one that is not on PATH.
    const environment = { JAVA_HOME: dirname(dirname(realpathSync(java.executable))), ...process.env };
    await runCommand(maven, parameters, { workingDirectory: draft, environment });
    await rm(join(draft, 'pom.xml'));
  });
  const jars = (await readdir(directory)).filter((name) => name.endsWith('.jar')).sort();
  return jars.map((name) => join(directory, name)).join(delimiter);
}
