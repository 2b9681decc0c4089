import { waitUntil } from '../platform';
import { observed } from '../platform/stages';
import type { Report } from '../platform/supervisor';
import type { Cluster, KubernetesObject, ObjectName } from './cluster';

const INTERVAL_MS = 1_000;

interface Status {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
}

/**
 * Why an object is not what its specification asks for yet, or null when it is: a Deployment or StatefulSet whose
 * pods are all new and ready, anything else whose condition `Ready` is true, of the newest specification each.
 */
export function whyNotReady(object: KubernetesObject | undefined): string | null {
  if (object === undefined) return 'it is not there';
  const status = (object['status'] ?? {}) as Status;
  if ((status.observedGeneration ?? 0) < (object.metadata.generation ?? 0)) return 'nobody has looked at it';
  if (object.kind === 'Deployment' || object.kind === 'StatefulSet') return whyNotRolledOut(object, status);
  const condition = status.conditions?.find(({ type }) => type === 'Ready');
  if (condition?.status === 'True') return null;
  return condition?.message ?? 'it does not say that it is ready';
}

function whyNotRolledOut(object: KubernetesObject, status: Status): string | null {
  const { replicas = 1 } = object['spec'] as { replicas?: number };
  const { replicas: existing = 0, updatedReplicas: updated = 0, readyReplicas: ready = 0 } = status;
  if (updated === replicas && existing === replicas && ready === replicas) return null;
  return `of ${replicas} pods ${updated} are new and ${ready} ready, ${existing} in all`;
}

/** Waits for a piece of work, telling of it. @throws PlatformError NOT_READY after the limit, with the last cause */
export async function awaited(
  what: string,
  limitMs: number,
  report: Report,
  whyNot: () => Promise<string | null>,
): Promise<void> {
  const work = () =>
    waitUntil({ what, timeoutMs: limitMs, intervalMs: INTERVAL_MS }, async () => {
      const reason = await whyNot();
      if (reason !== null) throw new Error(reason);
      return true;
    });
  await observed(what, work, report, `at most ${limitMs / 1_000} s`);
}

/** Why not all of several objects are ready: the first cause, and how many there are. */
export async function whyNotAllReady(cluster: Cluster, names: readonly ObjectName[]): Promise<string | null> {
  const causes: string[] = [];
  for (const name of names) {
    const reason = whyNotReady(await cluster.read(name));
    if (reason !== null) causes.push(`${name.metadata.name}: ${reason}`);
  }
  if (causes.length < 2) return causes[0] ?? null;
  return `${causes[0]}; and ${causes.length - 1} more of ${names.length}`;
}
