/** Which broker of which cluster. */
export interface BrokerPlace {
  /** Counts from 1. */
  readonly nodeId: number;
  readonly ports: readonly number[];
  readonly controllerPorts: readonly number[];
  readonly logDirectory: string;
}

const REPLICATION = 3;
const MIN_IN_SYNC = 2;
const INTERNAL_PARTITIONS = 6;
const OFFSETS_RETENTION_MINUTES = 30 * 24 * 60;
const MIB = 1024 * 1024;

/** The settings of a broker that is a controller as well, as Kafka's properties. */
export function brokerSettings(place: BrokerPlace): Record<string, string | number | boolean> {
  const brokers = place.ports.length;
  const replication = Math.min(REPLICATION, brokers);
  const minInSync = Math.min(MIN_IN_SYNC, brokers);
  const index = place.nodeId - 1;
  return {
    'process.roles': 'broker,controller',
    'node.id': place.nodeId,
    'controller.quorum.voters': place.controllerPorts
      .map((port, i) => `${i + 1}@127.0.0.1:${port}`)
      .join(','),
    listeners: `PLAINTEXT://127.0.0.1:${place.ports[index]},CONTROLLER://127.0.0.1:${place.controllerPorts[index]}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${place.ports[index]}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': place.logDirectory,

    'auto.create.topics.enable': false,
    'unclean.leader.election.enable': false,
    'default.replication.factor': replication,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replication,
    'offsets.topic.num.partitions': INTERNAL_PARTITIONS,
    'offsets.retention.minutes': OFFSETS_RETENTION_MINUTES,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': INTERNAL_PARTITIONS,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': minInSync,
    'share.coordinator.state.topic.num.partitions': INTERNAL_PARTITIONS,

    // A dead broker is noticed after 6 s instead of 9, and leads its partitions again soon after it is back.
    'broker.session.timeout.ms': 6_000,
    'broker.heartbeat.interval.ms': 1_000,
    'auto.leader.rebalance.enable': true,
    'leader.imbalance.check.interval.seconds': 5,
    'group.initial.rebalance.delay.ms': 0,

    // Three brokers share a laptop.
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 4,
    'num.recovery.threads.per.data.dir': 1,
    'log.cleaner.dedupe.buffer.size': 8 * MIB,
    'log.index.size.max.bytes': MIB,
    'metadata.log.max.record.bytes.between.snapshots': 20 * MIB,
  };
}

/** Kafka's properties file; a backslash would start an escape there. */
export function asProperties(settings: Readonly<Record<string, string | number | boolean>>): string {
  const lines = Object.entries(settings).map(
    ([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}`,
  );
  return `${lines.join('\n')}\n`;
}
