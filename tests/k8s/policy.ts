import { expect } from '@jest/globals';
import { services } from '@naru/contracts';
import { NAMESPACE, type KubernetesObject } from '../../scripts/src/kubernetes/cluster';
import { imageName } from '../../scripts/src/kubernetes/images';
import { soon, type TestCluster } from './cluster';
import { connecting, evaluate, KAFKA } from './in-pod';
import type { NaruOnKubernetes } from './naru';
import { podsOf, readyPods } from './pods';
import { step } from './report';

const STEP_MS = 180_000;
const READY_MS = 60_000;
const STRANGER = 'stranger';
const STRANGER_LABELS = { run: STRANGER };

/** A pod without rights is refused, by whoever it turns to. */
export function policies(naru: () => NaruOnKubernetes, tag: string): void {
  const cluster = () => naru().cluster;

  step('Policy: Pod Security refuses what the services do not need', STEP_MS, async (note) => {
    const container = (securityContext: object) => ({
      containers: [{ ...strangerContainer(tag), securityContext }],
    });
    const refused: Readonly<Record<string, object>> = {
      privileged: container({ privileged: true }),
      'as root': container({ runAsUser: 0 }),
      'with a capability': container({ capabilities: { add: ['NET_ADMIN'] } }),
      'on the node’s network': { hostNetwork: true },
      'with a directory of the node': { volumes: [{ name: 'node', hostPath: { path: '/' } }] },
    };
    for (const [what, spec] of Object.entries(refused)) {
      await expect(cluster().create(strangerPod(tag, spec))).rejects.toThrow(
        /violates PodSecurity "restricted:/,
      );
      note(`a pod ${what}`, 'refused at admission');
    }
  });

  step('Policy: networks are closed but for the declared ways', STEP_MS, async (note) => {
    await cluster().apply(strangerPod(tag));
    await soon('the stranger runs', READY_MS, async () => {
      return (await readyPods(cluster(), `run=${STRANGER}`)).length === 1;
    });
    const from = (pod: string, container: string) => async (host: string, port: number) => {
      const { error } = await evaluate(
        cluster(),
        pod,
        container,
        connecting(await addressOf(cluster(), host), port),
      );
      return error === undefined ? 'open' : 'closed';
    };
    const stranger = from(STRANGER, 'stranger');
    const ways = [
      ['mysql', 3306],
      ['redis', 6379],
      ['naru-kafka-bootstrap', 9093],
      ['board', services.board.port],
    ] as const;
    for (const [host, port] of [...ways, ['gateway', services.gateway.port] as const])
      expect([host, await stranger(host, port)]).toEqual([host, 'closed']);
    note('a pod without labels', `reaches none of ${ways.map(([host]) => host).join(', ')}, nor the gateway`);

    // From here on it may talk to anybody, so that what refuses it is the other side.
    await cluster().apply(openEgress);
    await soon('its way to the gateway', READY_MS, async () => {
      return (await stranger('gateway', services.gateway.port)) === 'open';
    });
    for (const [host, port] of ways) expect([host, await stranger(host, port)]).toEqual([host, 'closed']);
    note('the same, with its own egress open', 'reaches the gateway, and none of the others');

    const gateway = from(await podOf('gateway', 'api'), 'api');
    expect(await gateway('user', services.user.port)).toBe('open');
    expect(await gateway('mysql', 3306)).toBe('closed');
    expect(await gateway('naru-kafka-bootstrap', 9093)).toBe('closed');
    note('the gateway', 'reaches the user service, neither MySQL nor Kafka');
    const user = from(await podOf('user', 'api'), 'api');
    const declared = [...ways.slice(0, 3), ['point', services.point.port] as const];
    for (const [host, port] of declared) expect([host, await user(host, port)]).toEqual([host, 'open']);
    expect(await user('board', services.board.port)).toBe('closed');
    note('the user service', `reaches ${declared.map(([host]) => host).join(', ')}, not the board service`);
  });

  step('Policy: Kafka’s ACLs', STEP_MS, async (note) => {
    const email = await podOf('email', 'consumer');
    const ask = (body: string) => evaluate(cluster(), email, 'consumer', `${KAFKA}${body}`);
    const reading = (group: string, topic: string) =>
      ask(`
        const consumer = kafka.consumer({ groupId: '${group}' });
        await consumer.connect();
        await consumer.subscribe({ topic: '${topic}' });
        const crashed = new Promise((_, reject) =>
          consumer.on('consumer.crash', ({ payload }) => reject(payload.error)));
        await consumer.run({ autoCommit: false, eachMessage: async () => undefined });
        await crashed;`);
    const committed = (group: string, topic: string) =>
      ask(`
        const admin = kafka.admin();
        await admin.connect();
        await admin.fetchOffsets({ groupId: '${group}', topics: ['${topic}'] });
        return 'told';`);
    const writing = (topic: string) =>
      ask(`
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      await producer.send({ topic: '${topic}', messages: [{ value: 'forged' }] });`);

    expect(await writing('board.created')).toEqual({ error: 'TOPIC_AUTHORIZATION_FAILED' });
    note('email’s account writes board.created', 'TOPIC_AUTHORIZATION_FAILED');
    expect(await reading('email-consumer-group', 'board.created')).toEqual({
      error: 'TOPIC_AUTHORIZATION_FAILED',
    });
    note('it reads board.created', 'TOPIC_AUTHORIZATION_FAILED');
    // What kafkajs makes of GROUP_AUTHORIZATION_FAILED.
    const noGroup = 'Failed to find group coordinator';
    expect(await reading('point-consumer-group', 'user.signed-up')).toEqual({ error: noGroup });
    expect(await committed('point-consumer-group', 'user.signed-up')).toEqual({ error: noGroup });
    note('it reads its own topic in point’s group, or asks how far that has read', noGroup);
    expect(await committed('email-consumer-group', 'user.signed-up')).toEqual({ value: 'told' });
    note('it asks how far its own group has read', 'told');
  });

  step('Policy: a database account sees its own database', STEP_MS, async (note) => {
    const pod = await podOf('board', 'api');
    const query = (sql: string) =>
      evaluate(
        cluster(),
        pod,
        'api',
        `
      const connection = await require('mysql2/promise').createConnection(process.env.DATABASE_URL);
      await connection.query(${JSON.stringify(sql)});`,
      );
    expect(await query('SELECT * FROM boards LIMIT 1')).toEqual({ value: null });
    for (const sql of [
      'SELECT * FROM naru_point.accounts LIMIT 1',
      "UPDATE naru_user.users SET name = '' WHERE FALSE",
      'SELECT * FROM mysql.user',
    ]) {
      const { error } = await query(sql);
      expect([sql, error]).toEqual([sql, expect.stringMatching(/^ER_(TABLE|DB)ACCESS_DENIED_ERROR$/)]);
      note(`board’s account: ${sql}`, error ?? '');
    }
  });

  const podOf = async (service: string, component: string): Promise<string> => {
    const selector = `app.kubernetes.io/name=${service},app.kubernetes.io/component=${component}`;
    const [pod] = await readyPods(cluster(), selector);
    if (pod === undefined) throw new Error(`no pod of ${service}-${component} is ready`);
    return pod;
  };
}

