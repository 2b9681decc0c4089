import type {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  Exec,
  PortForward,
} from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { openCluster, type Cluster } from '../../scripts/src/kubernetes/cluster';
import { eventually } from '../support/eventually';

/** The API server answers in milliseconds, but it shares its machine with what is tested. */
const POLL_MS = 500;

/** The cluster under test, with what only tests need of the Kubernetes API. */
export interface TestCluster extends Cluster {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly custom: CustomObjectsApi;
  readonly exec: Exec;
  readonly portForward: PortForward;
}

/** @throws PlatformError CLUSTER_REFUSED unless the context is a kind cluster's, or the one in NARU_K8S_CONTEXT */
export async function openTestCluster(): Promise<TestCluster> {
  const cluster = await openCluster(process.env['NARU_K8S_CONTEXT']);
  const kubernetes = await import('@kubernetes/client-node');
  const config = new kubernetes.KubeConfig();
  config.loadFromDefault();
  config.setCurrentContext(cluster.context);
  return {
    ...cluster,
    core: config.makeApiClient(kubernetes.CoreV1Api),
    apps: config.makeApiClient(kubernetes.AppsV1Api),
    custom: config.makeApiClient(kubernetes.CustomObjectsApi),
    exec: new kubernetes.Exec(config),
    portForward: new kubernetes.PortForward(config),
  };
}

/** `eventually`, at the pace of a cluster. */
export function soon<T>(
  what: string,
  within_ms: number,
  condition: () => Promise<T | false | null | undefined>,
): Promise<T> {
  return eventually(what, condition, within_ms, POLL_MS);
}

/** @throws Error naming what is left */
export function none(left: readonly string[]): true {
  if (left.length > 0) throw new Error(left.join('; '));
  return true;
}
