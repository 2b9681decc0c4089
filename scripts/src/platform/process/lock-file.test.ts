import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { identityOf, isRunning } from './identity';
import { lockHolder, takeLock, type Lock } from './lock-file';

describe('a lock file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'naru-lock-'));
  const file = join(directory, 'some.lock');
  afterEach(() => rmSync(file, { force: true }));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is held by one at a time and free again when released', () => {
    const lock = takeLock(file) as Lock;
    expect(takeLock(file)).toMatchObject({ heldBy: { pid: process.pid } });
    expect(lockHolder(file)?.pid).toBe(process.pid);
    lock.release();
    expect(existsSync(file)).toBe(false);
    (takeLock(file) as Lock).release();
  });

  it('is taken over from a process that has ended, even if its pid is in use again', () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: 'another time', id: 'stale' }));
    expect(lockHolder(file)).toBeUndefined();
    const lock = takeLock(file) as Lock;
    expect(lockHolder(file)?.pid).toBe(process.pid);
    lock.release();
  });

  it('that cannot be read is reported, not taken', () => {
    writeFileSync(file, 'half a lo');
    expect(() => takeLock(file)).toThrow('delete it');
  });
});

describe('the identity of a process', () => {
  it('holds while it runs and no longer', async () => {
    const child = spawn('sleep', ['60']);
    const identity = identityOf(child.pid!)!;
    expect(isRunning(identity)).toBe(true);
    expect(isRunning({ ...identity, startedAt: 'another time' })).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isRunning(identity)).toBe(false);
  });
});
