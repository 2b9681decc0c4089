import { join } from 'node:path';

import { repositoryDirectory } from '../platform';
import { runCommand } from '../platform/fetch/run-command';
import { observed } from '../platform/stages';
import type { Report } from '../platform/supervisor';
import { buildCharts, chartDirectory, UMBRELLA } from './charts';
import { NAMESPACE, type Cluster, type KubernetesObject, type ObjectName } from './cluster';
import { bringUpKafka } from './kafka';
import { applyAll, readManifests } from './manifests';
import { installOperators } from './operators';
import { awaited, whyNotAllReady } from './readiness';
import { makeSecrets, secretRecipes } from './secrets';

export const DATA_RELEASE = 'naru-data';
/** The server starts and is given its accounts; its image is pulled first, where it is not there. */
const DATA_LIMIT_S = 600;
const HELM_LIMIT_S = 120;
const SERVICES_LIMIT_MS = 600_000;
const FIX = 'what it printed says why; kubectl -n naru get pods,events shows more';

export interface UpRequest {
  /** Of the images; the chart's version without it. */
  readonly tag?: string | undefined;
  /** A file of values for the umbrella chart. */
  readonly values?: string | undefined;
  readonly mysqlPerService: boolean;
  readonly monitoring: boolean;
}

/** Installs everything, each thing when what it needs is there; what is there already is brought into line. */
export async function bringUp(cluster: Cluster, request: UpRequest, report: Report): Promise<void> {
  await observed('namespaces and policies', () => applyPolicies(cluster), report);
  await installOperators(cluster, request.monitoring, report);
  const recipes = secretRecipes(request.mysqlPerService);
  await observed('secrets', async () => void (await makeSecrets(cluster, recipes)), report);
  await Promise.all([bringUpDataStores(cluster, request, report), bringUpKafka(cluster, report)]);
  await observed('charts', () => buildCharts('helm'), report);
  await bringUpServices(cluster, request, report);
}

export async function applyPolicies(cluster: Cluster): Promise<void> {
  await applyAll(cluster, readManifests('k8s', 'namespaces.yaml'));
  await applyAll(cluster, readManifests('k8s', 'default-deny.yaml'));
}

async function bringUpDataStores(cluster: Cluster, request: UpRequest, report: Report): Promise<void> {
  const values = ['--set', `mysql.perService=${request.mysqlPerService}`, '--timeout', `${DATA_LIMIT_S}s`];
  const chart = join(repositoryDirectory, 'k8s', 'data-stores');
  // Helm ends when the Job has made the accounts, and so after MySQL is there.
  const install = () => upgrade(cluster, DATA_RELEASE, chart, values);
  await observed('databases and their accounts', install, report, `at most ${DATA_LIMIT_S} s`);
  const stores = await workloads(cluster, DATA_RELEASE);
  await awaited('data stores', DATA_LIMIT_S * 1_000, report, () => whyNotAllReady(cluster, stores));
}

/** Installs or upgrades the services alone, from charts that are put together, and waits until they are ready. */
export async function bringUpServices(
  cluster: Cluster,
  request: Omit<UpRequest, 'mysqlPerService'>,
  report: Report,
): Promise<void> {
  const { tag, values, monitoring } = request;
  const parameters = [
    ...['--timeout', `${HELM_LIMIT_S}s`],
    ...(values === undefined ? [] : ['--values', values]),
    ...(tag === undefined ? [] : ['--set-string', `global.image.tag=${tag}`]),
    ...(monitoring ? ['--set', 'global.monitoring.enabled=true'] : []),
  ];
  const install = () => upgrade(cluster, UMBRELLA, chartDirectory(UMBRELLA), parameters);
  await observed('release', install, report, `at most ${HELM_LIMIT_S} s`);
  // Not by helm's --wait, which says nothing meanwhile.
  const all = await workloads(cluster, UMBRELLA);
  const waits = all.map((workload) => {
    const whyNot = () => whyNotAllReady(cluster, [workload]);
    return awaited(workload.metadata.name, SERVICES_LIMIT_MS, report, whyNot);
  });
  await Promise.all(waits);
}

async function upgrade(
  cluster: Cluster,
  release: string,
  chart: string,
  parameters: readonly string[],
): Promise<void> {
  const where = ['--namespace', NAMESPACE, '--kube-context', cluster.context];
  await runCommand('helm', ['upgrade', '--install', release, chart, ...where, ...parameters], { fix: FIX });
}

async function workloads(cluster: Cluster, release: string): Promise<ObjectName[]> {
  const kinds = ['Deployment', 'StatefulSet'];
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const objects = await cluster.list('apps/v1', kind, NAMESPACE);
      return objects.filter((object) => isOf(release, object)).map(({ metadata }) => nameOf(kind, metadata));
    }),
  );
  return found.flat();
}

function isOf(release: string, { metadata }: KubernetesObject): boolean {
  const labels = metadata.labels ?? {};
  return labels['app.kubernetes.io/instance'] === release && labels['app.kubernetes.io/part-of'] === 'naru';
}

function nameOf(kind: string, { name }: KubernetesObject['metadata']): ObjectName {
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace: NAMESPACE } };
}
