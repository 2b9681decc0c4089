import { cached, isCached } from './cache';
import type { Java } from './java';
import { classPath, fetchJars } from './maven';

export const KAFKA_VERSION = '4.3.1';
export const KAFKA_JARS_ENTRY = `kafka-${KAFKA_VERSION}`;

/** Whether Kafka's jars need not be fetched any more. */
export function hasKafkaJars(): boolean {
  return isCached(KAFKA_JARS_ENTRY);
}

/** Fetches Kafka by Maven unless it is cached; answers the class path. */
export async function ensureKafkaJars(java: Java): Promise<string> {
  const directory = await cached(KAFKA_JARS_ENTRY, (draft) =>
    // Kafka's own pom names no logging backend; without one the broker says nothing.
    fetchJars(
      draft,
      [`org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`, 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4'],
      java,
    ),
  );
  return classPath(directory);
}
