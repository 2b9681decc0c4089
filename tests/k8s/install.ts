import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { services, type ServiceName } from '@naru/contracts';
import { NAMESPACE, type Cluster } from '../../scripts/src/kubernetes/cluster';
import { bringUp, bringUpServices } from '../../scripts/src/kubernetes/up';
import type { Report } from '../../scripts/src/platform/supervisor';
import { settings } from '../chaos/src/chaos-naru';
import { say, seconds } from './report';

/** Of the images that are built and tested. */
export const TAG = 'test';

const names = Object.keys(services) as ServiceName[];

const request = { tag: TAG, mysqlPerService: false, monitoring: false };

/** How long each part took, milliseconds. */
export type Durations = ReadonlyMap<string, number>;

/** `npm run k8s -- up`. @returns besides, how long it took from `helm install` to all pods ready */
export async function install(cluster: Cluster): Promise<{ parts: Durations; servicesReady_ms: number }> {
  let helmAt_ms = 0;
  const parts = await withValues(new Set(), (values, report) =>
    bringUp(cluster, { ...request, values }, (part, phase, ...rest) => {
      if (part === 'release' && phase === 'starting') helmAt_ms = performance.now();
      report(part, phase, ...rest);
    }),
  );
  return { parts, servicesReady_ms: performance.now() - helmAt_ms };
}

/** `helm upgrade` with another setting of some services, whose pods are replaced. */
export async function upgrade(cluster: Cluster, renewed: ReadonlySet<ServiceName>): Promise<void> {
  await withValues(renewed, (values, report) => bringUpServices(cluster, { ...request, values }, report));
}

async function withValues(
  renewed: ReadonlySet<ServiceName>,
  work: (file: string, report: Report) => Promise<void>,
): Promise<Durations> {
  const directory = mkdtempSync(join(tmpdir(), 'naru-k8s-'));
  const file = join(directory, 'values.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(valuesOf(renewed)));
  const parts = new Map<string, number>();
  try {
    await work(file, (part, phase, elapsed_ms) => {
      if (phase !== 'ready') return;
      parts.set(part, elapsed_ms);
      say(`${part} ready after ${seconds(elapsed_ms)}`);
    });
    return parts;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Values of charts/naru, as little beside the defaults as a test needs: KEDA looks often and takes pods away soon,
 * and the load is not one of passwords and limits.
 * @param renewed services that have a setting which the others do not have
 */
function valuesOf(renewed: ReadonlySet<ServiceName>) {
  // No shorter deadline for orders: the scenarios want theirs confirmed, however slow the machine is.
  const { SAGA_DEADLINE_S: _, ...usual } = settings;
  return {
    global: {
      keda: { pollingIntervalSeconds: 2, scaleDown: { stabilizationSeconds: 5, periodSeconds: 5 } },
    },
    ...Object.fromEntries(
      names.map((name) => [name, { env: { ...usual, LOG_LEVEL: renewed.has(name) ? 'warn' : 'info' } }]),
    ),
  };
}

/** @throws Error when there is something already: a test that begins with nothing must not end with somebody's data */
export async function refuseUnlessEmpty(cluster: Cluster): Promise<void> {
  const kinds = [
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['v1', 'PersistentVolumeClaim'],
    ['kafka.strimzi.io/v1', 'Kafka'],
  ] as const;
  for (const [version, kind] of kinds) {
    const [first] = await cluster.list(version, kind, NAMESPACE);
    if (first)
      throw new Error(
        `there is a Naru on ${cluster.context} already (${kind} ${first.metadata.name}); if nobody needs it: npm run k8s -- down --volumes`,
      );
  }
}
