import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';

import type { ServiceName } from '@naru/contracts';
import {
  fromRecordLine,
  toRecordLine,
  type CapturedEffect,
  type IncomingRecord,
  type ReplayInput,
  type ReplayNeeds,
  type ReplayOutput,
} from '@naru/kernel';

import { plainEnvironment } from '../platform/parts/plain-environment';
import type { Feed } from './plan';

const READY_MS_MAX = 60_000;
const RUN_MS_MAX = 60 * 60 * 1_000;
const ERROR_LENGTH_MAX = 4_000;
/** Nobody listens there: a port that is taken for real systems only by root. */
const NOWHERE = '127.0.0.1:1';

/** The replay could not be run; the message is meant for the person who asked for it. */
export class ReplayError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ReplayError';
  }
}

/** What a service did in its scratch database. */
export interface Replayed {
  readonly needs: ReplayNeeds;
  readonly told: readonly { readonly record: IncomingRecord; readonly isHistory: boolean }[];
  readonly effects: readonly { readonly effect: CapturedEffect; readonly isHistory: boolean }[];
}

export interface ReplayedService {
  readonly service: ServiceName;
  /** The checkout that holds the code. */
  readonly code: string;
  /** A scratch database. */
  readonly databaseUrl: string;
  readonly jwtKeysFile: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** @throws ReplayError where a checkout does not hold the compiled service */
export function compiledService(code: string, service: ServiceName): string {
  const main = join(code, 'services', service, 'dist', 'main.js');
  if (!existsSync(main)) throw new ReplayError(`${main} is missing: compile ${code} first (npx tsc -b)`);
  return main;
}

/**
 * Runs a service as a process that replays. It is told of no live system: Kafka, Redis, the mail server and other services
 * are all at a port where nobody is.
 * @param feedOf tells what it is given, once it has said what it needs
 * @throws ReplayError when it does not come to its end
 */
export async function replayService(
  replayed: ReplayedService,
  feedOf: (needs: ReplayNeeds) => Promise<readonly Feed[]>,
): Promise<Replayed> {
  const { service, code, signal } = replayed;
  if (signal.aborted) throw new ReplayError('interrupted');
  const child = spawn(process.execPath, ['--enable-source-maps', compiledService(code, service), 'replay'], {
    cwd: code,
    env: { ...plainEnvironment(), ...environmentOf(replayed) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors = (errors + text.toString('utf8')).slice(-ERROR_LENGTH_MAX);
  });
  child.on('error', (error) => (errors += String(error)));
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (status, killedBy) => resolve(killedBy ?? `exit code ${String(status)}`));
  });
  // One that ends early is told of by its last words, not by the pipe that broke.
  child.stdin.on('error', () => undefined);
  const kill = () => child.kill('SIGKILL');
  let lateness = setTimeout(kill, READY_MS_MAX);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const told: Replayed['told'][number][] = [];
    const effects: Replayed['effects'][number][] = [];
    let needs: ReplayNeeds | undefined;
    let isComplete = false;
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const output = parse(line);
      if (!output && !needs && !signal.aborted)
        throw new ReplayError(
          `${service} of ${code} does not know how to replay; it says: ${line.slice(0, 200)}`,
        );
      if (output?.kind === 'needs') {
        clearTimeout(lateness);
        lateness = setTimeout(kill, RUN_MS_MAX);
        needs = output;
        // One that ends before it has read all is told of by its missing end.
        void feed(child.stdin, await feedOf(output)).catch(() => undefined);
      } else if (output?.kind === 'told') {
        told.push({ record: fromRecordLine(output.record), isHistory: output.isHistory });
      } else if (output?.kind === 'effect') effects.push(output);
      else if (output?.kind === 'end') {
        isComplete = true;
        break;
      }
    }
    if (signal.aborted) throw new ReplayError('interrupted');
    if (!needs || !isComplete)
      throw new ReplayError(`${service} did not come to its end (${await ended})\n${errors}`.trim());
    return { needs, told, effects };
  } finally {
    clearTimeout(lateness);
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** Undefined for what is no such line: another program's, or one that was cut off. */
function parse(line: string): ReplayOutput | undefined {
  try {
    const output = JSON.parse(line) as ReplayOutput;
    return ['needs', 'told', 'effect', 'end'].includes(output.kind) ? output : undefined;
  } catch {
    return undefined;
  }
}

async function feed(stdin: Writable, records: readonly Feed[]): Promise<void> {
  for (const { record, ...about } of records) {
    const line: ReplayInput = { record: toRecordLine(record), ...about };
    if (!stdin.write(`${JSON.stringify(line)}\n`))
      await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]);
  }
  stdin.end();
}

function environmentOf({ databaseUrl, jwtKeysFile, settings, service }: ReplayedService) {
  return {
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    INSTANCE: `${service}-replay`,
    LOG_LEVEL: 'error',
    DATABASE_URL: databaseUrl,
    HMAC_SECRET: '0'.repeat(64),
    JWT_KEYS_FILE: jwtKeysFile,
    ...settings,
    KAFKA_BROKERS: NOWHERE,
    REDIS_URL: `redis://${NOWHERE}`,
    SMTP_URL: `smtp://${NOWHERE}`,
    POINT_SERVICE_URL: `http://${NOWHERE}`,
  };
}