/** Of a pod behind a Service, so that not even DNS is needed to be refused. */
async function addressOf(cluster: TestCluster, service: string): Promise<string> {
  const { spec } = await cluster.core.readNamespacedService({ name: service, namespace: NAMESPACE });
  const selector = Object.entries(spec?.selector ?? {}).map(([label, value]) => `${label}=${value}`);
  const [pod] = await podsOf(cluster, selector.join(','));
  if (pod?.status?.podIP === undefined) throw new Error(`no pod of ${service} has an address`);
  return pod.status.podIP;
}

const openEgress: KubernetesObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'stranger-out', namespace: NAMESPACE },
  spec: { podSelector: { matchLabels: STRANGER_LABELS }, policyTypes: ['Egress'], egress: [{}] },
};

/** @param spec in place of parts of a pod's that would be let in */
function strangerPod(tag: string, spec: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: STRANGER, namespace: NAMESPACE, labels: STRANGER_LABELS },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [strangerContainer(tag)],
      ...spec,
    },
  };
}

function strangerContainer(tag: string) {
  return {
    name: STRANGER,
    image: imageName('tools', tag),
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '--eval', 'setInterval(() => undefined, 60_000)'],
    resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}

/** What the steps left behind. */
export async function removeStranger(cluster: TestCluster): Promise<void> {
  await cluster.remove(openEgress);
  await cluster.remove({ apiVersion: 'v1', kind: 'Pod', metadata: { name: STRANGER, namespace: NAMESPACE } });
}
