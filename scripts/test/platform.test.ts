import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createConnection, type RowDataPacket } from 'mysql2/promise';

import { startPlatform, waitUntil, type Platform } from '../src/platform';
import { compiledFile } from '../src/platform/paths';
import { isPortFree } from '../src/platform/port-probe';
import { everyPort } from '../src/platform/ports';
import { isRunning, type ProcessIdentity } from '../src/platform/process/identity';
import { runningPlatform } from '../src/platform/state-file';
import { platformPaths } from '../src/platform/paths';
import { ClusterClient } from './cluster-client';
import { smtpDialogue } from './smtp-dialogue';

const START_TIMEOUT_MS = 180_000;
const topics = ['crossings', 'landings'].map((name) => ({
  name,
  partitions: 3,
  replication: 3,
  config: { 'min.insync.replicas': '2' },
}));

/** Every process of the platform on a directory, as it has recorded them itself. */
function processes(directory: string): ProcessIdentity[] {
  const { parts } = runningPlatform(platformPaths(directory))!;
  return parts.flatMap((part) => part.process ?? []);
}

async function databases(uri: string): Promise<string[]> {
  const connection = await createConnection({ uri });
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SHOW DATABASES');
    return rows.map((row) => String(row['Database']));
  } finally {
    await connection.end();
  }
}

describe('a platform', () => {
  const directory = mkdtempSync(join(tmpdir(), 'naru-platform-'));
  let platform: Platform;
  let cluster: ClusterClient;

  beforeAll(async () => {
    platform = await startPlatform({ directory, portOffset: 'free', topics });
    cluster = new ClusterClient(platform.urls.kafkaBrokers);
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await platform?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, START_TIMEOUT_MS);

  it('has a leader of each topic on each broker', async () => {
    for (const { name } of topics) expect((await cluster.leaders(name)).sort()).toEqual([1, 2, 3]);
  });

  it('keeps topics that exist', async () => {
    const before = await cluster.leaders('landings');
    await platform.createTopics([...topics].reverse());
    expect(await cluster.leaders('landings')).toEqual(before);
  });

  it('lets an account see its own database only', async () => {
    const own = platform.environment('user')['DATABASE_URL']!;
    expect(await databases(own)).toEqual(['information_schema', 'naru_user']);
    await expect(databases(own.replaceAll(/naru_user$/g, 'naru_board'))).rejects.toThrow('denied');
  });

  it('makes and drops further databases', async () => {
    const uri = await platform.createDatabase('test_extra');
    expect(await databases(uri)).toEqual(['information_schema', 'test_extra']);
    await platform.dropDatabase('test_extra');
    await expect(databases(uri)).rejects.toThrow('denied');
  });

  it('catches mail, and refuses recipients that are to be refused', async () => {
    const hello = ['EHLO test', 'MAIL FROM:<naru@example.com>'];
    const to = (address: string): Promise<number> =>
      smtpDialogue(platform.ports.smtp, [...hello, `RCPT TO:<${address}>`]);
    expect(await to('hana@example.com')).toBe(250);
    expect(await to('hana@refused.example')).toBe(550);
    expect(await to('hana@deferred.example')).toBe(451);
  });

  it('keeps its secrets to its owner', () => {
    const files = ['secrets.json', 'jwt-keys.json'].map((name) => join(directory, 'secrets', name));
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
    const { keys } = JSON.parse(readFileSync(files[1]!, 'utf8')) as { keys: { privateKeyPem: string }[] };
    expect(keys[0]!.privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  it('refuses a second platform on its directory', async () => {
    await expect(startPlatform({ directory, portOffset: 'free' })).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
    });
  });

  it('refuses to start where a port is taken, and names its holder', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'naru-platform-'));
    const attempt = startPlatform({
      directory: elsewhere,
      portOffset: platform.portOffset,
      parts: ['redis'],
    });
    await expect(attempt).rejects.toThrow(`(pid ${platform.redis.pid})`);
    rmSync(elsewhere, { recursive: true, force: true });
  });

  it('goes on without a killed broker, which leads again once it is back', async () => {
    const before = await cluster.leaders('crossings');
    const [, broker] = platform.brokers;
    await broker!.kill();
    expect(broker!.state).toBe('dead');
    await cluster.writeToEach('crossings', 3, 'without broker-2');
    expect(await cluster.leaders('crossings')).not.toContain(2);
    await broker!.start();
    expect(broker!.state).toBe('ready');
    const back = { what: 'the preferred leaders', timeoutMs: 60_000, intervalMs: 500 };
    await waitUntil(back, async () => String(await cluster.leaders('crossings')) === String(before));
    expect(await cluster.counts('crossings')).toEqual([1, 1, 1]);
  }, 120_000);

  it('pauses and resumes a part', async () => {
    platform.redis.pause();
    await expect(platform.redis.ready(1_000)).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(platform.redis.state).toBe('paused');
    platform.redis.resume();
    await platform.redis.ready();
    expect(platform.redis.state).toBe('ready');
  });

  it(
    'leaves no process and no taken port when it stops',
    async () => {
      const started = processes(directory);
      expect(started).toHaveLength(6);
      await platform.stop();
      expect(started.filter(isRunning)).toEqual([]);
      expect(await Promise.all(everyPort(platform.portOffset).map(isPortFree))).not.toContain(false);
    },
    START_TIMEOUT_MS,
  );
});

describe('a platform whose process is killed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'naru-platform-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it(
    'takes its parts with it and finds its records again when started anew',
    async () => {
      const module = JSON.stringify(compiledFile('platform', 'index.js'));
      const options = JSON.stringify({ directory, portOffset: 'free', topics });
      const script = `require(${module}).startPlatform(${options}).then((p) => {
      console.log(p.urls.kafkaBrokers);
      setInterval(() => {}, 1e6);
    })`;
      const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(parent, 'exit').then(() => Promise.reject(new Error('it ended by itself')));
      const brokers = String((await Promise.race([once(parent.stdout, 'data'), ended]))[0]).trim();
      ended.catch(() => {});
      await new ClusterClient(brokers).writeToEach('crossings', 3, 'before the kill');
      const started = processes(directory);
      expect(started).toHaveLength(6);

      parent.kill('SIGKILL');
      await waitUntil({ what: 'the end of its parts', timeoutMs: 10_000 }, () => !started.some(isRunning));

      const platform = await startPlatform({ directory, portOffset: 'free', topics });
      try {
        const cluster = new ClusterClient(platform.urls.kafkaBrokers);
        expect(await cluster.counts('crossings')).toEqual([1, 1, 1]);
        await cluster.writeToEach('crossings', 3, 'after the kill');
        expect(await cluster.counts('crossings')).toEqual([2, 2, 2]);
      } finally {
        await platform.stop();
      }
    },
    2 * START_TIMEOUT_MS,
  );
});
