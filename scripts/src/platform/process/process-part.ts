import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';

import { PlatformError, reasonOf } from '../errors';
import type { PartHandle, PartState } from '../types';
import { waitUntil } from '../wait-until';
import { identityOf, type ProcessIdentity } from './identity';
import { openLog, tailOfLog } from './log-file';

export interface PartCommand {
  readonly file: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/** How one part is run; made once, used for every start of it. */
export interface PartRecipe {
  readonly name: string;
  /** The first one is the one that clients use. */
  readonly ports: readonly number[];
  readonly logFile: string;
  readonly readyTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Prepares what the start needs, such as files, and says what to run. */
  command(): Promise<PartCommand>;
  /** Instead of stopTimeoutMs when everything stops; for parts that need each other to stop well. */
  readonly lastStopTimeoutMs?: number;
  /** Whether a part that was told to stop has put away all that it must, though it still runs. */
  settled?(): boolean;
  /** Answers true once the part can be used. */
  probe(signal: AbortSignal): Promise<boolean>;
}

/** Told of every process that comes and goes. */
export interface PartObserver {
  spawned(part: ProcessPart, identity: ProcessIdentity): void;
  exited(part: ProcessPart, identity: ProcessIdentity, unexpected: boolean): void;
}

const KILL_TIMEOUT_MS = 10_000;

/** A child process with a log file, a readiness probe and a bounded way to end. */
export class ProcessPart implements PartHandle {
  state: PartState = 'stopped';
  exitCode: number | null = null;
  exitSignal: NodeJS.Signals | null = null;
  private child: ChildProcess | undefined;
  private identity: ProcessIdentity | undefined;
  private failure: Error | undefined;
  private stateAfterExit: 'stopped' | 'dead' | undefined;
  private startUnderWay: Promise<void> | undefined;
  private cancelled = false;

  constructor(
    readonly recipe: PartRecipe,
    private readonly observer: PartObserver,
  ) {}

  get name(): string {
    return this.recipe.name;
  }

  get logFile(): string {
    return this.recipe.logFile;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async start(extraEnvironment: Readonly<Record<string, string>> = {}): Promise<void> {
    // A start whose process is gone again is about to fail; it is not the one that is asked for now.
    if (this.state !== 'starting') await this.startUnderWay?.catch(() => {});
    this.startUnderWay ??= this.startOnce(extraEnvironment).finally(() => (this.startUnderWay = undefined));
    await this.startUnderWay;
  }

  async stop({ withAllOthers = false } = {}): Promise<void> {
    this.cancelled = true;
    if (!this.child) {
      this.state = 'stopped';
      return;
    }
    this.stateAfterExit = 'stopped';
    // A paused process would never see the SIGTERM.
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const settled = (): boolean => withAllOthers && this.recipe.settled?.() === true;
    const { stopTimeoutMs, lastStopTimeoutMs = stopTimeoutMs } = this.recipe;
    await this.gone(withAllOthers ? lastStopTimeoutMs : stopTimeoutMs, settled).catch(() => {});
    await this.kill();
    this.state = 'stopped';
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.cancelled = true;
    if (!this.child) return;
    this.stateAfterExit = 'dead';
    this.signal(signal);
    await this.gone(signal === 'SIGKILL' ? KILL_TIMEOUT_MS : this.recipe.stopTimeoutMs);
  }

  pause(): void {
    this.signal('SIGSTOP');
    this.state = 'paused';
  }

  resume(): void {
    this.signal('SIGCONT');
    this.state = 'ready';
  }

  async ready(timeoutMs: number = this.recipe.readyTimeoutMs): Promise<void> {
    await waitUntil({ what: `${this.name} ready (log: ${this.logFile})`, timeoutMs }, (signal) => {
      if (!this.child) throw this.deathError();
      return this.recipe.probe(signal);
    });
    if (this.state === 'starting') this.state = 'ready';
  }

  private async startOnce(extraEnvironment: Readonly<Record<string, string>>): Promise<void> {
    if (!this.child) {
      this.state = 'starting';
      this.stateAfterExit = undefined;
      this.cancelled = false;
      try {
        const command = await this.recipe.command();
        // Preparing can take long; meanwhile the part may have been told to stop.
        if (this.cancelled) throw new PlatformError('ABORTED', `the start of ${this.name} was given up`);
        this.launch({ ...command, environment: { ...command.environment, ...extraEnvironment } });
      } catch (error) {
        this.state = this.cancelled ? 'stopped' : 'dead';
        throw error;
      }
    }
    await this.ready();
  }

  private launch(command: PartCommand): void {
    const log = openLog(this.logFile);
    try {
      // A process group of its own: Ctrl-C reaches the platform only, which then stops parts in order.
      const child = spawn(command.file, command.parameters, {
        cwd: command.workingDirectory,
        env: command.environment,
        stdio: ['ignore', log, log],
        detached: true,
      });
      this.child = child;
      this.exitCode = null;
      this.exitSignal = null;
      this.failure = undefined;
      child.once('error', (error) => {
        this.failure = error;
        if (child.pid === undefined) this.ended(child, null, null);
      });
      child.once('exit', (code, signal) => this.ended(child, code, signal));
      this.identity = child.pid === undefined ? undefined : identityOf(child.pid);
      if (this.identity) this.observer.spawned(this, this.identity);
    } finally {
      closeSync(log);
    }
  }

  private ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.child !== child) return;
    const unexpected = this.stateAfterExit === undefined;
    this.state = this.stateAfterExit ?? 'dead';
    this.exitCode = code;
    this.exitSignal = signal;
    this.child = undefined;
    if (this.identity) this.observer.exited(this, this.identity, unexpected);
    this.identity = undefined;
  }

  /** The child is ours and not yet reaped, so that its pid cannot be anyone else's. */
  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid === undefined) throw this.deathError();
    try {
      process.kill(-this.child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private async gone(timeoutMs: number, settled = (): boolean => false): Promise<void> {
    await waitUntil(
      { what: `the end of ${this.name}`, timeoutMs, intervalMs: 20 },
      () => !this.child || settled(),
    );
  }

  private deathError(): PlatformError {
    const how = this.failure ? reasonOf(this.failure) : (this.exitSignal ?? `exit code ${this.exitCode}`);
    const last = tailOfLog(this.logFile);
    return new PlatformError(
      'PART_DIED',
      `${this.name} is not running (${how})${last && `; the end of its log:\n${last.replace(/^/gm, '    ')}`}`,
      `see ${this.logFile}`,
    );
  }
}
