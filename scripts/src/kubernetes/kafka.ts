import type { Report } from '../platform/supervisor';
import { NAMESPACE, type Cluster, type KubernetesObject, type ObjectName } from './cluster';
import { applyAll, inNamespace, readManifests } from './manifests';
import { awaited, whyNotAllReady } from './readiness';

/** Images of 600 MB are pulled first, where they are not there. */
const KAFKA_LIMIT_MS = 600_000;
const TOPICS_LIMIT_MS = 300_000;
const REMOVAL_LIMIT_MS = 180_000;

const API_VERSION = 'kafka.strimzi.io/v1';
const KAFKA = named('Kafka', 'naru');
/** What `down` remembers of a Kafka whose volumes it keeps. */
const IDENTITY = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'naru-kafka-identity', namespace: NAMESPACE },
};
const PAUSED = { 'strimzi.io/pause-reconciliation': 'true' };

/** Applies strimzi/ and waits for the brokers, then for topics and users. */
export async function bringUpKafka(cluster: Cluster, report: Report): Promise<void> {
  const objects = readManifests('strimzi').map(inNamespace);
  const isEntity = ({ kind }: KubernetesObject) => kind === 'KafkaTopic' || kind === 'KafkaUser';
  await restoreIdentity(cluster, objects);
  await applyAll(
    cluster,
    objects.filter((object) => !isEntity(object)),
  );
  await awaited('Kafka', KAFKA_LIMIT_MS, report, () => whyNotAllReady(cluster, [KAFKA]));
  const entities = objects.filter(isEntity);
  await applyAll(cluster, entities);
  await awaited('topics and users', TOPICS_LIMIT_MS, report, () => whyNotAllReady(cluster, entities));
}

/**
 * Volumes that were kept are of a cluster with an id, and brokers refuse volumes of another. A new Kafka is given that
 * id before its operator may look at it (Strimzi's documentation, "Recovering a deleted Kafka cluster").
 */
async function restoreIdentity(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<void> {
  const { clusterId } = ((await cluster.read(IDENTITY))?.['data'] ?? {}) as { clusterId?: string };
  const kafka = objects.find(({ kind }) => kind === 'Kafka');
  if (clusterId === undefined || !kafka || (await cluster.read(KAFKA)) !== undefined) return;
  await cluster.apply({ ...kafka, metadata: { ...kafka.metadata, annotations: PAUSED } });
  await cluster.setKafkaClusterId(KAFKA.metadata.name, clusterId);
}

/**
 * Ends the brokers. Topics and users stay declared, unless their records go with them: to delete a topic's resource is
 * to delete the topic.
 */
export async function takeDownKafka(cluster: Cluster, withVolumes: boolean, report: Report): Promise<void> {
  const kafka = await cluster.read(KAFKA);
  if (withVolumes) {
    if (!kafka) await dropFinalizers(cluster);
    await removeAll(cluster, ['KafkaTopic', 'KafkaUser'], 'topics and users', report);
  }
  const { clusterId } = (kafka?.['status'] ?? {}) as { clusterId?: string };
  if (clusterId !== undefined && !withVolumes) await cluster.apply({ ...IDENTITY, data: { clusterId } });
  await cluster.remove(KAFKA);
  await removeAll(cluster, ['KafkaNodePool'], 'node pools', report);
  await awaited('the end of the brokers', REMOVAL_LIMIT_MS, report, async () => {
    const pods = await cluster.list('v1', 'Pod', NAMESPACE);
    const left = pods.filter(
      ({ metadata }) => metadata.labels?.['strimzi.io/cluster'] === KAFKA.metadata.name,
    );
    return left.length === 0 ? null : `${left.length} pods are still there`;
  });
}

/** Without a Kafka there is no topic operator, which alone would end a topic's resource. */
async function dropFinalizers(cluster: Cluster): Promise<void> {
  for (const { metadata } of await cluster.list(API_VERSION, 'KafkaTopic', NAMESPACE))
    await cluster.dropFinalizers(named('KafkaTopic', metadata.name));
}

function named(kind: string, name: string): ObjectName {
  return { apiVersion: API_VERSION, kind, metadata: { name, namespace: NAMESPACE } };
}

async function removeAll(
  cluster: Cluster,
  kinds: readonly string[],
  what: string,
  report: Report,
): Promise<void> {
  const all = async () =>
    (await Promise.all(kinds.map((kind) => cluster.list(API_VERSION, kind, NAMESPACE)))).flat();
  for (const { kind, metadata } of await all()) await cluster.remove(named(kind, metadata.name));
  await awaited(`the end of the ${what}`, REMOVAL_LIMIT_MS, report, async () => {
    const left = (await all()).length;
    return left === 0 ? null : `${left} are still there`;
  });
}
