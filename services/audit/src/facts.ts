import type { Topics } from '@naru/contracts';
import type {
  CatalogFacts,
  NotificationFacts,
  OrderFacts,
  PaymentFacts,
  ProductFacts,
} from './commerce-facts';
import type { BoardFacts, EmailFacts, MailCopies, PointFacts, UserFacts } from './community-facts';

/**
 * What was read, as plain values: all that the invariants know. Payloads are reduced to digests and to the few fields
 * in `data`. Offsets and row ids are exact as numbers.
 */
export interface Facts {
  readonly readAt_ms: number;
  /** Nothing moved while it was read: outboxes empty, groups at the end, logs as long as before. */
  readonly isAtRest: boolean;
  readonly topics: Topics;
  readonly services: readonly ServiceFacts[];
  readonly subscriptions: readonly Subscription[];
  readonly logs: readonly LogFacts[];
  /** Every commit of an audited group that the offsets topic still holds, in its order for each group. */
  readonly commits: readonly Commit[];
  readonly sources: readonly Source[];
  readonly user?: UserFacts | undefined;
  readonly board?: BoardFacts | undefined;
  readonly point?: PointFacts | undefined;
  readonly email?: EmailFacts | undefined;
  readonly mailCopies?: MailCopies | undefined;
  readonly order?: OrderFacts | undefined;
  readonly product?: ProductFacts | undefined;
  readonly payment?: PaymentFacts | undefined;
  readonly catalog?: CatalogFacts | undefined;
  readonly notification?: NotificationFacts | undefined;
}

/** A table or a partition that was read. */
export interface Source {
  readonly name: string;
  /** False where it holds more than can be judged. */
  readonly isWhole: boolean;
}

/** What the kernel's tables of one service tell, and what Kafka knows of its group. */
export interface ServiceFacts {
  readonly name: string;
  readonly group: string;
  /** In the order of their ids. */
  readonly rows: readonly OutboxRow[];
  /** Ids of events that the group has received, by its inbox or its log of effects. */
  readonly received: ReadonlySet<string>;
  /** Next offsets by the service's database, by lane. */
  readonly progress: ReadonlyMap<string, number>;
  /** Next offsets by Kafka, by lane. */
  readonly committed: ReadonlyMap<string, number>;
  readonly parked: readonly Parked[];
}

export interface OutboxRow {
  readonly id: number;
  readonly eventId: string;
  readonly topic: string;
  readonly partition: number;
  readonly orderingKey: string;
  readonly status: 'PENDING' | 'PUBLISHED' | 'FAILED';
  /** Null where an operator gave the row up. */
  readonly publishedAt_ms: number | null;
  readonly lastError: string | null;
  readonly fingerprint: string;
}

/** A record that waits in the database of its group behind a parked one of its key. */
export interface Parked {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A group that listens to a topic. */
export interface Subscription {
  readonly service: string;
  readonly group: string;
  readonly topic: string;
  /** Event types that it handles; others it passes over. */
  readonly types: readonly string[];
}

/** One partition. */
export interface LogFacts {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
  /** -1 keeps records for ever. */
  readonly retention_ms: number;
  readonly records: readonly LogRecord[];
}

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp_ms: number;
  readonly eventId: string | undefined;
  readonly type: string | undefined;
  readonly source: string | undefined;
  /** The only group that a record sent again is for. */
  readonly redriveGroup: string | undefined;
  /** Its id and a type declared on its topic can be read. */
  readonly isIdentified: boolean;
  /** It fits the schema of its type. */
  readonly isDecoded: boolean;
  /** Digest of topic, partition, key, value and headers: the same as its outbox row's. */
  readonly fingerprint: string;
  /** Digest of key, value and headers, those that a dead letter adds left out. */
  readonly content: string;
  /** Fields that invariants look at, of event types that have any. */
  readonly data: EventData | undefined;
  /** In dead-letter topics: the group that failed, and the record it failed on. */
  readonly letter: LetterOrigin | undefined;
}

export interface LetterOrigin {
  readonly id: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface EventData {
  readonly userId?: number;
  readonly boardId?: number;
  readonly orderId?: string;
  readonly name?: string;
  readonly version?: number;
}

/** An offset committed by a group; null where Kafka dropped it. */
export interface Commit {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | null;
}
