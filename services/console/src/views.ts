/**
 * What the console's HTTP API says. All under http://127.0.0.1:9000.
 * GET  /                         the page (static, built from services/console/ui), /assets/*
 * GET  /api/topology             Topology             drawn once; positions are laid out by the server
 * GET  /api/overview             Overview
 * GET  /api/stream               text/event-stream: event `overview` (Overview) once a second while someone listens
 * GET  /api/stories/orders/{orderId}  Story    GET /api/stories/users/{userId}  Story    404 problem when unknown
 * GET  /api/events?topic=&key=&type=&from=&to=&limit=&payload=shown   EventPage   newest first; a topic is needed; `payload=shown` needs the token
 * GET  /api/dead-letters?topic=&group=&key=&state=&after=&limit=&payload=shown   DeadLetterPage
 * GET  /api/parked?topic=&group=&key=                       ParkedKey[]
 * POST /api/dead-letters/redrive {id? | key? | topic? | group? | all?: true, dryRun: boolean, limit?}  RedriveResult     token
 * POST /api/dead-letters/{id}/edited {payload: object, dryRun: boolean}  RedriveResult   token; an edited copy goes on, the original stays, marked
 * POST /api/parked/release {id? | key? | topic? | group? | all?: true}    {released: number}   token
 * POST /api/parked/{id}/discard                             204     token
 * GET  /api/audit                AuditState      POST /api/audit  202 AuditState   token; one at a time, a repeat joins it
 * GET  /api/chaos                Chaos | 404 where there is no control (not local, not a dev namespace)
 * POST /api/chaos/parts/{name}   {action: 'kill'|'pause'|'resume'|'stop'|'start'}  Chaos     token
 * POST /api/chaos/faults/{name}  {active: boolean}          Chaos     token
 * POST /api/chaos/burst          {kind: 'sign-ups'|'orders', perSecond, seconds}   202 Chaos  token (bounded)
 * Errors: RFC 9457 problem+json, as all services have. Token: `Authorization: Bearer <operator token>`; the page takes it from the
 * fragment (#token=…) or asks for it, and keeps it in sessionStorage. Origin and Host are checked by the server.
 * Times are ISO 8601 text in UTC; durations end in _s or _ms.
 */

export interface Topology {
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly TopologyEdge[];
  readonly width: number;
  readonly height: number;
}
/** `name` is the service's or the topic's; x, y are the middle of the box. */
export interface TopologyNode {
  readonly id: string;
  readonly kind: 'service' | 'topic';
  readonly name: string;
  readonly partitions?: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
/** `id` is `from>to`; publishes: service to topic; consumes: topic to service (group `<service>-consumer-group`); calls: HTTP. */
export interface TopologyEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind: 'publishes' | 'consumes' | 'calls';
  readonly points: readonly (readonly [number, number])[];
}

export interface Overview {
  readonly at: string;
  /** What could not be read this time and why; the rest is still shown. */
  readonly problems: readonly string[];
  readonly services: readonly ServiceView[];
  readonly topics: readonly TopicView[];
  readonly groups: readonly GroupView[];
  readonly brokers: readonly BrokerView[];
  /** Null when no broker answers: then nothing is known, which is not the same as nothing being wrong. */
  readonly kafka: {
    readonly controller: number | null;
    readonly underMinIsr: number;
    readonly underReplicated: number;
    readonly offline: number;
  } | null;
  /** Events a second over each edge of the topology, by its id; edges without traffic are left out. */
  readonly rates: Readonly<Record<string, number>>;
}
export interface ServiceView {
  readonly name: string;
  readonly instances: readonly {
    readonly name: string;
    readonly isReady: boolean;
    readonly detail: string | null;
  }[];
  /** Null for a service without a database, or when it could not be read. */
  readonly outbox: { readonly pending: number; readonly oldestAge_s: number; readonly failed: number } | null;
}
export interface TopicView {
  readonly name: string;
  readonly partitions: number;
  /** Records in it now, and all that were ever written (sum of end offsets). */
  readonly records: number;
  readonly written: number;
  /** Those that have not been sent on: waiting and quarantined. */
  readonly deadLetters: number;
}
export interface GroupView {
  readonly name: string;
  readonly service: string;
  readonly state: string;
  readonly members: readonly { readonly id: string; readonly host: string; readonly partitions: number }[];
  /** Null unless all partitions have told: what is not known is not nothing. */
  readonly lag: number | null;
  readonly lag_s: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly lag: number | null;
    readonly lag_s: number;
    readonly partitions: readonly {
      readonly partition: number;
      readonly committed: number | null;
      readonly end: number;
      readonly lag: number;
    }[];
  }[];
  readonly parked: number;
}
export interface BrokerView {
  readonly id: number;
  readonly address: string;
  readonly isUp: boolean;
  readonly isController: boolean;
  readonly leaders: number;
  readonly replicas: number;
  readonly inSync: number;
}

