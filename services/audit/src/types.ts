import type { ServiceName, Topics } from '@naru/contracts';
import type { KafkaAccess } from '@naru/kernel';

/** Where the facts are read: any running Naru, local or on a cluster. */
export interface AuditSources {
  /** The account may read every topic and see, make and delete groups of its own (`naru-reader-…`). */
  readonly kafka: KafkaAccess;
  /** A mysql:// URL that may read the service's database. */
  databaseUrl(service: ServiceName): string;
  /** The mail catcher's web address; without it, copies of mails are not counted. */
  readonly mailWebUrl?: string | undefined;
  /** Where the schemas of Avro records are that no service has kept. */
  readonly schemaRegistryUrl?: string | undefined;
  /** Default: the topics of Naru. */
  readonly topics?: Topics | undefined;
  /** Default: every service of Naru that has a database. One whose database is not there is left out. */
  readonly services?: readonly ServiceName[] | undefined;
}

/** What a client knows of a command it sent: `unknown` when no answer tells whether it took effect. */
export type Outcome = 'ok' | 'fail' | 'unknown';

interface Attempt {
  readonly outcome: Outcome;
  /** Milliseconds since 1970. */
  readonly sentAt_ms: number;
  readonly latency_ms: number;
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number;
}

/** A command of the history; what it carries identifies its effect in the databases. */
export type Command = Attempt &
  (
    | { readonly kind: 'sign-up'; readonly email: string }
    | {
        readonly kind: 'board';
        readonly userId: number;
        readonly title: string;
        readonly boardId?: number | undefined;
      }
    | { readonly kind: 'rename'; readonly userId: number; readonly name: string }
    /** `customerId` is one of a kind. */
    | { readonly kind: 'order'; readonly customerId: string; readonly orderId?: string | undefined }
  );

export interface AuditOptions {
  /** What clients did; without it only what the databases and topics tell of each other is checked. */
  readonly history?: readonly Command[] | undefined;
  /** How long to wait for outboxes and groups to come to rest before judging. */
  readonly drain_ms: number;
  readonly signal?: AbortSignal | undefined;
}

/** One promise looked at. `violations` names ids, at most 100 of them; `violated` counts all. */
export interface Finding {
  readonly invariant: string;
  readonly title: string;
  /** How many things were looked at; 0 means that there was nothing to judge. */
  readonly checked: number;
  readonly violated: number;
  readonly violations: readonly string[];
  /** What could not be looked at, and why: records past their retention, a source that was not given. */
  readonly notes: readonly string[];
}

export interface AuditReport {
  readonly findings: readonly Finding[];
  readonly drained_ms: number;
  /** No invariant is violated. */
  readonly isGreen: boolean;
}
