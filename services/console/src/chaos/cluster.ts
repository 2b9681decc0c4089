import type { CoreV1Api, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { InfrastructureError, ProblemError, withDeadline } from '@naru/kernel';
import type { Chaos } from '../views';
import type { ChaosPort } from './port';

const ANSWER_MS = 5_000;
const PODS_MAX = 200;
const LOG_MAX = 20;

/** By deleting pods of one namespace, with the rights of the pod's own service account (charts/console). */
export function createClusterChaos(namespace: string, clock: () => number = Date.now): ChaosPort {
  let api: Promise<CoreV1Api> | undefined;
  const log: { at: string; text: string }[] = [];

  async function ask<T>(question: (api: CoreV1Api) => Promise<T>): Promise<T> {
    try {
      return await withDeadline(ANSWER_MS, async () => question(await (api ??= connect())));
    } catch (error) {
      api = undefined;
      const { code } = error as { code?: unknown };
      if (code === 404) throw new ProblemError(404, 'not-found', 'there is no such pod');
      throw new InfrastructureError('kubernetes', (error as Error).message.split('\n', 1)[0] ?? '', {
        cause: error,
      });
    }
  }

  async function state(): Promise<Chaos> {
    const { items } = await ask((core) => core.listNamespacedPod({ namespace, limit: PODS_MAX }));
    const parts = items.flatMap((pod) => partOf(pod) ?? []);
    return { parts, faults: [], burst: null, log: [...log] };
  }

  return {
    state,
    async act(name, action) {
      if (action !== 'kill') throw new ProblemError(409, 'not-now', 'a pod can only be killed');
      const { parts } = await state();
      if (!parts.some((part) => part.name === name))
        throw new ProblemError(404, 'not-found', `there is no pod ${name} that may be killed`);
      await ask((core) => core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 }));
      log.unshift({ at: new Date(clock()).toISOString(), text: `kill ${name}` });
      log.splice(LOG_MAX);
      return state();
    },
    async setFault(name) {
      throw new ProblemError(404, 'not-found', `there is no fault ${name} on a cluster`);
    },
    async startBurst() {
      throw new ProblemError(404, 'not-found', 'on a cluster bursts come from outside: npm run load');
    },
  };
}

/** Loaded where it is needed: it is large, and nobody else needs it. */
async function connect(): Promise<CoreV1Api> {
  const kubernetes = await import('@kubernetes/client-node');
  const config = new kubernetes.KubeConfig();
  config.loadFromCluster();
  return config.makeApiClient(kubernetes.CoreV1Api);
}

type Part = Chaos['parts'][number];

/** Undefined for pods that are none of Naru's, and for the console's own. */
function partOf({ metadata, status }: V1Pod): Part | undefined {
  const { name = '', labels = {}, deletionTimestamp } = metadata ?? {};
  const kind = kindOf(labels);
  if (!kind) return undefined;
  const isReady = (status?.conditions ?? []).some(
    ({ type, status: is }) => type === 'Ready' && is === 'True',
  );
  const state = deletionTimestamp ? 'ending' : isReady ? 'ready' : (status?.phase ?? 'unknown').toLowerCase();
  // Its controller makes another one at once.
  return { name, kind, state, actions: deletionTimestamp ? [] : ['kill'] };
}

function kindOf(labels: Readonly<Record<string, string>>): Part['kind'] | undefined {
  if (labels['strimzi.io/broker-role'] === 'true') return 'broker';
  const name = labels['app.kubernetes.io/name'] ?? '';
  if (labels['app.kubernetes.io/part-of'] !== 'naru' || name === 'console') return undefined;
  if (name === 'mysql') return 'database';
  return name === 'redis' || name === 'mail' || name === 'registry' ? name : 'service';
}
