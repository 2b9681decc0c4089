import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { repositoryDirectory } from '../platform';
import { NAMESPACE, type Cluster, type KubernetesObject } from './cluster';

/** The objects of a YAML file of the repository, or of all such files in a directory of it. */
export function readManifests(...path: string[]): KubernetesObject[] {
  const target = join(repositoryDirectory, ...path);
  if (target.endsWith('.yaml')) return parseManifests(readFileSync(target, 'utf8'));
  const files = readdirSync(target).filter((file) => file.endsWith('.yaml'));
  return files.sort().flatMap((file) => parseManifests(readFileSync(join(target, file), 'utf8')));
}

function parseManifests(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0] as Error;
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** Applies objects in their order; into Naru's namespace where they name none. */
export async function applyAll(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects)
    await cluster.apply(object.kind === 'Namespace' ? object : inNamespace(object));
}

export function inNamespace(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { namespace: NAMESPACE, ...object.metadata } };
}
