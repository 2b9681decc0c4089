import type { ServiceName } from '@naru/contracts';
import type { Database } from './database/database';
import type { Route } from './http';
import type { Log } from './log';
import type { Codec } from './messaging/codec';
import type { AnyHandler } from './messaging/handlers';
import type { Outbox } from './messaging/outbox';
import type { ReplayAssembly, Shadow } from './replay/assembly';
import type { Metrics } from './telemetry/metrics';

/** What every service is given. */
export interface Kernel {
  readonly name: ServiceName;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What a service with a database and events is given besides. */
export interface MessagingKernel extends Kernel {
  readonly database: Database;
  readonly outbox: Outbox;
  /** For who decodes records of its own accord; `prepare` before. */
  readonly codec: Codec;
  /** There while records are replayed: ports that reach out are then replaced by capturing ones. */
  readonly shadow?: Shadow;
}

/** Something with connections of its own, started before requests and events come and stopped after. */
export interface Part {
  start?(): Promise<void>;
  /** Told when the process begins to stop, while requests are still being answered: ends answers without an end. */
  drain?(): void;
  stop(): Promise<void>;
}

export interface HttpAssembly {
  readonly routes: readonly Route[];
  readonly parts?: readonly Part[];
}

export interface MessagingAssembly extends HttpAssembly {
  readonly handlers: readonly AnyHandler[];
  readonly replay?: ReplayAssembly;
}
