import { topics, type TopicName } from '@naru/contracts';
import { select } from '@naru/kernel';
import type { PartHandle } from '@naru/scripts';
import { nothingToHeal, type Nemesis, type NemesisContext } from '../nemesis';

const IN_SYNC_DEADLINE_MS = 60_000;
/** Long enough for sends to be under way when the broker dies. */
const HANG_MS = 3_000;
/** Relays renew their leases more often than this, and stop while they cannot. */
const BACKLOG_MS = 6_000;

async function someLeader({ naru, random }: NemesisContext): Promise<{ broker: PartHandle; leads: string }> {
  const topic = random.pick(Object.keys(topics) as TopicName[]);
  const partition = random.integer(0, topics[topic].partitions - 1);
  return { broker: await naru.cluster.leaderOf(topic, partition), leads: `${topic}[${partition}]` };
}

export const leaderKill: Nemesis = {
  name: 'leader-kill',
  does: 'kill -9 of the broker that leads a partition',
  hold_ms: 5_000,
  async inject(context) {
    const { broker, leads } = await someLeader(context);
    await broker.kill('SIGKILL');
    return { target: `${broker.name}, leads ${leads}`, heal: () => broker.start() };
  },
};

/**
 * The way a machine dies that hangs first, in the moment in which relays have a backlog: then one send has records for
 * all brokers, and what the others acknowledged while this one hung is taken by kafkajs for all that it has to send.
 */
export const hangingLeaderKill: Nemesis = {
  name: 'hanging-leader-kill',
  does: 'while relays have a backlog, the broker that leads a partition hangs for a moment, then kill -9',
  hold_ms: 8_000,
  async inject(context) {
    const { broker, leads } = await someLeader(context);
    const relaysHeld = await context.naru.database.transaction();
    try {
      for (const name of ['user', 'board'])
        await select(relaysHeld, `SELECT bucket FROM naru_${name}.outbox_lease FOR UPDATE`);
      await context.pause(BACKLOG_MS);
      broker.pause();
    } finally {
      await relaysHeld.rollback();
    }
    await context.pause(HANG_MS);
    await broker.kill('SIGKILL');
    return { target: `${broker.name}, leads ${leads}`, heal: () => broker.start() };
  },
};

const controllerKill: Nemesis = {
  name: 'controller-kill',
  does: 'kill -9 of the active controller',
  hold_ms: 5_000,
  async inject({ naru }) {
    const broker = naru.cluster.controller();
    await broker.kill('SIGKILL');
    return { target: broker.name, heal: () => broker.start() };
  },
};

function twoBrokers(name: string, hold_ms: number): Nemesis {
  return {
    name,
    does: `kill -9 of two brokers at once, below min ISR for ${hold_ms / 1_000} s`,
    hold_ms,
    async inject({ naru, random }) {
      const killed = random.shuffled(naru.platform.brokers).slice(0, 2);
      await Promise.all(killed.map((broker) => broker.kill('SIGKILL')));
      return {
        target: killed.map((broker) => broker.name).join(', '),
        heal: async () => void (await Promise.all(killed.map((broker) => broker.start()))),
      };
    },
  };
}

function pausedLeader(name: string, does: string, hold_ms: number): Nemesis {
  return {
    name,
    does,
    hold_ms,
    async inject(context) {
      const { broker, leads } = await someLeader(context);
      broker.pause();
      return { target: `${broker.name}, leads ${leads}`, heal: async () => broker.resume() };
    },
  };
}

const rollingRestart: Nemesis = {
  name: 'rolling-restart',
  does: 'SIGTERM and start of one broker after the other',
  hold_ms: 0,
  async inject({ naru, random }) {
    const order = random.shuffled(naru.platform.brokers);
    for (const broker of order) {
      await broker.stop();
      await broker.start();
      await naru.cluster.inSync(IN_SYNC_DEADLINE_MS);
    }
    return { target: order.map(({ name }) => name).join(', '), heal: nothingToHeal };
  },
};

export const brokerNemeses: readonly Nemesis[] = [
  leaderKill,
  controllerKill,
  twoBrokers('two-brokers', 8_000),
  pausedLeader(
    'broker-pause',
    'a leader is stopped (SIGSTOP) for longer than its session, then goes on',
    10_000,
  ),
  pausedLeader(
    'partition-lag',
    'a leader is stopped for less than its session: its partitions fall behind',
    4_000,
  ),
  rollingRestart,
];

/** The scenario of the issue: a minute below min ISR. */
export const belowMinIsrForAMinute = twoBrokers('below-min-isr', 60_000);
