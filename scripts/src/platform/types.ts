import type { ServiceName, TopicSpecification } from '@naru/contracts';

import type { PlatformPorts } from './ports';
import type { Secrets } from './secrets';

/** The parts that are not Naru's own services and that it needs. */
export const infrastructure = ['kafka', 'database', 'redis', 'mail'] as const;
/** What watches the others, where it is asked for. */
export const observers = ['prometheus'] as const;
/** What keeps the schemas of Avro records, where events are written so or are to be. */
export const registries = ['registry'] as const;
export type Infrastructure = (typeof infrastructure | typeof observers | typeof registries)[number];

/** `paused` is stopped by SIGSTOP; `dead` exited without being asked to by stop(). */
export type PartState = 'stopped' | 'starting' | 'ready' | 'paused' | 'dead';

/** A process of the platform. What a caller stops or kills stays down until the caller starts it. */
export interface PartHandle {
  readonly name: string;
  readonly pid: number | undefined;
  readonly state: PartState;
  /** Exit code of the last run; null while running, never run, or ended by a signal. */
  readonly exitCode: number | null;
  /** The signal that ended the last run; null while running, never run, or ended by itself. */
  readonly exitSignal: NodeJS.Signals | null;
  readonly logFile: string;
  /**
   * Starts the process if it is not running and waits until it is ready.
   * @param extraEnvironment added to, or in place of, the environment of this one run; a later start is without it
   */
  start(extraEnvironment?: Readonly<Record<string, string>>): Promise<void>;
  /** SIGTERM, and SIGKILL if it is not gone in time. */
  stop(): Promise<void>;
  /** Sends a signal that ends the process, and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  pause(): void;
  resume(): void;
  /** Waits until the process answers as ready, without starting it; throws when it is not running. */
  ready(timeoutMs?: number): Promise<void>;
}

export type ProgressPhase =
  'fetching' | 'fetched' | 'starting' | 'ready' | 'failed' | 'restarting' | 'dead' | 'stopping' | 'stopped';

export interface Progress {
  readonly part: string;
  readonly phase: ProgressPhase;
  readonly elapsedMs: number;
  readonly detail?: string;
}

export interface PlatformOptions {
  /** Holds data and secrets. Default: `.naru` in the repository. */
  readonly directory?: string | undefined;
  /** Default: `logs` in the repository, or `<directory>/logs` when a directory is given. */
  readonly logsDirectory?: string | undefined;
  /** Added to every port; `'free'` finds and reserves one for this platform's life. Default 0. */
  readonly portOffset?: number | 'free' | undefined;
  /** Created once the brokers are up; topics that exist stay as they are. */
  readonly topics?: readonly TopicSpecification[] | undefined;
  /** Default: none. */
  readonly services?: readonly ServiceName[] | undefined;
  /** Default: all that Naru needs, without the observers and the registry. */
  readonly parts?: readonly Infrastructure[] | undefined;
  /** 1 or 3 brokers; with 1, replication is 1. Default 3. A directory keeps the number it was made with. */
  readonly brokers?: 1 | 3 | undefined;
  /** How services write events; `avro` is of use with the part `registry`. Default `json`. */
  readonly encoding?: 'json' | 'avro' | undefined;
  /** Extra environment by service; `'*'` is for all of them. */
  readonly serviceEnv?:
    Readonly<Partial<Record<ServiceName | '*', Readonly<Record<string, string>>>>> | undefined;
  /** Restarts parts that die on their own. Default false. */
  readonly supervise?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends a start that is under way; what was started is stopped. */
  readonly signal?: AbortSignal | undefined;
  /** The checkout whose services are run. Default: this one. */
  readonly repository?: string | undefined;
}

export interface PlatformUrls {
  readonly gateway: string;
  readonly mailWeb: string;
  readonly prometheus: string;
  /** The schema registry's API, Confluent's. */
  readonly registry: string;
  readonly smtp: string;
  readonly redis: string;
  /** Comma-separated bootstrap list. */
  readonly kafkaBrokers: string;
  /** The database server as root; a service's own is in its environment. */
  readonly databaseRoot: string;
  service(name: ServiceName, instance?: number): string;
}

export interface Platform {
  readonly directory: string;
  readonly logsDirectory: string;
  readonly portOffset: number;
  readonly ports: PlatformPorts;
  readonly urls: PlatformUrls;
  readonly secrets: Secrets;
  readonly jwtKeysFile: string;
  readonly brokers: readonly PartHandle[];
  /** The handles of single parts throw PART_MISSING when the platform was started without them. */
  readonly database: PartHandle;
  readonly redis: PartHandle;
  readonly mail: PartHandle;
  readonly registry: PartHandle;
  /** All handles made so far, in starting order. */
  readonly parts: readonly PartHandle[];
  /** An instance of a service; one that was not started with the platform is made `stopped`. */
  service(name: ServiceName, instance?: number): PartHandle;
  /** The environment an instance runs with, for tests that run a service in their own process. */
  environment(name: ServiceName, instance?: number): Record<string, string>;
  createTopics(topics: readonly TopicSpecification[]): Promise<void>;
  /** Makes a database with an account of its own that sees nothing else; answers its URL. */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Resident memory in bytes by part. */
  residentBytes(): Record<string, number>;
  /** Stops services and observers, then mail, registry, redis and database, then brokers. */
  stop(): Promise<void>;
  /** Kills everything at once. */
  killAll(): Promise<void>;
}
