import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { RunDoesNotCountError } from './benchmark';
import type { Commands, Request, Response } from './serve';

/** A process that is measured, or that drives what is measured, so that no two share an event loop. */
export interface Worker<C extends Commands> {
  readonly pid: number;
  /** @throws RunDoesNotCountError when the command did; Error when it failed, or the process is gone */
  call<Name extends keyof C & string>(
    command: Name,
    ...argument: Parameters<C[Name]>
  ): Promise<Awaited<ReturnType<C[Name]>>>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a program of `workers/`. Its output goes to a file, as a service's does. */
export function startWorker<C extends Commands>(program: string, logsDirectory: string): Worker<C> {
  const log = openSync(join(logsDirectory, `bench-${program}.log`), 'a');
  const child = fork(join(__dirname, 'workers', `${program}.js`), {
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const waiting = new Map<number, Waiting>();
  let ids = 0;
  child.on('message', (response: Response) => {
    const caller = waiting.get(response.id);
    waiting.delete(response.id);
    if (!caller) return;
    if ('result' in response) caller.resolve(response.result as never);
    else
      caller.reject(response.counts ? new Error(response.error) : new RunDoesNotCountError(response.error));
  });
  const gone = once(child, 'exit').then(([code, signal]) => {
    const how = `${program} ended (${String(signal ?? code)}), see bench-${program}.log`;
    for (const { reject } of waiting.values()) reject(new Error(how));
    waiting.clear();
  });
  return {
    pid: child.pid ?? 0,
    call: (command, ...[argument]) =>
      new Promise((resolve, reject) => {
        const id = ids++;
        waiting.set(id, { resolve, reject });
        const request: Request = { id, command, argument };
        child.send(request, (error) => {
          if (error && waiting.delete(id)) reject(error);
        });
      }),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Starts workers, hands them to the work, and kills them after it. */
export async function withWorkers<T>(
  work: (start: WorkerStart) => Promise<T>,
  logsDirectory: string,
): Promise<T> {
  const workers: Worker<never>[] = [];
  const start: WorkerStart = (program) => {
    const worker = startWorker<never>(program, logsDirectory);
    workers.push(worker);
    return worker;
  };
  try {
    return await work(start);
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
}

export type WorkerStart = <C extends Commands>(program: string) => Worker<C>;
