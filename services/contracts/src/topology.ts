import type { EventType } from './generated/events';

/**
 * The single declaration of who runs where, who says what on which topic, who listens, and who calls whom.
 * Everything else that knows a topic, a group, a port or a peer is derived from here or generated from here.
 */

export type ServiceName =
  | 'gateway'
  | 'user'
  | 'board'
  | 'point'
  | 'email'
  | 'order'
  | 'product'
  | 'payment'
  | 'catalog'
  | 'notification'
  | 'console';

export interface ServiceDeclaration {
  /** Port on a laptop; further instances add 100 each. */
  readonly port: number;
  /** Whether the service has a database of its own. */
  readonly database: boolean;
  readonly roles: readonly ('api' | 'consumer')[];
  /** Instances of the local platform. */
  readonly instances: number;
  /** What it uses besides its database and Kafka, which go together: its leases and limits, the way its mail goes out. */
  readonly uses: readonly ('redis' | 'smtp')[];
  /** Looks at Kafka and at the databases of all services, as an operator does. */
  readonly isOperator?: true;
}

export const services: Record<ServiceName, ServiceDeclaration> = {
  gateway: { port: 8000, database: false, roles: ['api'], instances: 1, uses: ['redis'] },
  user: { port: 8084, database: true, roles: ['api', 'consumer'], instances: 1, uses: ['redis'] },
  board: { port: 8085, database: true, roles: ['api', 'consumer'], instances: 1, uses: [] },
  point: { port: 8086, database: true, roles: ['api', 'consumer'], instances: 1, uses: [] },
  email: { port: 8089, database: true, roles: ['consumer'], instances: 3, uses: ['smtp'] },
  order: { port: 8081, database: true, roles: ['api', 'consumer'], instances: 1, uses: [] },
  product: { port: 8083, database: true, roles: ['api', 'consumer'], instances: 1, uses: [] },
  payment: { port: 8088, database: true, roles: ['api', 'consumer'], instances: 1, uses: [] },
  catalog: { port: 8087, database: true, roles: ['api', 'consumer'], instances: 1, uses: [] },
  notification: { port: 8082, database: true, roles: ['consumer'], instances: 1, uses: ['redis'] },
  console: { port: 9000, database: false, roles: ['api'], instances: 1, uses: [], isOperator: true },
};

