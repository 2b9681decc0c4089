import { expect } from '@jest/globals';
import { consumerGroup } from '@naru/contracts';
import { NAMESPACE } from '../../scripts/src/kubernetes/cluster';
import { auditIsGreen } from './chaos';
import { soon } from './cluster';
import { count, underLoad } from './load';
import type { NaruOnKubernetes } from './naru';
import { seconds, step } from './report';

const STEP_MS = 15 * 60_000;
const SCALED_MS = 180_000;
const SENT_MS = 300_000;
const TOPIC = 'user.signed-up';
const CONSUMER = 'email-consumer';
const PARTITIONS = 3;
const RATE_PER_S = 80;

/**
 * The lag is of the kind that it is there for: the mail server is away, people go on signing up, and welcome mails
 * wait. It stays until the test lets it go, so nothing here depends on how fast the machine is.
 */
export function scaling(naru: () => NaruOnKubernetes, lagMin: number): void {
  step('Scaling: a lag of thousands takes a consumer from 1 pod to 3 and back', STEP_MS, async (note) => {
    const { cluster, operator } = naru();
    const lag = () => operator.lag(consumerGroup('email'), TOPIC);
    const replicas = async () => {
      const scale = await cluster.apps.readNamespacedDeploymentScale({
        name: CONSUMER,
        namespace: NAMESPACE,
      });
      return scale.spec?.replicas ?? 0;
    };
    await soon('one pod', SCALED_MS, async () => (await replicas()) === 1);
    await setMailServers(naru(), 0);
    let scaledAt_ms = 0;
    const signUps = {
      rate_per_s: RATE_PER_S,
      mix: { 'sign-up': 100, board: 0, rename: 0, order: 0, read: 0 },
    };
    const since_ms = performance.now();
    const { answers } = await underLoad(naru(), signUps, async (soFar) => {
      const scaledOut = async () => {
        await soon(`${PARTITIONS} pods`, SENT_MS, async () => (await replicas()) === PARTITIONS);
        scaledAt_ms = performance.now();
      };
      const enough = soon(`${lagMin} sign-ups`, SENT_MS, async () => count(soFar, 'ok') >= lagMin);
      await Promise.all([scaledOut(), enough]);
    });
    note(
      'sign-ups while the mail server is away',
      `${count(answers, 'ok')} in ${seconds(performance.now() - since_ms)}`,
    );
    note('1 → 3 pods, from the first sign-up on', seconds(scaledAt_ms - since_ms));
    const most = await lag();
    expect(most).toBeGreaterThanOrEqual(lagMin);
    note('lag', most);

    await naru().wellAgain(SCALED_MS);
    await setMailServers(naru(), 1);
    const back_ms = performance.now();
    await soon('all mails are sent', SENT_MS, async () => (await lag()) === 0);
    note('drained by 3 pods in', seconds(performance.now() - back_ms));
    await soon('one pod again', SCALED_MS, async () => (await replicas()) === 1);
    note('3 → 1 pods, from the mail server’s return on', seconds(performance.now() - back_ms));
    await auditIsGreen(naru(), note);
  });
}

async function setMailServers({ cluster }: NaruOnKubernetes, replicas: number): Promise<void> {
  const where = { name: 'mail', namespace: NAMESPACE };
  const scale = await cluster.apps.readNamespacedDeploymentScale(where);
  await cluster.apps.replaceNamespacedDeploymentScale({ ...where, body: { ...scale, spec: { replicas } } });
}
