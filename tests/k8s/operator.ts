import type { AuditReport, Command } from '@naru/audit';
import { topicSpecifications } from '@naru/contracts';
import type { KubernetesObject } from '../../scripts/src/kubernetes/cluster';
import { imageName } from '../../scripts/src/kubernetes/images';
import { readManifests } from '../../scripts/src/kubernetes/manifests';
import { soon, type TestCluster } from './cluster';
import { evaluate, KAFKA } from './in-pod';
import { execute, readyPods, type Executed } from './pods';

const READY_MS = 120_000;
const DRAIN_S = 240;

/** A pod inside the cluster with the operator's commands and rights: Kafka's advertised names resolve only there. */
export interface Operator {
  /** Runs `naru …`. */
  run(argv: readonly string[], stdin?: string): Promise<Executed>;
  /** Waits until all is at rest, and lets every promise be judged, those to clients included. */
  audit(history: readonly Command[]): Promise<AuditReport>;
  /** Partitions some of whose replicas are missing or not in sync, such as `board.created[0] 2/3`. */
  behind(): Promise<string[]>;
  /** Records of a topic that a group has yet to commit. */
  lag(group: string, topic: string): Promise<number>;
  remove(): Promise<void>;
}

export async function startOperator(cluster: TestCluster, tag: string): Promise<Operator> {
  const deployment = toolsDeployment(tag);
  await cluster.apply(deployment);
  const pod = () => soon('the operator’s pod', READY_MS, async () => (await readyPods(cluster, selector))[0]);
  await pod();
  const run = async (argv: readonly string[], stdin?: string) =>
    execute(cluster, await pod(), 'tools', ['node', 'main.js', ...argv], stdin);
  async function ask<T>(what: string, body: string): Promise<T> {
    const answer = await evaluate<T>(cluster, await pod(), 'tools', `${KAFKA}${body}`);
    if (answer.error !== undefined) throw new Error(`${what}: ${answer.error}`);
    return answer.value;
  }
  return {
    run,
    remove: () => cluster.remove(deployment),
    async audit(history) {
      const flags = ['--json', '--drain', String(DRAIN_S), '--history', '-'];
      const { exitCode, stdout, stderr } = await run(['audit', ...flags], JSON.stringify(history));
      if (exitCode > 1 || stdout === '') throw new Error(`the audit could not be made: ${stderr}`);
      return JSON.parse(stdout) as AuditReport;
    },
    behind: () =>
      ask(
        'replicas',
        `const admin = kafka.admin();
        await admin.connect();
        const { topics } = await admin.fetchTopicMetadata({ topics: ${JSON.stringify(topicNames)} });
        return topics.flatMap(({ name, partitions }) => partitions
          .filter(({ isr, replicas }) => isr.length < replicas.length)
          .map(({ partitionId, isr, replicas }) => name + '[' + partitionId + '] ' + isr.length + '/' + replicas.length));`,
      ),
    lag: (group, topic) =>
      ask(
        'lag',
        `const admin = kafka.admin();
        await admin.connect();
        const ends = await admin.fetchTopicOffsets(${JSON.stringify(topic)});
        const [{ partitions }] = await admin.fetchOffsets({
          groupId: ${JSON.stringify(group)}, topics: [${JSON.stringify(topic)}],
        });
        const committed = (partition) =>
          Math.max(0, Number(partitions.find((one) => one.partition === partition)?.offset ?? 0));
        return ends.reduce((sum, { partition, high }) => sum + Number(high) - committed(partition), 0);`,
      ),
  };
}

const topicNames = topicSpecifications().map(({ name }) => name);
/** Besides its own labels, for somebody may have such a pod as well. */
const labels = { 'app.kubernetes.io/instance': 'test' };
const selector = 'app.kubernetes.io/name=tools,app.kubernetes.io/instance=test';

/** k8s/tools.yaml, with images of this run. */
function toolsDeployment(tag: string): KubernetesObject {
  const [deployment] = readManifests('k8s', 'tools.yaml') as [Tools];
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    image: imageName('tools', tag),
    // Mails are in the catcher's memory, and it is taken away when scaling is tried: the send log is judged alone.
    env: container.env.filter(({ name }) => name !== 'MAIL_WEB_URL'),
  }));
  const spec = { ...template.spec, containers };
  const metadata = { labels: { ...template.metadata.labels, ...labels } };
  return { ...deployment, spec: { ...deployment.spec, template: { metadata, spec } } };
}

interface Tools extends KubernetesObject {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly { readonly env: readonly { readonly name: string }[] }[];
      };
    };
  };
}
