import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog, createMetrics } from '@naru/kernel';
import { createUserMetrics } from './metrics';
import { createSignUpPoints } from './sign-up-points';

let silent: Server;

beforeAll(async () => {
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

test('of 18 calls at once to a service that does not answer 16 are made and given up, and 2 are skipped', async () => {
  const metrics = createUserMetrics(createMetrics('user'));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const grant = createSignUpPoints(url, metrics, createLog('user', 'test', 'silent'));
  const start_ms = performance.now();
  await Promise.all(Array.from({ length: 18 }, (_, index) => grant(index + 1)));
  expect(performance.now() - start_ms).toBeGreaterThan(290);
  const { values } = await metrics.signUpPoints.get();
  expect(Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]))).toEqual({
    failed: 16,
    skipped: 2,
  });
});
