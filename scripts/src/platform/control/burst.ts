import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { BurstOrder, ControlState } from '@naru/operations';

import { plainEnvironment } from '../parts/plain-environment';
import { repositoryDirectory } from '../paths';
import type { PlatformUrls } from '../types';

const PROGRAM = join('tests', 'chaos', 'dist', 'load-main.js');
/** Time to make authors before it, and for the last answers after it. */
const EXTRA_MS = 120_000;
const TOLD_CHARS_MAX = 300;

/** The load generator of the chaos tests as a child process, one at a time. */
export interface Burst {
  running(): ControlState['burst'];
  /** @param tell hears how it ended */
  start(order: BurstOrder, tell: (text: string) => void): void;
  stop(): void;
}

export function createBurst(urls: Pick<PlatformUrls, 'gateway' | 'service'>, clock = Date.now): Burst {
  let child: ChildProcess | undefined;
  let state: ControlState['burst'] = null;

  return {
    running: () => state,

    start({ kind, perSecond, seconds }, tell) {
      const program = join(repositoryDirectory, PROGRAM);
      if (!existsSync(program)) return tell(`burst: ${PROGRAM} is missing: npx tsc -b`);
      const parameters = [
        ...['--rate', String(perSecond), '--seconds', String(seconds), '--only', kind],
        ...[
          '--gateway',
          urls.gateway,
          '--point',
          urls.service('point'),
          '--product',
          urls.service('product'),
        ],
      ];
      const started = spawn(process.execPath, [program, ...parameters], {
        env: plainEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: seconds * 1_000 + EXTRA_MS,
        killSignal: 'SIGKILL',
      });
      child = started;
      state = { kind, perSecond, endsAt: new Date(clock() + seconds * 1_000).toISOString() };
      let told = '';
      const hear = (data: Buffer) => (told = (told + data.toString()).slice(-TOLD_CHARS_MAX));
      started.stdout.on('data', hear);
      started.stderr.on('data', hear);
      started.once('error', (error) => hear(Buffer.from(error.message)));
      started.once('close', (_, signal) => {
        if (child !== started) return;
        child = undefined;
        state = null;
        const ended = signal ? 'took too long, and was ended' : 'ended';
        tell(`burst: ${told.trim().split('\n').at(-1) || ended}`);
      });
    },

    stop() {
      child?.kill('SIGKILL');
      child = undefined;
      state = null;
    },
  };
}
