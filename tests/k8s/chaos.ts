import { expect } from '@jest/globals';
import type { Note } from './report';
import { answered, longestPause, RATE_PER_S, told, underLoad } from './load';
import { BROKERS, type NaruOnKubernetes } from './naru';
import { execute, killPod, podsOf, nameOf } from './pods';
import { seconds, step } from './report';

const STEP_MS = 15 * 60_000;
const WELL_AGAIN_MS = 240_000;
/** Of every voter in a KRaft quorum: who leads it. Kafka's own answer to clients names any broker. */
const QUORUM_STATE = '/var/lib/kafka/data*/kafka-log*/__cluster_metadata-0/quorum-state';

export interface Nemesis {
  readonly title: string;
  /** Whether the short form has it. */
  readonly isShort: boolean;
  /** @returns names of the pods to be killed at once */
  victims(naru: NaruOnKubernetes): Promise<string[]>;
}

export const nemeses: readonly Nemesis[] = [
  { title: 'a broker', isShort: false, victims: async (naru) => (await podNames(naru, BROKERS)).slice(0, 1) },
  { title: 'the active controller', isShort: true, victims: async (naru) => [await activeController(naru)] },
  {
    title: 'two brokers at once, below min.insync.replicas',
    isShort: false,
    victims: async (naru) => (await podNames(naru, BROKERS)).slice(1),
  },
  {
    title: 'a consumer',
    isShort: true,
    victims: (naru) => podNames(naru, 'app.kubernetes.io/name=point,app.kubernetes.io/component=consumer'),
  },
  { title: 'MySQL', isShort: true, victims: (naru) => podNames(naru, 'app.kubernetes.io/name=mysql') },
];

/** Kills pods under load, waits until all is well again while the load goes on, and lets the audit judge. */
export function chaos(naru: () => NaruOnKubernetes, chosen: readonly Nemesis[]): void {
  for (const { title, victims } of chosen) {
    step(`Chaos under load: ${title}`, STEP_MS, async (note) => {
      const { answers } = await underLoad(naru(), { rate_per_s: RATE_PER_S }, async (soFar) => {
        const names = await victims(naru());
        expect(names).not.toEqual([]);
        const since_ms = performance.now();
        await Promise.all(names.map((name) => killPod(naru().cluster, name)));
        note('killed', names.join(', '));
        await naru().wellAgain(WELL_AGAIN_MS);
        note('all ready and in sync again after', seconds(performance.now() - since_ms));
        await answered(soFar);
      });
      note('requests', told(answers));
      note('longest time without a good answer', seconds(longestPause(answers)));
      await auditIsGreen(naru(), note);
    });
  }
}

/** Every promise holds, those to the clients of all loads included. */
export async function auditIsGreen({ operator, history }: NaruOnKubernetes, note: Note): Promise<void> {
  const { findings, drained_ms, isGreen } = await operator.audit(history);
  expect(findings.filter(({ violated }) => violated > 0)).toEqual([]);
  expect(isGreen).toBe(true);
  const checked = findings.reduce((sum, finding) => sum + finding.checked, 0);
  note(
    'audit',
    `green: ${checked} checks of ${findings.length} invariants, ${history.length} commands, at rest after ${seconds(drained_ms)}`,
  );
}

async function podNames(naru: NaruOnKubernetes, selector: string): Promise<string[]> {
  return (await podsOf(naru.cluster, selector)).map(nameOf);
}

async function activeController(naru: NaruOnKubernetes): Promise<string> {
  const states = await Promise.all(
    (await podNames(naru, BROKERS)).map(async (pod) => {
      const { stdout } = await execute(naru.cluster, pod, 'kafka', ['sh', '-c', `cat ${QUORUM_STATE}`]);
      return { pod, ...(JSON.parse(stdout) as { leaderId: number; leaderEpoch: number }) };
    }),
  );
  const newest = states.reduce((best, state) => (state.leaderEpoch > best.leaderEpoch ? state : best));
  // Pods are called <cluster>-<pool>-<id>.
  const leader = states.find(({ pod }) => pod.endsWith(`-${newest.leaderId}`));
  if (!leader) throw new Error(`no broker says who leads: ${JSON.stringify(states)}`);
  return leader.pod;
}
