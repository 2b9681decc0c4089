import { runCommand } from '../platform/fetch/run-command';
import { observed } from '../platform/stages';
import type { Report } from '../platform/supervisor';
import { UMBRELLA } from './charts';
import { NAMESPACE, type Cluster } from './cluster';
import { takeDownKafka } from './kafka';
import { awaited } from './readiness';
import { DATA_RELEASE } from './up';

const UNINSTALL_LIMIT_S = 180;
const NAMESPACE_LIMIT_MS = 300_000;

/**
 * Uninstalls Naru: services, then brokers, then data stores, so that each can finish what it is at. Volumes, secrets
 * and the declarations of topics and users stay, and `up` goes on with them; with `withVolumes` the whole namespace
 * goes. Operators stay.
 */
export async function takeDown(cluster: Cluster, withVolumes: boolean, report: Report): Promise<void> {
  await uninstall(cluster, UMBRELLA, 'the end of the services', report);
  await takeDownKafka(cluster, withVolumes, report);
  await uninstall(cluster, DATA_RELEASE, 'the end of the data stores', report);
  if (!withVolumes) return;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  await cluster.remove(namespace);
  await awaited(`the end of namespace ${NAMESPACE}`, NAMESPACE_LIMIT_MS, report, async () =>
    (await cluster.read(namespace)) === undefined ? null : 'it is still there',
  );
}

async function uninstall(cluster: Cluster, release: string, what: string, report: Report): Promise<void> {
  const where = ['--namespace', NAMESPACE, '--kube-context', cluster.context];
  const patience = ['--ignore-not-found', '--wait', '--timeout', `${UNINSTALL_LIMIT_S}s`];
  const work = async () => void (await runCommand('helm', ['uninstall', release, ...where, ...patience]));
  await observed(what, work, report, `at most ${UNINSTALL_LIMIT_S} s`);
}
