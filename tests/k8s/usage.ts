import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { NAMESPACE } from '../../scripts/src/kubernetes/cluster';
import type { TestCluster } from './cluster';

const MI = 2 ** 20;
const units: Readonly<Record<string, number>> = { '': 1, m: 0.001, Ki: 2 ** 10, Mi: MI, Gi: 2 ** 30 };

/** What the pods of Naru's namespace ask for, may have, and use. */
export interface Usage {
  readonly pods: number;
  readonly requestedCpu_cores: number;
  readonly requestedMemory_mi: number;
  readonly memoryLimits_mi: number;
  /** Working set, by the kubelet; undefined where the API server does not pass it on. */
  readonly usedMemory_mi: number | undefined;
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly namespace: string };
    readonly memory?: { readonly workingSetBytes?: number };
  }[];
}

export async function usageOf({ core }: TestCluster): Promise<Usage> {
  const { items } = await core.listNamespacedPod({
    namespace: NAMESPACE,
    fieldSelector: 'status.phase=Running',
  });
  const total = (kind: 'requests' | 'limits', resource: string) =>
    items
      .flatMap((pod: V1Pod) => pod.spec?.containers ?? [])
      .reduce((sum, { resources }) => sum + amountOf(resources?.[kind]?.[resource]), 0);
  const nodes = new Set(items.map((pod) => pod.spec?.nodeName ?? ''));
  return {
    pods: items.length,
    requestedCpu_cores: total('requests', 'cpu'),
    requestedMemory_mi: Math.round(total('requests', 'memory') / MI),
    memoryLimits_mi: Math.round(total('limits', 'memory') / MI),
    usedMemory_mi: await usedMemory(core, [...nodes]).catch(() => undefined),
  };
}

/** A number with a unit of Kubernetes's, such as 20m or 128Mi. */
function amountOf(quantity = '0'): number {
  const [, number, unit = ''] = /^([\d.]+)(\w*)$/.exec(quantity) ?? [];
  const factor = units[unit];
  if (number === undefined || factor === undefined) throw new Error(`${quantity} is no quantity`);
  return Number(number) * factor;
}

async function usedMemory(core: TestCluster['core'], nodes: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const name of nodes) {
    const answer = await core.connectGetNodeProxyWithPath({ name, path: 'stats/summary' });
    const { pods } = (typeof answer === 'string' ? JSON.parse(answer) : answer) as Summary;
    for (const { podRef, memory } of pods)
      if (podRef.namespace === NAMESPACE) bytes += memory?.workingSetBytes ?? 0;
  }
  return Math.round(bytes / MI);
}

/** A line for each node, for the head of a report. */
export async function machineOf({ core }: TestCluster): Promise<string[]> {
  const { items } = await core.listNode();
  return items.map(({ metadata, status }) => {
    const { nodeInfo, capacity } = status ?? {};
    return `node ${metadata?.name}: ${capacity?.['cpu']} cores, ${capacity?.['memory']} memory, Kubernetes ${nodeInfo?.kubeletVersion}, ${nodeInfo?.containerRuntimeVersion}`;
  });
}
