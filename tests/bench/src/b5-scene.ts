import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis, loadSigningKeys, REVOCATIONS_COMPLETE_KEY } from '@naru/kernel';
import type { Platform } from '@naru/scripts';
import { eventually, freePort } from '@naru/testing';
import type { LoadOptions, LoadResult } from './b5-load';
import { startWorker } from './worker';
import type { SinkCommands } from './workers/otlp-sink';

const PATH = '/api/boards';
const USERS = 50;
/** Far more often than Prometheus asks. */
const SCRAPE_INTERVAL_MS = 1_000;
const TOKEN_TTL_S = 24 * 60 * 60;
const repository = join(__dirname, '../../..');

/** A process that answers HTTP. */
export interface Side {
  readonly port: number;
  /** Processor time used so far; 0 where the system does not tell. */
  cpu_us(): number;
}

export interface Scene {
  readonly gateway: Side;
  /** Another gateway, which exports its spans to a local sink and has its metrics read each second. */
  readonly watched: Side;
  readonly proxy: Side;
  readonly upstream: Side;
  /** Waits until no span arrives at the sink any more. @returns how many came since the last time */
  spansSettled(): Promise<number>;
  load(side: Side, options: Omit<LoadOptions, 'port' | 'path' | 'tokens'>): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** The gateway and the bare proxy before one upstream, each a process, on the platform's Redis and signing keys. */
export async function startScene(
  platform: Pick<Platform, 'environment' | 'jwtKeysFile' | 'logsDirectory' | 'urls'>,
): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), 'naru-bench-b5-'));
  const issuer = loadSigningKeys(platform.jwtKeysFile, () => undefined);
  const jwksFile = join(directory, 'jwks.json');
  writeFileSync(jwksFile, JSON.stringify(issuer.jwks()));
  const tokens = Array.from({ length: USERS }, (_, index) =>
    issuer.issueToken({ userId: index + 1, email: `user-${index + 1}@example.com` }, TOKEN_TTL_S),
  );
  await declareRevocationsComplete(platform.urls.redis);

  const [upstreamPort, proxyPort, gatewayPort] = [await freePort(), await freePort(), await freePort()];
  const watchedPort = await freePort();
  const sink = startWorker<SinkCommands>('otlp-sink', platform.logsDirectory);
  const otlpEndpoint = await sink.call('open');
  const url = `http://127.0.0.1:${upstreamPort}`;
  const started: Program[] = [];
  const start = (name: string, file: string, parameters: readonly unknown[], env: NodeJS.ProcessEnv = {}) => {
    const program = run(file, parameters.map(String), env, join(directory, `${name}.log`));
    started.push(program);
    return program;
  };
  const startGateway = (name: string, port: number, more: NodeJS.ProcessEnv = {}) =>
    start(name, join(repository, 'services/gateway/dist/main.js'), [], {
      ...platform.environment('gateway'),
      HTTP_PORT: String(port),
      USER_SERVICE_URL: url,
      BOARD_SERVICE_URL: url,
      POINT_SERVICE_URL: url,
      RATE_LIMIT_POINTS: '1000000000',
      ...more,
    });
  const programs = {
    upstream: start('upstream', join(__dirname, 'b5-upstream.js'), [upstreamPort, jwksFile]),
    proxy: start('proxy', join(__dirname, 'b5-bare-proxy.js'), [proxyPort, upstreamPort]),
    gateway: startGateway('gateway', gatewayPort),
    watched: startGateway('watched', watchedPort, { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint }),
  };
  const scrapes = setInterval(() => void scrape(watchedPort), SCRAPE_INTERVAL_MS);
  const stop = async () => {
    clearInterval(scrapes);
    await sink.kill();
    await Promise.all(started.map((program) => program.stop()));
    rmSync(directory, { recursive: true, force: true });
  };
  const ready = async (port: number) => {
    const headers = { authorization: `Bearer ${tokens[0]}` };
    await eventually(
      `an answer on ${port}`,
      async () => (await fetch(`http://127.0.0.1:${port}${PATH}`, { headers })).ok,
    );
  };
  try {
    await Promise.all([upstreamPort, proxyPort, gatewayPort, watchedPort].map(ready));
  } catch (error) {
    await stop();
    throw error;
  }
  const side = (port: number, program: Program): Side => ({ port, cpu_us: () => cpuOf_us(program.pid) });
  return {
    upstream: side(upstreamPort, programs.upstream),
    proxy: side(proxyPort, programs.proxy),
    gateway: side(gatewayPort, programs.gateway),
    watched: side(watchedPort, programs.watched),
    spansSettled: () => sink.call('settled'),
    load: ({ port }, options) => load({ ...options, port, path: PATH, tokens }),
    stop,
  };
}

/** The user service does this once it has written every revoked token to Redis; here there is none. */
async function declareRevocationsComplete(redisUrl: string): Promise<void> {
  const redis = createRedis(redisUrl, () => undefined);
  await eventually('Redis takes a write', () => redis.set(REVOCATIONS_COMPLETE_KEY, '1'));
  redis.disconnect();
}

/** As Prometheus does; a gateway that is busy answers late. */
async function scrape(port: number): Promise<void> {
  await fetch(`http://127.0.0.1:${port}/metrics`).then(
    (answer) => answer.text(),
    () => undefined,
  );
}

interface Program {
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

function run(file: string, parameters: readonly string[], env: NodeJS.ProcessEnv, logFile: string): Program {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [file, ...parameters], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', log, log],
  });
  return { pid: child.pid, stop: () => stopped(child) };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function load(options: LoadOptions): Promise<LoadResult> {
  const parameters = [join(__dirname, 'b5-load.js'), JSON.stringify(options)];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  return JSON.parse(output) as LoadResult;
}

/** Linux counts in hundredths of a second. */
const TICK_US = 10_000;

function cpuOf_us(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  } catch {
    return 0;
  }
}
