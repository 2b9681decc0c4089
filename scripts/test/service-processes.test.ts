import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPlatform, waitUntil, type Platform, type Progress } from '../src/platform';

/** Answers as ready, and ends at once while a file named `broken` is there. */
const SERVICE = `
const { existsSync } = require('node:fs');
console.log(JSON.stringify({ instance: process.env.INSTANCE, extra: process.env.EXTRA, pid: process.pid }));
if (existsSync('broken')) process.exit(3);
process.on('SIGTERM', () => process.exit(0));
require('node:http').createServer((_, answer) => answer.end()).listen(process.env.HTTP_PORT, '127.0.0.1');
`;

describe('service processes', () => {
  const repository = mkdtempSync(join(tmpdir(), 'naru-repository-'));
  const directory = join(repository, '.naru');
  const progress: Progress[] = [];
  let platform: Platform;

  beforeAll(async () => {
    for (const service of ['user', 'email']) {
      mkdirSync(join(repository, 'services', service, 'dist'), { recursive: true });
      writeFileSync(join(repository, 'services', service, 'dist', 'main.js'), SERVICE);
    }
    platform = await startPlatform({
      directory,
      repository,
      portOffset: 'free',
      parts: [],
      services: ['user', 'email'],
      serviceEnv: { '*': { EXTRA: 'all' } },
      supervise: true,
      onProgress: (event) => progress.push(event),
    });
  }, 60_000);

  afterAll(async () => {
    await platform?.stop();
    rmSync(repository, { recursive: true, force: true });
  }, 60_000);

  it('run with the declared number of instances, in one log per service', () => {
    expect(platform.parts.map((part) => part.name)).toEqual(['user-1', 'email-1', 'email-2', 'email-3']);
    const log = readFileSync(join(directory, 'logs', 'email-service', 'application.log'), 'utf8');
    const instances = log
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { instance: string }).instance);
    expect(instances.sort()).toEqual(['email-1', 'email-2', 'email-3']);
    expect(log).toContain('"extra":"all"');
  });

  it('are restarted when they die on their own', async () => {
    const { pid } = platform.service('user');
    process.kill(pid!, 'SIGKILL');
    await waitUntil({ what: 'the restart', timeoutMs: 20_000 }, () => {
      const service = platform.service('user');
      return service.state === 'ready' && service.pid !== pid;
    });
    expect(progress).toContainEqual(expect.objectContaining({ part: 'user-1', phase: 'restarting' }));
  }, 30_000);

  it('stay down when a caller kills them, until it starts them', async () => {
    const service = platform.service('email', 2);
    const restarts = (): Progress[] =>
      progress.filter(({ part, phase }) => part === 'email-2' && phase === 'restarting');
    await service.kill();
    expect(service.state).toBe('dead');
    expect(service.pid).toBeUndefined();
    await service.start();
    expect(service.state).toBe('ready');
    expect(restarts()).toEqual([]);
  }, 30_000);

  it('can have further instances', async () => {
    const second = platform.service('user', 2);
    expect(second.state).toBe('stopped');
    await second.start();
    const answer = await fetch(`${platform.urls.service('user', 2)}/health/ready`);
    expect(answer.status).toBe(200);
    await second.stop();
    expect(second).toMatchObject({ state: 'stopped', exitCode: 0 });
  }, 30_000);

  it('that keep dying are named as dead with their log', async () => {
    writeFileSync(join(repository, 'broken'), '');
    process.kill(platform.service('email', 3).pid!, 'SIGKILL');
    const isDead = ({ part, phase }: Progress): boolean => part === 'email-3' && phase === 'dead';
    await waitUntil({ what: 'email-3 given up', timeoutMs: 50_000 }, () => progress.some(isDead));
    expect(progress.find(isDead)!.detail).toContain(platform.service('email', 3).logFile);
    rmSync(join(repository, 'broken'));
    await platform.service('email', 3).start();
  }, 60_000);

  it('that cannot start fail the start with the end of their log, and nothing is left', async () => {
    const other = mkdtempSync(join(tmpdir(), 'naru-repository-'));
    mkdirSync(join(other, 'services', 'user', 'dist'), { recursive: true });
    const options = {
      directory: other,
      repository: other,
      portOffset: 'free',
      parts: [],
      services: ['user'],
    } as const;
    await expect(startPlatform(options)).rejects.toMatchObject({ code: 'PART_MISSING' });
    writeFileSync(join(other, 'services', 'user', 'dist', 'main.js'), 'throw new Error("no river today")');
    await expect(startPlatform(options)).rejects.toThrow('no river today');
    expect(existsSync(join(other, 'platform.json'))).toBe(false);
    rmSync(other, { recursive: true, force: true });
  }, 30_000);

  it('give up a start when the signal fires', async () => {
    const other = mkdtempSync(join(tmpdir(), 'naru-repository-'));
    const main = join(other, 'services', 'user', 'dist');
    mkdirSync(main, { recursive: true });
    writeFileSync(join(main, 'main.js'), 'setInterval(() => {}, 1000)');
    const controller = new AbortController();
    const attempt = startPlatform({
      directory: other,
      repository: other,
      portOffset: 'free',
      parts: [],
      services: ['user'],
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'starting' && setTimeout(() => controller.abort(), 300),
    });
    await expect(attempt).rejects.toMatchObject({ code: 'ABORTED' });
    rmSync(other, { recursive: true, force: true });
  }, 30_000);
});
