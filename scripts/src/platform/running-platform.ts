import { rmSync } from 'node:fs';

import type { ServiceName, TopicSpecification } from '@naru/contracts';

import { createBurst } from './control/burst';
import { createControl } from './control/control';
import { serveControl, type ControlServer } from './control/server';
import { PlatformError } from './errors';
import { instancesOf } from './instances';
import { ensureJwtKeys } from './jwt-keys';
import { infrastructureRecipes, instanceRecipe, type Blueprint } from './make-parts';
import * as databaseAdmin from './parts/database-admin';
import { rootUrl } from './parts/database';
import { registryUrl } from './parts/registry';
import { repositoryDirectory, type PlatformPaths } from './paths';
import { portsFor, type PlatformPorts } from './ports';
import type { ProcessIdentity } from './process/identity';
import { rotateLog } from './process/log-file';
import { ProcessPart, type PartObserver, type PartRecipe } from './process/process-part';
import { residentBytesOf } from './process/resident-memory';
import { WardenLink } from './process/warden-link';
import { loadSecrets, type Secrets } from './secrets';
import {
  databaseName,
  instanceName,
  kafkaBrokers,
  serviceEnvironment,
  servicesWithDatabase,
  serviceUrl,
} from './service-environment';
import { stagesOf, startInStages, stopInStages } from './stages';
import { StateRecorder, type RecordedPart } from './state-file';
import { Supervisor, type Report } from './supervisor';
import { awaitLeaders, createMissingTopics } from './topics';
import { infrastructure, type Platform, type PlatformOptions, type PlatformUrls } from './types';

export const BROKERS_DEFAULT = 3;

/** A platform and its processes; startPlatform() makes it. */
export class RunningPlatform implements Platform, PartObserver {
  readonly ports: PlatformPorts;
  readonly secrets: Secrets;
  private readonly made = new Map<string, ProcessPart>();
  private readonly warden = new WardenLink();
  private readonly recorder: StateRecorder;
  private readonly supervisor: Supervisor;
  private readonly blueprint: Blueprint;
  private supervising = false;
  private control: ControlServer | undefined;
  private stopUnderWay: Promise<void> | undefined;

  private constructor(
    private readonly options: PlatformOptions,
    private readonly paths: PlatformPaths,
    readonly portOffset: number,
    readonly jwtKeysFile: string,
    private readonly release: () => void,
  ) {
    this.ports = portsFor(portOffset);
    this.secrets = loadSecrets(paths.secrets, servicesWithDatabase.map(databaseName));
    this.recorder = new StateRecorder(paths, portOffset);
    this.supervisor = new Supervisor(this.report);
    const brokers = options.brokers ?? BROKERS_DEFAULT;
    this.blueprint = {
      paths,
      ports: this.ports,
      secrets: this.secrets,
      brokers,
      services: options.services ?? [],
      report: this.report,
    };
  }

  /** Makes the handles of everything that is to run, without starting anything. `release` is called at the end. */
  static async prepare(
    options: PlatformOptions,
    paths: PlatformPaths,
    portOffset: number,
    release: () => void,
  ): Promise<RunningPlatform> {
    const keysFile = await ensureJwtKeys(paths.secrets);
    const platform = new RunningPlatform(options, paths, portOffset, keysFile, release);
    for (const recipe of infrastructureRecipes(platform.blueprint, options.parts ?? infrastructure)) {
      platform.make(recipe);
    }
    for (const { service, instance } of instancesOf(options.services ?? []))
      platform.service(service, instance);
    for (const part of platform.parts) rotateLog(part.logFile);
    return platform;
  }

  get directory(): string {
    return this.paths.directory;
  }

  get logsDirectory(): string {
    return this.paths.logs;
  }

  get parts(): readonly ProcessPart[] {
    return [...this.made.values()];
  }

  get brokers(): readonly ProcessPart[] {
    return stagesOf(this.parts).brokers;
  }

  get database(): ProcessPart {
    return this.part('database');
  }

  get redis(): ProcessPart {
    return this.part('redis');
  }

  get mail(): ProcessPart {
    return this.part('mail');
  }

  get registry(): ProcessPart {
    return this.part('registry');
  }

  get urls(): PlatformUrls {
    return {
      gateway: serviceUrl(this.ports, 'gateway'),
      mailWeb: `http://127.0.0.1:${this.ports.mailWeb}`,
      prometheus: `http://127.0.0.1:${this.ports.prometheus}`,
      registry: registryUrl(this.ports.registry),
      smtp: `smtp://127.0.0.1:${this.ports.smtp}`,
      redis: `redis://127.0.0.1:${this.ports.redis}`,
      kafkaBrokers: kafkaBrokers(this.ports, this.blueprint.brokers),
      databaseRoot: rootUrl(this.ports.database, this.secrets.databasePasswords['root']!),
      service: (name, instance) => serviceUrl(this.ports, name, instance),
    };
  }