export interface TopicDeclaration {
  readonly partitions: number;
  /** Milliseconds; -1 keeps records for ever, for replicas are rebuilt from them. */
  readonly retentionMs: number;
  /** The payload field that is the Kafka key; null where the topic's order is over all records. */
  readonly key: string | null;
  readonly producer: ServiceName;
  readonly events: readonly EventType[];
  /** Per consuming service the event types it handles; the others are skipped and committed. */
  readonly consumers: Partial<Record<ServiceName, readonly EventType[]>>;
  readonly deadLetterTopic: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const FOR_EVER = -1;

export const topics = {
  'user.signed-up': {
    partitions: 3,
    retentionMs: FOR_EVER,
    key: 'userId',
    producer: 'user',
    events: ['user.signed-up', 'user.updated'],
    consumers: {
      board: ['user.signed-up', 'user.updated'],
      email: ['user.signed-up'],
      point: ['user.signed-up'],
    },
    deadLetterTopic: 'user.signed-up.dlt',
  },
  'board.created': {
    partitions: 3,
    retentionMs: 7 * DAY_MS,
    key: 'userId',
    producer: 'board',
    events: ['board.created'],
    consumers: { point: ['board.created'], user: ['board.created'] },
    deadLetterTopic: 'board.created.dlt',
  },
  'point.deduction-rejected.v1': {
    partitions: 3,
    retentionMs: 7 * DAY_MS,
    key: 'userId',
    producer: 'point',
    events: ['point.deduction-rejected'],
    consumers: { board: ['point.deduction-rejected'], user: ['point.deduction-rejected'] },
    deadLetterTopic: 'point.deduction-rejected.v1.dlt',
  },
  'product.created.v1': {
    partitions: 3,
    retentionMs: FOR_EVER,
    key: 'productId',
    producer: 'product',
    events: ['product.created'],
    consumers: { catalog: ['product.created'] },
    deadLetterTopic: 'product.created.v1.dlq',
  },
  'order.created.v1': {
    partitions: 3,
    retentionMs: 7 * DAY_MS,
    key: 'orderId',
    producer: 'order',
    events: ['order.created'],
    consumers: {
      catalog: ['order.created'],
      notification: ['order.created'],
      product: ['order.created'],
    },
    deadLetterTopic: 'order.created.v1.dlq',
  },
  'order.shipped.v1': {
    partitions: 3,
    retentionMs: 7 * DAY_MS,
    key: 'orderId',
    producer: 'order',
    events: ['order.status-changed'],
    consumers: { catalog: ['order.status-changed'], notification: ['order.status-changed'] },
    deadLetterTopic: 'order.shipped.v1.dlq',
  },
  'order.saga.v1': {
    partitions: 3,
    retentionMs: 7 * DAY_MS,
    key: 'orderId',
    producer: 'order',
    events: ['order.confirmed', 'order.cancelled'],
    consumers: {
      catalog: ['order.confirmed', 'order.cancelled'],
      notification: ['order.confirmed', 'order.cancelled'],
      payment: ['order.cancelled'],
      product: ['order.confirmed', 'order.cancelled'],
    },
    deadLetterTopic: 'order.saga.v1.dlt',
  },
  'stock.events.v1': {
    partitions: 3,
    retentionMs: 7 * DAY_MS,
    key: 'orderId',
    producer: 'product',
    events: ['stock.reserved', 'stock.rejected', 'stock.released'],
    consumers: {
      catalog: ['stock.reserved', 'stock.rejected', 'stock.released'],
      order: ['stock.reserved', 'stock.rejected', 'stock.released'],
      payment: ['stock.reserved'],
    },
    deadLetterTopic: 'stock.events.v1.dlt',
  },
  'payment.events.v1': {
    // One, for the order of all payments holds, not only that of each key.
    partitions: 1,
    retentionMs: 7 * DAY_MS,
    key: null,
    producer: 'payment',
    events: ['payment.completed', 'payment.failed', 'payment.refunded', 'payment.voided'],
    consumers: {
      catalog: ['payment.completed', 'payment.failed', 'payment.refunded', 'payment.voided'],
      order: ['payment.completed', 'payment.failed', 'payment.refunded', 'payment.voided'],
    },
    deadLetterTopic: 'payment.events.v1.dlt',
  },
} as const satisfies Record<string, TopicDeclaration>;

export type TopicName = keyof typeof topics;

/** The only service that is called from outside. */
export const entrance: ServiceName = 'gateway';

/** Synchronous calls between services, caller to callees. */
export const calls: Partial<Record<ServiceName, readonly ServiceName[]>> = {
  gateway: ['user', 'board', 'point', 'order', 'product', 'payment', 'catalog'],
  user: ['point'],
};

/** What the kernel needs to know of a set of topics; tests hand in topologies of their own. */
export type Topics = Readonly<Record<string, TopicDeclaration>>;

export const REPLICATION = 3;
export const MIN_IN_SYNC_REPLICAS = 2;
export const MESSAGE_BYTES_MAX = 1_048_576;
const DEAD_LETTER_RETENTION_MS = 90 * DAY_MS;

/** A topic as Kafka is to hold it: `config` in Kafka's own names and text values. */
export interface TopicSpecification {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Every topic, dead-letter topics included, which have the partitions of their source. */
export function topicSpecifications(declared: Topics = topics): TopicSpecification[] {
  return Object.entries(declared).flatMap(([name, topic]) => [
    specification(name, topic.partitions, topic.retentionMs, MESSAGE_BYTES_MAX),
    specification(topic.deadLetterTopic, topic.partitions, DEAD_LETTER_RETENTION_MS, 2 * MESSAGE_BYTES_MAX),
  ]);
}

function specification(
  name: string,
  partitions: number,
  retentionMs: number,
  bytesMax: number,
): TopicSpecification {
  return {
    name,
    partitions,
    replication: REPLICATION,
    config: {
      'retention.ms': String(retentionMs),
      'min.insync.replicas': String(MIN_IN_SYNC_REPLICAS),
      'max.message.bytes': String(bytesMax),
    },
  };
}

/** The consumer group of a service. */
export function consumerGroup(service: string): string {
  return `${service}-consumer-group`;
}

/** The topic that carries an event type. @throws Error when none of the declared topics does */
export function topicOf<Declared extends Topics = typeof topics>(
  type: EventType,
  declared: Declared = topics as unknown as Declared,
): keyof Declared & string {
  const found = Object.entries<TopicDeclaration>(declared).find(([, topic]) => topic.events.includes(type));
  if (!found) throw new Error(`no topic carries ${type}`);
  return found[0];
}
