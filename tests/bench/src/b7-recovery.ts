import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@naru/testing';
import { withAdmin } from './admin';
import { interleaved, type Bench, type Benchmark, type Measure } from './benchmark';
import { newGroup } from './consumer-runs';
import { PARTITIONS } from './events';
import { newTopic, openStage, placeOf, type Place, type Stage } from './stage';
import { withWorkers, type Worker, type WorkerStart } from './worker';
import { monotonic_ms } from './workers/arrival-clock';
import type { ConsumerCommands } from './workers/naru-consumer';
import type { AckCommands } from './workers/steady-relay';

const SESSION_TIMEOUT_S = 10;
/** Publishing goes on this long before a kill. */
const STEADY_MS = 2_000;
const RECOVERY_MS = 60_000;
/** Answers of the killed broker that are on their way yet. */
const LAST_ANSWERS_MS = 50;
const JOIN_MS = 60_000;

export const recoveryBenchmark: Benchmark = {
  id: 'B7',
  title: 'After a kill',
  platform: 'shared',
  method:
    'A relay and a raw kafkajs producer with the same settings publish side by side, one partition a send; the leader ' +
    'of a partition of both is killed (SIGKILL), and the time counts until each has its next acknowledgement from that ' +
    'partition: one kill for both. Then one of two members of a group is killed, and the time counts until the first ' +
    'effect from a partition that was its own.',
  async run(bench) {
    const stage = await openStage(bench, 'b7');
    const all = async (start: WorkerStart) => [
      await afterLeader(bench, stage, start),
      await afterMember(bench, stage, start),
    ];
    return withWorkers(all, stage.logsDirectory).finally(stage.close);
  },
};

async function afterLeader(bench: Bench, stage: Stage, start: WorkerStart): Promise<Measure> {
  const relay = start<AckCommands>('steady-relay');
  const raw = start<AckCommands>('steady-producer');
  const twinTopic = await newTopic(bench.platform, 'b7raw');
  await relay.call('open', placeOf(stage));
  await raw.call('open', placeOf({ ...stage, topic: twinTopic }));

  async function kill(): Promise<{ ours: number; other: number }> {
    const topics = [stage.topic, twinTopic];
    const partitions = await oneLeader(stage.brokers, topics);
    await delay(STEADY_MS);
    const broker = bench.platform.brokers[partitions.leader - 1];
    if (!broker) throw new Error(`there is no broker ${partitions.leader}`);
    const killed_ms = monotonic_ms();
    await broker.kill('SIGKILL');
    const silent_ms = monotonic_ms() + LAST_ANSWERS_MS;
    const [relay_ms, raw_ms] = await Promise.all([
      firstAck(relay, partitions.of[0], silent_ms),
      firstAck(raw, partitions.of[1], silent_ms),
    ]);
    await broker.start();
    await eventually('the broker is in sync again', () => inSync(stage.brokers, topics), RECOVERY_MS);
    return { ours: (relay_ms - killed_ms) / 1_000, other: (raw_ms - killed_ms) / 1_000 };
  }

  const { counted } = await interleaved(bench, { kill });
  await relay.kill();
  await raw.kill();
  return {
    name: 'publishing after a leader’s kill ÷ raw kafkajs',
    target: { kind: 'at most', value: 1.3 },
    unit: 's',
    pairs: counted.map((round) => round.kill),
  };
}

function firstAck(worker: Worker<AckCommands>, partition: number, since_ms: number): Promise<number> {
  return eventually(
    'publishing goes on',
    () => worker.call('firstAck', { partition, since_ms }),
    RECOVERY_MS,
  );
}

/** A partition of each topic, led by the same broker. */
async function oneLeader(brokers: string, topics: readonly string[]) {
  const metadata = await withAdmin(brokers, (admin) => admin.fetchTopicMetadata({ topics: [...topics] }));
  const leaders = topics.map((topic) => metadata.topics.find(({ name }) => name === topic)?.partitions ?? []);
  for (const { leader, partitionId } of leaders[0] ?? []) {
    const twin = leaders[1]?.find((partition) => partition.leader === leader);
    if (twin) return { leader, of: [partitionId, twin.partitionId] as const };
  }
  throw new Error('no broker leads a partition of both topics');
}

async function inSync(brokers: string, topics: readonly string[]): Promise<boolean> {
  const metadata = await withAdmin(brokers, (admin) => admin.fetchTopicMetadata({ topics: [...topics] }));
  return metadata.topics.every(({ partitions }) =>
    partitions.every(({ isr, replicas }) => isr.length === replicas.length),
  );
}

async function afterMember(bench: Bench, stage: Stage, start: WorkerStart): Promise<Measure> {
  const place: Place = placeOf({ ...stage, topic: await newTopic(bench.platform, 'b7group') });
  const publisher = start<AckCommands>('steady-relay');
  await publisher.call('open', place);
  const survivor = start<ConsumerCommands>('naru-consumer');
  await survivor.call('open', place);
  const group = newGroup('b7');
  await survivor.call('start', { group });
  const holds = (count: number) => async () => (await survivor.call('assigned')) === count;

  async function kill(): Promise<number> {
    await eventually('one member has all', holds(2 * PARTITIONS), JOIN_MS);
    const victim = start<ConsumerCommands>('naru-consumer');
    await victim.call('open', place);
    await victim.call('start', { group });
    await eventually('two members share', holds(PARTITIONS), JOIN_MS);
    const own = new Set<number>();
    const reads = async () => {
      for (const { partition } of await victim.call('arrived')) own.add(partition);
      return own.size > 0;
    };
    await eventually('both members read', reads, JOIN_MS);
    await delay(STEADY_MS);
    const killed_ms = monotonic_ms();
    await victim.kill();
    await survivor.call('arrived');
    const readAgain = async () =>
      (await survivor.call('arrived')).find(({ partition }) => own.has(partition));
    const first = await eventually('its partitions are read again', readAgain, RECOVERY_MS);
    return (first.at_ms - killed_ms) / 1_000;
  }

  const { counted } = await interleaved(bench, { kill });
  return {
    name: 'a group after a member’s kill',
    target: { kind: 'at most', value: SESSION_TIMEOUT_S + 3, unit: 's' },
    unit: 's',
    pairs: counted.map((round) => ({ ours: round.kill, other: null })),
  };
}
