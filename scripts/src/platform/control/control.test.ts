import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

import type { ControlState } from '@naru/operations';

import { plainEnvironment } from '../parts/plain-environment';
import { ProcessPart } from '../process/process-part';
import { waitUntil } from '../wait-until';
import { createControl } from './control';
import { serveControl, type ControlServer } from './server';

const directory = mkdtempSync(join(tmpdir(), 'naru-control-'));
const socketPath = join(directory, 'control.sock');
const faultsFile = join(directory, 'faults.json');
const started: object[] = [];
let isBursting = false;

/** A process that does nothing for ever. */
function part(name: string): ProcessPart {
  return new ProcessPart(
    {
      name,
      ports: [1],
      logFile: join(directory, `${name}.log`),
      readyTimeoutMs: 20_000,
      stopTimeoutMs: 5_000,
      command: async () => ({
        file: process.execPath,
        parameters: ['-e', 'setInterval(() => {}, 1000)'],
        environment: plainEnvironment(),
        workingDirectory: directory,
      }),
      probe: async () => true,
    },
    { spawned: () => {}, exited: () => {} },
  );
}

const parts = [part('user-1'), part('console-1')];
let server: ControlServer;
beforeAll(async () => {
  const burst = {
    running: () => (isBursting ? { kind: 'orders', perSecond: 1, endsAt: '' } : null),
    start: (order: object) => {
      started.push(order);
      isBursting = true;
    },
    stop: () => {},
  };
  server = await serveControl(socketPath, createControl({ parts: () => parts, faultsFile, burst }));
  await Promise.all(parts.map((one) => one.start()));
});
afterAll(async () => {
  await server.close();
  await Promise.all(parts.map((one) => one.kill()));
  rmSync(directory, { recursive: true, force: true });
});

function ask(path: string, body?: object): Promise<{ status: number; state: ControlState }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method: body ? 'POST' : 'GET' }, (response) => {
      json(response).then(
        (state) => resolve({ status: response.statusCode ?? 0, state: state as ControlState }),
        reject,
      );
    });
    asked.once('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}

const partState = async (name: string) =>
  (await ask('/')).state.parts.find((known) => known.name === name)?.state;

test('only its owner may connect', () => {
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
});

test('a part is paused, goes on, is killed, stays down, and is started again', async () => {
  for (const [action, state] of [
    ['pause', 'paused'],
    ['resume', 'ready'],
    ['kill', 'dead'],
    ['start', 'ready'],
  ] as const) {
    expect((await ask('/parts/user-1', { action })).status).toBe(200);
    await waitUntil(
      { what: `user-1 ${state}`, timeoutMs: 20_000 },
      async () => (await partState('user-1')) === state,
    );
  }
  const { log } = (await ask('/')).state;
  expect(log.map(({ text }) => text)).toEqual([
    'start user-1',
    'kill user-1',
    'resume user-1',
    'pause user-1',
  ]);
});

test('what is not for the state, or nobody knows, is refused', async () => {
  expect((await ask('/parts/user-1', { action: 'start' })).status).toBe(409);
  expect((await ask('/parts/user-1', { action: 'explode' })).status).toBe(409);
  expect((await ask('/parts/nobody-1', { action: 'kill' })).status).toBe(404);
  expect((await ask('/faults/nothing', { active: true })).status).toBe(404);
  expect((await ask('/elsewhere', {})).status).toBe(404);
});

test('the console does not break itself', async () => {
  expect(await partState('console-1')).toBeUndefined();
  expect((await ask('/parts/console-1', { action: 'kill' })).status).toBe(404);
});

test('faults that are on are in the file that is read by what stands in for others', async () => {
  await ask('/faults/mail-slow', { active: true });
  expect(JSON.parse(readFileSync(faultsFile, 'utf8'))).toEqual(['mail-slow']);
  const { faults } = (await ask('/faults/mail-slow', { active: false })).state;
  expect(faults.every(({ active }) => !active)).toBe(true);
  expect(JSON.parse(readFileSync(faultsFile, 'utf8'))).toEqual([]);
});

test('a burst is bounded, and one at a time', async () => {
  const order = { kind: 'orders', perSecond: 20, seconds: 5 };
  for (const wrong of [{ kind: 'cakes' }, { perSecond: 501 }, { perSecond: 0.5 }, { seconds: 121 }])
    expect((await ask('/burst', { ...order, ...wrong })).status).toBe(400);
  expect((await ask('/burst', order)).status).toBe(200);
  expect((await ask('/burst', order)).status).toBe(409);
  expect(started).toEqual([order]);
});