export interface Story {
  readonly kind: 'order' | 'user';
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly traceId: string | null;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly steps: readonly StoryStep[];
  /** What it waits for, from whom, until when; empty when it has ended. */
  readonly awaited: readonly {
    readonly what: string;
    readonly from: string;
    readonly until: string | null;
  }[];
  /** Dead letters, parked records, unpublished events that concern it, in words. */
  readonly troubles: readonly string[];
}
export interface StoryStep {
  readonly at: string;
  readonly service: string;
  readonly what: string;
  readonly detail: string | null;
  readonly eventId: string | null;
  /** `done`, `ignored` (changed nothing), or `failed`. */
  readonly state: 'done' | 'ignored' | 'failed';
}

export interface EventPage {
  readonly events: readonly EventView[];
  /** True when the search ended at its bound of records looked at and not at the beginning of the window. */
  readonly isCutShort: boolean;
  readonly looked: number;
}
export interface EventView {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly at: string;
  readonly key: string | null;
  readonly type: string | null;
  readonly id: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Text; values masked (`•••`) unless asked for with the token. Cut at 16 kB. */
  readonly payload: string;
  readonly isMasked: boolean;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetterView[];
  /** Give it as `after` with the same topic; null at the end. */
  readonly next: string | null;
}
export interface DeadLetterView {
  readonly id: string;
  readonly topic: string;
  readonly group: string;
  readonly key: string | null;
  readonly eventId: string | null;
  readonly at: string;
  readonly reason: string;
  readonly redrives: number;
  readonly state: 'waiting' | 'redriven' | 'quarantined';
  readonly payload: string;
  readonly isMasked: boolean;
}
export interface ParkedKey {
  readonly id: string;
  readonly topic: string;
  readonly group: string;
  readonly key: string;
  readonly eventId: string | null;
  readonly parkedAt: string;
  readonly records: number;
  readonly attempts: number;
  readonly state: string;
  readonly reason: string;
}
export interface RedriveResult {
  readonly dryRun: boolean;
  readonly sent: readonly { readonly id: string; readonly key: string | null }[];
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
  readonly already: number;
  readonly isCutShort: boolean;
}

/** The invariants of the last audit; `running` while one is under way. */
export interface AuditState {
  readonly running: boolean;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly isGreen: boolean | null;
  readonly error: string | null;
  readonly findings: readonly {
    readonly invariant: string;
    readonly title: string;
    readonly checked: number;
    readonly violated: number;
    readonly violations: readonly string[];
    readonly notes: readonly string[];
  }[];
}

/** What is killed or stopped stays down until it is started here; `actions` are those for the part's state. */
export interface Chaos {
  readonly parts: readonly {
    readonly name: string;
    readonly kind: 'broker' | 'service' | 'database' | 'redis' | 'mail' | 'registry';
    readonly state: string;
    readonly actions: readonly string[];
  }[];
  readonly faults: readonly { readonly name: string; readonly title: string; readonly active: boolean }[];
  readonly burst: { readonly kind: string; readonly perSecond: number; readonly endsAt: string } | null;
  /** What was done lately, newest first, at most 20. */
  readonly log: readonly { readonly at: string; readonly text: string }[];
}
