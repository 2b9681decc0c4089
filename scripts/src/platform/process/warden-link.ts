import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';

import { compiledFile } from '../paths';
import type { ProcessIdentity } from './identity';
import type { WardenLine } from './warden';

const WARDEN_HEAP_MB = 16;

/** Tells the warden which processes must not outlive this one. */
export class WardenLink {
  private readonly child: ChildProcess;

  constructor() {
    const file = compiledFile('platform', 'process', 'warden.js');
    if (!existsSync(file)) throw new Error(`${file} is missing: compile first (npx tsc -b)`);
    this.child = spawn(process.execPath, [`--max-old-space-size=${WARDEN_HEAP_MB}`, file], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.child.on('error', () => {});
    this.child.stdin!.on('error', () => {});
    this.child.unref();
    (this.child.stdin as Socket).unref();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  watch(identity: ProcessIdentity): void {
    this.send({ watch: identity });
  }

  forget(pid: number): void {
    this.send({ forget: pid });
  }

  close(): void {
    this.child.stdin!.end();
  }

  private send(line: WardenLine): void {
    this.child.stdin!.write(`${JSON.stringify(line)}\n`);
  }
}