  service(name: ServiceName, instance = 1): ProcessPart {
    const known = this.made.get(instanceName(name, instance));
    if (known) return known;
    const repository = this.options.repository ?? repositoryDirectory;
    return this.make(
      instanceRecipe(this.blueprint, name, instance, repository, this.environment(name, instance)),
    );
  }

  environment(name: ServiceName, instance = 1): Record<string, string> {
    const { ports, secrets, jwtKeysFile } = this;
    const source = {
      ports,
      secrets,
      jwtKeysFile,
      brokers: this.blueprint.brokers,
      running: this.options.services,
      faultsFile: this.paths.faultsFile,
      controlSocket: this.paths.controlSocket,
      schemaRegistryUrl: this.options.parts?.includes('registry') ? this.urls.registry : undefined,
      encoding: this.options.encoding,
      extra: this.options.serviceEnv,
    };
    return serviceEnvironment(source, name, instance);
  }

  /** Infrastructure side by side; services as soon as what they need is there. */
  async startAll(signal: AbortSignal | undefined): Promise<void> {
    const aborted = new Promise<never>((_, reject) => {
      const abort = (): void => reject(new PlatformError('ABORTED', 'the start was interrupted'));
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
    });
    // Left by a platform that was killed.
    rmSync(this.paths.faultsFile, { force: true });
    if (this.options.services?.includes('console')) this.control = await this.serveControl();
    const makeTopics = async (): Promise<void> => {
      await this.createTopics(this.options.topics ?? []);
      await awaitLeaders(this.urls.kafkaBrokers.split(','));
    };
    await Promise.race([startInStages(stagesOf(this.parts), makeTopics, this.report), aborted]);
    this.supervising = this.options.supervise ?? false;
  }

  async createTopics(topics: readonly TopicSpecification[]): Promise<void> {
    await createMissingTopics(this.urls.kafkaBrokers.split(','), topics);
  }

  async createDatabase(name: string): Promise<string> {
    return databaseAdmin.createDatabase(this.urls.databaseRoot, name);
  }

  async dropDatabase(name: string): Promise<void> {
    await databaseAdmin.dropDatabase(this.urls.databaseRoot, name);
  }

  residentBytes(): Record<string, number> {
    const pids: [string, number | undefined][] = this.parts.map((part) => [part.name, part.pid]);
    pids.push(['warden', this.warden.pid], ['platform', process.pid]);
    return Object.fromEntries(pids.map(([name, pid]) => [name, residentBytesOf(pid)]));
  }

  async stop(): Promise<void> {
    this.stopUnderWay ??= this.stopInOrder();
    await this.stopUnderWay;
  }

  async killAll(): Promise<void> {
    this.supervisor.stop();
    await Promise.all(this.parts.map((part) => part.kill()));
  }

  spawned(part: ProcessPart, identity: ProcessIdentity): void {
    this.warden.watch(identity);
    this.recorder.set({ ...recordOf(part.recipe), process: identity });
  }

  exited(part: ProcessPart, identity: ProcessIdentity, unexpected: boolean): void {
    this.warden.forget(identity.pid);
    this.recorder.set(recordOf(part.recipe));
    if (unexpected && this.supervising) this.supervisor.died(part);
  }

  private serveControl(): Promise<ControlServer> {
    const { faultsFile, controlSocket } = this.paths;
    const control = createControl({
      ...{ parts: () => this.parts, faultsFile, burst: createBurst(this.urls) },
    });
    return serveControl(controlSocket, control);
  }

  private part(name: string): ProcessPart {
    const part = this.made.get(name);
    if (!part) throw new PlatformError('PART_MISSING', `this platform was started without ${name}`);
    return part;
  }

  private make(recipe: PartRecipe): ProcessPart {
    const part = new ProcessPart(recipe, this);
    this.made.set(recipe.name, part);
    this.recorder.set(recordOf(recipe));
    return part;
  }

  private readonly report: Report = (part, phase, elapsedMs, detail) => {
    // A part that is stopped while it starts has not failed.
    if (phase === 'failed' && this.stopUnderWay) return;
    this.options.onProgress?.({ part, phase, elapsedMs, ...(detail !== undefined && { detail }) });
  };

  private async stopInOrder(): Promise<void> {
    this.supervising = false;
    this.supervisor.stop();
    await this.control?.close();
    try {
      await stopInStages(stagesOf(this.parts), this.report);
    } finally {
      this.warden.close();
      this.recorder.close();
      this.release();
    }
  }
}

function recordOf({ name, ports, logFile }: PartRecipe): RecordedPart {
  return { name, port: ports[0]!, logFile };
}
