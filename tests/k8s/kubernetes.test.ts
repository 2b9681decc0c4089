import { afterAll, beforeAll, expect } from '@jest/globals';
import type { ServiceName } from '@naru/contracts';
import { run as k8s } from '../../scripts/src/commands/k8s';
import { NAMESPACE } from '../../scripts/src/kubernetes/cluster';
import { takeDown } from '../../scripts/src/kubernetes/down';
import { auditIsGreen, chaos, nemeses } from './chaos';
import { none, openTestCluster, soon, type TestCluster } from './cluster';
import { install, refuseUnlessEmpty, TAG, upgrade } from './install';
import { answered, longestPause, RATE_PER_S, told, underLoad } from './load';
import { enterNaru, type NaruOnKubernetes } from './naru';
import { nameOf, podsOf } from './pods';
import { policies, removeStranger } from './policy';
import { say, seconds, step, writeResults } from './report';
import { scaling } from './scaling';
import { scenarios } from './scenarios';
import { machineOf, usageOf } from './usage';

const isShort = process.env['NARU_K8S_FORM'] === 'short';
const INSTALL_MS = 20 * 60_000;
const UPGRADE_MS = 15 * 60_000;
const REMOVE_MS = 15 * 60_000;
const GONE_MS = 60_000;
const LAG_MIN = 2_000;
const podsOfServices = (names: readonly ServiceName[]) =>
  `app.kubernetes.io/part-of=naru,app.kubernetes.io/name in (${names.join(', ')})`;

/** Which services' pods are replaced at a time: those of all of them starting at once leave two cores no time to serve. */
const upgrades: readonly (readonly ServiceName[])[] = isShort
  ? [['gateway', 'order', 'point']]
  : [
      ['gateway', 'user', 'console'],
      ['board', 'point'],
      ['email', 'notification', 'catalog'],
      ['order', 'product', 'payment'],
    ];

let cluster: TestCluster;
let installed: NaruOnKubernetes | undefined;

function naru(): NaruOnKubernetes {
  if (!installed) throw new Error('Naru could not be installed');
  return installed;
}

beforeAll(async () => {
  cluster = await openTestCluster();
  await refuseUnlessEmpty(cluster);
}, 60_000);

let machine: string[] = [];
afterAll(async () => {
  await installed?.close();
  if (!isShort) writeResults(machine);
}, 60_000);

step('Images, and everything installed from nothing', INSTALL_MS, async (note) => {
  machine = await machineOf(cluster);
  const since_ms = performance.now();
  expect(await k8s(['images', '--tag', TAG])).toBe(0);
  note('images built in', seconds(performance.now() - since_ms));
  const { parts, servicesReady_ms } = await install(cluster);
  for (const part of ['Kafka', 'topics and users', 'databases and their accounts', 'data stores'])
    note(`${part} ready after`, seconds(parts.get(part) ?? NaN));
  note('helm install to all services ready', seconds(servicesReady_ms));
  installed = await enterNaru(cluster, TAG);
  await naru().wellAgain(INSTALL_MS);
  const usage = await usageOf(cluster);
  note('pods', usage.pods);
  note('requests', `${usage.requestedCpu_cores.toFixed(2)} cores, ${usage.requestedMemory_mi} MiB`);
  note('memory', `${usage.usedMemory_mi ?? 'not told'} MiB used, limits ${usage.memoryLimits_mi} MiB`);
});

scenarios(naru);

step('helm upgrade replaces pods under load, and no request fails', UPGRADE_MS, async (note) => {
  const podNames = async () => (await podsOf(cluster, podsOfServices(upgrades.flat()))).map(nameOf);
  const before = await podNames();
  const { answers } = await underLoad(naru(), { rate_per_s: RATE_PER_S }, async (soFar) => {
    const since_ms = performance.now();
    const renewed = new Set<ServiceName>();
    for (const services of upgrades) {
      for (const service of services) renewed.add(service);
      await upgrade(cluster, renewed);
    }
    note(`upgrades: ${upgrades.length}, in`, seconds(performance.now() - since_ms));
    await soon('no pod of before is left', GONE_MS, async () => {
      const now = await podNames();
      return none(before.filter((pod) => now.includes(pod)));
    });
    await naru().wellAgain(UPGRADE_MS);
    await answered(soFar);
  });
  note('pods replaced', before.length);
  note('requests', told(answers));
  note('longest time without a good answer', seconds(longestPause(answers)));
  expect(told(answers.filter(({ outcome }) => outcome === 'fail'))).toBe('0 ok, 0 fail, 0 unknown');
  await auditIsGreen(naru(), note);
});

scaling(naru, LAG_MIN);

chaos(
  naru,
  nemeses.filter((nemesis) => nemesis.isShort || !isShort),
);

policies(naru, TAG);

step('Uninstalled, nothing of it is left but its volumes', REMOVE_MS, async (note) => {
  await installed?.operator.remove();
  await installed?.close();
  installed = undefined;
  await removeStranger(cluster);
  const report = (part: string, phase: string, elapsed_ms: number) => {
    if (phase === 'ready') say(`${part} after ${seconds(elapsed_ms)}`);
  };
  const since_ms = performance.now();
  await takeDown(cluster, false, report);
  note('uninstalled in', seconds(performance.now() - since_ms));
  const left = async (version: string, kind: string) =>
    (await cluster.list(version, kind, NAMESPACE)).map(({ metadata }) => `${kind} ${metadata.name}`);
  const kinds = [
    ['v1', 'Pod'],
    ['v1', 'Service'],
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['batch/v1', 'Job'],
    ['policy/v1', 'PodDisruptionBudget'],
    ['autoscaling/v2', 'HorizontalPodAutoscaler'],
    ['keda.sh/v1alpha1', 'ScaledObject'],
    ['keda.sh/v1alpha1', 'TriggerAuthentication'],
    ['kafka.strimzi.io/v1', 'Kafka'],
    ['kafka.strimzi.io/v1', 'KafkaNodePool'],
  ] as const;
  for (const [version, kind] of kinds)
    await soon(`no ${kind} is left`, GONE_MS, async () => none(await left(version, kind)));
  const volumes = await left('v1', 'PersistentVolumeClaim');
  expect(volumes).toEqual(
    expect.arrayContaining([expect.stringMatching('naru-broker-0'), expect.stringMatching('mysql')]),
  );
  note('volumes kept', volumes.length);
  await takeDown(cluster, true, report);
  expect(
    await cluster.read({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }),
  ).toBeUndefined();
  note('with --volumes', 'the namespace is gone');
});
