import type { Command } from '@naru/audit';
import { services, type ServiceName } from '@naru/contracts';
import { NAMESPACE } from '../../scripts/src/kubernetes/cluster';
import { whyNotReady } from '../../scripts/src/kubernetes/readiness';
import { client, type Client } from '../support/client';
import { none, soon, type TestCluster } from './cluster';
import { startOperator, type Operator } from './operator';
import { readyPods } from './pods';
import { openForward, type Forward } from './port-forward';

/** A whole Naru on the cluster, reached as a developer reaches it: through forwarded ports. */
export interface NaruOnKubernetes {
  readonly cluster: TestCluster;
  readonly gateway: Client;
  /** Straight to a service, as another service would. */
  direct(service: ServiceName): Client;
  readonly operator: Operator;
  /** What was asked of it under load, and what was answered. */
  readonly history: Command[];
  /** Waits until every pod is ready, every replica in sync, and the gateway answers. */
  wellAgain(within_ms: number): Promise<void>;
  close(): Promise<void>;
}

/** The brokers' pods, as Strimzi labels them. */
export const BROKERS = 'strimzi.io/name=naru-kafka';
const BROKER_COUNT = 3;
const FORWARDED: readonly ServiceName[] = ['gateway', 'user', 'point', 'order', 'product', 'notification'];

export async function enterNaru(cluster: TestCluster, tag: string): Promise<NaruOnKubernetes> {
  const forwards = new Map<ServiceName, Forward>();
  for (const service of FORWARDED)
    forwards.set(service, await openForward(cluster, selectorOf(service), services[service].port));
  const direct = (service: ServiceName) => {
    const forward = forwards.get(service);
    if (!forward) throw new Error(`no port is forwarded to ${service}`);
    return client(forward.url);
  };
  const operator = await startOperator(cluster, tag);
  const gateway = direct('gateway');
  return {
    cluster,
    gateway,
    direct,
    operator,
    history: [],
    async wellAgain(within_ms) {
      const end_ms = performance.now() + within_ms;
      const left_ms = () => Math.max(0, end_ms - performance.now());
      await soon('all pods are ready', left_ms(), async () => none(await notReady(cluster)));
      await soon('all replicas are in sync', left_ms(), async () => none(await operator.behind()));
      await soon(
        'the gateway answers',
        left_ms(),
        async () => (await gateway.get('/welcome')).status === 200,
      );
    },
    async close() {
      for (const forward of forwards.values()) await forward.close();
    },
  };
}

/** The Service's own selector. */
function selectorOf(service: ServiceName): string {
  const { roles } = services[service];
  const component = roles.includes('api') ? 'api' : 'consumer';
  return `app.kubernetes.io/name=${service},app.kubernetes.io/component=${component}`;
}

/** Workloads that are not what they should be, and why. */
async function notReady(cluster: TestCluster): Promise<string[]> {
  const kinds = [
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['kafka.strimzi.io/v1', 'Kafka'],
  ] as const;
  const lists = await Promise.all(
    kinds.map(async ([version, kind]) => {
      // Items of a list do not say what they are.
      return (await cluster.list(version, kind, NAMESPACE)).map((object) => ({ ...object, kind }));
    }),
  );
  const reasons = lists.flat().flatMap((object) => {
    const reason = whyNotReady(object);
    return reason === null ? [] : [`${object.metadata.name}: ${reason}`];
  });
  const ready = (await readyPods(cluster, BROKERS)).length;
  return ready === BROKER_COUNT ? reasons : [...reasons, `${ready} of ${BROKER_COUNT} brokers are ready`];
}
