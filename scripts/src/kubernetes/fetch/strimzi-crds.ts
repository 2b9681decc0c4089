import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cached } from '../../platform/fetch/cache';
import { ensureJava } from '../../platform/fetch/java';
import { classPath, fetchJars } from '../../platform/fetch/maven';
import { runCommand } from '../../platform/fetch/run-command';

const GENERATOR = 'io.strimzi.crdgenerator.CrdGenerator';
const JAVA_MAJOR_MIN = 21;
const models = ['kafka.Kafka', 'nodepool.KafkaNodePool', 'topic.KafkaTopic', 'user.KafkaUser'] as const;

/** The YAML of Strimzi's custom resource definitions, made by the generator that makes those of its releases. */
export async function strimziCrds(version: string): Promise<string[]> {
  const jars = await cached(`strimzi-crd-generator-${version}`, async (draft) =>
    // By the Java that is installed, which may know certificates that a fetched one does not.
    fetchJars(
      draft,
      [`io.strimzi:api:${version}`, `io.strimzi:crd-generator:${version}`],
      await ensureJava(),
    ),
  );
  const java = await ensureJava(JAVA_MAJOR_MIN);
  const directory = await mkdtemp(join(tmpdir(), 'naru-crds-'));
  try {
    const files = models.map((model) => join(directory, `${model}.yaml`));
    const versions = ['--crd-api-version', 'v1', '--api-versions', 'v1', '--storage-version', 'v1'];
    await runCommand(java.executable, [
      ...['-cp', await classPath(jars), GENERATOR, '--target-kube', '1.25+', ...versions, '--yaml'],
      ...models.map((model, index) => `io.strimzi.api.kafka.model.${model}=${files[index]}`),
    ]);
    return await Promise.all(files.map((file) => readFile(file, 'utf8')));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
